"""The milestone planner: every way to split a total, and that nothing is lost or added."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.milestones import Part, Unplannable, as_milestones, plan
from analysis.values import Calendar

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
QUARTER_END = date(2026, 3, 31)


def split(total: Any = 1500, last: date = QUARTER_END, **how: Any) -> tuple[Part, ...]:
    how = {"grain": "month", "calendar": Calendar(), **how}
    return plan(Decimal(str(total)), how.pop("first", JANUARY), last, **how)


def amounts(total: Any = 1500, **how: Any) -> list[str]:
    return [str(part.amount) for part in split(total, **how)]


def test_the_examples_of_the_product_page() -> None:
    assert amounts() == ["500", "500", "500"]
    assert amounts(by="calendar_days") == ["517", "467", "516"]
    assert amounts(by_hand={FEBRUARY: Decimal(800)}) == ["350", "800", "350"]


def test_working_days_and_holidays() -> None:
    assert amounts(64, by="working_days") == ["22", "20", "22"]
    new_year = frozenset({date(2026, 1, 1), date(2026, 1, 6)})
    assert amounts(62, by="working_days", holidays=new_year) == ["20", "20", "22"]


def test_last_years_shape_scales_and_fills_what_is_unknown() -> None:
    shape = (Decimal(100), Decimal(200), Decimal(300))
    assert amounts(1200, by="last_year", last_year=shape) == ["200", "400", "600"]
    gappy = (Decimal(10), None, Decimal(30))
    assert amounts(900, by="last_year", last_year=gappy) == ["150", "300", "450"]


def test_by_hand_shares_what_is_left_by_the_chosen_weights() -> None:
    assert amounts(by="calendar_days", by_hand={FEBRUARY: Decimal(880)}) == ["310", "880", "310"]
    parts = split(by_hand={date(2026, 2, 17): Decimal(800)})
    assert [part.by_hand for part in parts] == [False, True, False]


def test_totals_run_up_to_the_total_on_last_days() -> None:
    parts = split(by="calendar_days")
    assert [(str(p.last_day), int(p.total)) for p in parts] == [
        ("2026-01-31", 517),
        ("2026-02-28", 984),
        ("2026-03-31", 1500),
    ]
    assert as_milestones(parts) == (
        (date(2026, 1, 31), Decimal(517)),
        (date(2026, 2, 28), Decimal(984)),
    )


def test_a_span_that_begins_and_ends_inside_a_month_counts_its_own_days() -> None:
    parts = split(45, first=date(2026, 1, 17), last=date(2026, 3, 2), by="calendar_days")
    assert [int(p.amount) for p in parts] == [15, 28, 2]
    assert parts[-1].last_day == date(2026, 3, 2)


def test_decimals_follow_the_unit_and_the_total() -> None:
    assert amounts(100, decimals=2) == ["33.34", "33.33", "33.33"]
    assert amounts("100.5") == ["33.5", "33.5", "33.5"]
    assert amounts("0.001", decimals=0) == ["0.001", "0.000", "0.000"]


def test_zero_and_negative_totals() -> None:
    assert amounts(0) == ["0", "0", "0"]
    assert amounts(-100) == ["-34", "-33", "-33"]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"last": date(2025, 12, 31)}, "before_start"),
        ({"by_hand": {date(2026, 4, 1): Decimal(1)}}, "outside"),
        ({"by_hand": {FEBRUARY: Decimal(1501)}}, "too_much"),
        ({"by_hand": dict.fromkeys((JANUARY, FEBRUARY, MARCH), Decimal(1))}, "not_the_total"),
        ({"by": "last_year", "last_year": (Decimal(1),)}, "shape"),
        ({"by": "last_year", "last_year": (None, None, None)}, "shape"),
        ({"by": "last_year", "last_year": (Decimal(-1), Decimal(1), None)}, "shape"),
        ({"by": "last_year", "last_year": (Decimal(0),) * 3}, "no_weight"),
        ({"by": "working_days", "workweek": frozenset[int]()}, "no_weight"),
        ({"total": "NaN"}, "not_finite"),
    ],
)
def test_refuses(how: dict[str, Any], code: str) -> None:
    with pytest.raises(Unplannable) as refused:
        split(**how)
    assert refused.value.code == code and str(refused.value).endswith(".")


@given(
    st.decimals(-(10**12), 10**12, places=2),
    st.sampled_from(["equal", "calendar_days", "working_days"]),
    st.sampled_from(["day", "week", "month", "quarter"]),
    st.dates(date(2026, 1, 2), date(2027, 6, 1)),
    st.integers(0, 4),
)
def test_parts_always_sum_to_the_total(
    total: Decimal, by: Any, grain: Any, last: date, decimals: int
) -> None:
    parts = split(total, last=last, by=by, grain=grain, decimals=decimals)
    assert sum(part.amount for part in parts) == total == parts[-1].total
    if by == "equal":
        spread = max(p.amount for p in parts) - min(p.amount for p in parts)
        assert spread <= Decimal(1).scaleb(-min(decimals, 2))


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=3).filter(any), st.integers(0, 10**9))
def test_parts_are_within_one_of_their_share(shape: list[int], total: int) -> None:
    found = split(total, by="last_year", last_year=tuple(map(Decimal, shape)))
    for part, weight in zip(found, shape, strict=True):
        assert abs(part.amount - Decimal(total) * weight / sum(shape)) < 1
