"""Derived series without a database: calendars, what is final, and laws for any series."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import periods
from analysis.derivation import Computed, Input, Recipe, carried_over, compute, growth, ratio
from analysis.formula import Gap, parse
from analysis.rollup import roll_up
from analysis.values import Calendar, Entry, Grain, Rule
from tests.clock import NOW

UTC_DAYS = Calendar()
STOCKHOLM = Calendar("Europe/Stockholm")


def flow(
    entries: Iterable[tuple[datetime, object]],
    *,
    grain: Grain = "month",
    rule: Rule = "sum",
    calendar: Calendar = UTC_DAYS,
    now: datetime = NOW,
) -> Input:
    given = [Entry(at, Decimal(str(value))) for at, value in entries]
    return Input(roll_up(given, grain=grain, rule=rule, calendar=calendar, now=now), rule)


def monthly(values: Iterable[object], *, year: int = 2025) -> list[tuple[datetime, object]]:
    return [
        (datetime(year + k // 12, k % 12 + 1, 1, tzinfo=UTC), value)
        for k, value in enumerate(values)
        if value is not None
    ]


def told(found: Iterable[Computed]) -> dict[str, Any]:
    return {str(one.period): one.value for one in found}


def of_formula(text: str, inputs: dict[str, Input], **given: Any) -> dict[str, Any]:
    formula = parse(text, inputs)
    recipe = Recipe(kind="formula", inputs=formula.names, formula=formula)
    return told(compute(recipe, inputs, **{"now": NOW, **given}))


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        ("fiscal_quarter", {"2025-02-01": 9, "2025-05-01": 18, "2025-08-01": 27}),
        ("fiscal_year", {"2025-02-01": 90, "2026-02-01": None}),
    ],
)
def test_fiscal_periods(grain: Grain, expected: dict[str, int | None]) -> None:
    calendar = Calendar(fiscal_year_start=2)
    inputs = {"a": flow(monthly(range(1, 15)), grain=grain, calendar=calendar)}
    found = of_formula("a", inputs)
    # February to April are 2, 3 and 4; the year from February to January is 2 … 13
    assert {start: found.get(start) for start in expected} == expected


def test_a_day_of_twenty_three_hours() -> None:
    spring = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # 00:30 in Stockholm, on the day it changes
    hours = [(spring + timedelta(hours=k), 1) for k in range(24)]
    inputs = {"a": flow(hours, grain="day", calendar=STOCKHOLM)}
    assert of_formula("a", inputs) == {"2026-03-29": 23, "2026-03-30": 1}


def test_what_was_sent_for_a_day_is_of_that_day_everywhere() -> None:
    tokyo = Calendar("Asia/Tokyo")
    day = periods.midnight(date(2026, 10, 1), tokyo)
    instant = day + timedelta(minutes=1)
    entries = [Entry(day, Decimal(1)), Entry(instant, Decimal(2))]
    moved = [entry.at for entry in carried_over(entries, tokyo, STOCKHOLM)]
    assert moved == [periods.midnight(date(2026, 10, 1), STOCKHOLM), instant]
    assert list(carried_over(entries, tokyo, Calendar("Asia/Tokyo", week_start=7))) == entries


def test_a_first_period_that_was_half_measured_is_a_gap() -> None:
    days = [(datetime(2026, 9, 14, tzinfo=UTC) + timedelta(k), 1) for k in range(48)]
    assert of_formula("a", {"a": flow(days)}) == {"2026-10-01": 31}


def test_growth_needs_the_period_right_before() -> None:
    inputs = {"a": flow(monthly([100, None, 120, 150]))}
    recipe = Recipe(kind="growth", inputs=("a",), factor=Decimal(100))
    assert told(compute(recipe, inputs, now=NOW)) == {"2025-04-01": 25}


def test_a_ratio_of_what_runs_is_from_both_so_far() -> None:
    inputs = {"a": flow(monthly([3, 1], year=2026)), "b": flow(monthly([4, 2], year=2026))}
    middle = datetime(2026, 2, 14, tzinfo=UTC)
    running = {
        key: flow(monthly(values, year=2026), now=middle)
        for key, values in (("a", [3, 1]), ("b", [4, 2]))
    }
    recipe = Recipe(kind="ratio", inputs=("a", "b"))
    assert told(compute(recipe, inputs, now=NOW)) == told(compute(recipe, running, now=middle))
    assert of_formula("a / b", running, now=middle) == {"2026-01-01": Decimal("0.75")}


def test_without_an_input_nothing_is_computed() -> None:
    recipe = Recipe(kind="ratio", inputs=("a", "b"))
    assert compute(recipe, {"a": flow(monthly([1]))}, now=NOW) == []
    assert compute(recipe, {}, now=NOW) == []
    nothing = {"a": flow(monthly([1])), "b": flow([])}
    assert compute(recipe, nothing, now=NOW) == []


values = st.lists(
    st.none() | st.decimals(-(10**6), 10**6, places=2, allow_nan=False), min_size=1, max_size=20
)


@settings(max_examples=100, deadline=None)
@given(values, values)
def test_what_is_taken_away_again_leaves_the_first(one: list[Any], other: list[Any]) -> None:
    inputs = {"a": flow(monthly(one)), "b": flow(monthly(other))}
    both = of_formula("a + b - b", inputs)
    alone = of_formula("a", inputs)
    assert both == {
        start: value for start, value in alone.items() if start in of_formula("b", inputs)
    }
    gaps = [k for k, (x, y) in enumerate(zip(one, other, strict=False)) if x is None or y is None]
    for k in gaps:
        assert f"{2025 + k // 12}-{k % 12 + 1:02}-01" not in both, "a gap on either side is a gap"


@settings(max_examples=100, deadline=None)
@given(values, values, st.decimals("0.001", 1000, places=3))
def test_a_ratio_does_not_know_its_unit(one: list[Any], other: list[Any], scale: Decimal) -> None:
    def quotient(by: Decimal) -> dict[str, Any]:
        scaled = [[v if v is None else v * by for v in side] for side in (one, other)]
        inputs = {key: flow(monthly(side)) for key, side in zip("ab", scaled, strict=True)}
        return told(compute(Recipe(kind="ratio", inputs=("a", "b")), inputs, now=NOW))

    plain, scaled = quotient(Decimal(1)), quotient(scale)
    assert plain.keys() == scaled.keys()
    for start, value in plain.items():
        assert abs(value - scaled[start]) <= abs(value) / 10**25


@settings(max_examples=200, deadline=None)
@given(
    st.decimals("0.01", 10**9, places=2, allow_nan=False),
    st.decimals(0, 10**9, places=2, allow_nan=False),
)
def test_growth_leads_from_the_one_to_the_other(before: Decimal, value: Decimal) -> None:
    share = growth(value, before)
    assert share >= -1
    assert abs(before * (1 + share) - value) <= max(value, before) / 10**20


def test_no_share_of_nothing() -> None:
    for value, before in ((1, 0), (1, -1), (-1, 1)):
        with pytest.raises(Gap):
            growth(Decimal(value), Decimal(before))
    with pytest.raises(Gap, match="denominator is 0"):
        ratio(Decimal(1), Decimal("0.00"))
