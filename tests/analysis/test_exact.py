"""Values meet targets digit by digit: no rounding of binary fractions decides a status."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.rollup import roll_up
from analysis.status import Facts, assess
from analysis.values import Definition, Entry, Rule, Series
from analysis.words import distance_text, level
from tests.analysis.build import UTC_CALENDAR, after, monthly, target

PERCENT = Definition(unit="percent", decimals=1)
DOWN = Definition(direction="down")


def status(series: Series, definition: Definition = PERCENT, **aim: Any) -> str:
    numbers: dict[str, Any] = {
        name: Decimal(part) if name in ("value", "tolerance") else part
        for name, part in aim.items()
    }
    return assess(Facts(series, definition, target(**numbers), after(series))).status


def october(
    rule: Rule, *values: tuple[str | None, str | None, str | None], factor: int = 1
) -> Series:
    """Days of one month rolled up; (value, numerator, denominator) as texts."""
    entries = [
        Entry(
            datetime(2026, 10, day, tzinfo=UTC),
            *(None if part is None else Decimal(part) for part in parts),
        )
        for day, parts in enumerate(values, start=1)
    ]
    return roll_up(
        entries, grain="month", rule=rule, calendar=UTC_CALENDAR, factor=Decimal(factor),
        now=datetime(2026, 11, 20, tzinfo=UTC), entry_grain="month",
    )  # fmt: skip


def plain(*values: str) -> list[tuple[str | None, str | None, str | None]]:
    return [(value, None, None) for value in values]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("95", "on_track"),
        ("95.0", "on_track"),
        ("95.0000000000000001", "on_track"),
        ("94.9999999999999999", "at_risk"),
        ("95." + "0" * 99 + "1", "on_track"),
        ("94." + "9" * 100, "at_risk"),
        ("85.5", "at_risk"),
        ("85.4999999999999999", "off_track"),
    ],
)
def test_at_least_95_is_judged_by_the_last_digit(value: str, says: str) -> None:
    assert status(monthly([value]), value=95, tolerance="0.10") == says


@pytest.mark.parametrize(
    ("value", "says"),
    [("60", "on_track"), ("60." + "0" * 40 + "1", "at_risk"), ("59.9999999999999999", "on_track")],
)
def test_at_most_60_too(value: str, says: str) -> None:
    assert status(monthly([value]), DOWN, value=60, comparator="lte") == says


def test_a_tenth_and_two_tenths_are_three_tenths() -> None:
    assert 0.1 + 0.2 > 0.3  # what a double says
    added = october("sum", *plain("0.1", "0.2"))
    assert added.points[0].value == Decimal("0.3")
    for comparator in ("gte", "lte", "eq"):
        assert status(added, value="0.3", comparator=comparator) == "on_track"


def test_a_mean_of_thirds_and_tenths_is_exact() -> None:
    found = october("mean", *plain("0.1", "0.2", "0.3"))
    assert found.points[0].value == Decimal("0.2")
    long = "94." + "9" * 60
    assert october("mean", *plain(long)).points[0].value == Decimal(long)
    assert status(october("mean", *plain(long, long)), value=95) == "at_risk"


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        (("19", "20"), "on_track"),
        (("1.9", "2"), "on_track"),
        (("949999999999999999999", "1000000000000000000000"), "at_risk"),
        (("95", "100.0000000000000001"), "at_risk"),
        (("95.0000000000000001", "100"), "on_track"),
        (("94." + "9" * 50, "100"), "at_risk"),
    ],
)
def test_ratios_are_divided_exactly(parts: tuple[str, str], says: str) -> None:
    series = october("ratio", (None, *parts), factor=100)
    assert status(series, value=95) == says


def test_a_third_is_a_third() -> None:
    [point] = october("ratio", (None, "1", "3")).points
    assert point.value == Decimal("0." + "3" * 34)


@given(
    st.decimals(-(10**20), 10**20, places=20), st.decimals(-(10**20), 10**20, places=20),
)  # fmt: skip
def test_a_status_is_the_comparison_of_the_two_numbers(value: Decimal, aim: Decimal) -> None:
    found = status(monthly([str(value)]), Definition(), value=aim, tolerance=0)
    assert (found == "on_track") is (value >= aim)


def test_a_total_keeps_every_digit() -> None:
    values = ["0.1"] * 9 + ["0.1000000000000000000000000000000000000000001"]
    found = status(
        monthly(values, first=date(2026, 1, 1)), Definition(), kind="accumulate", value=1,
        starts_on=date(2026, 1, 1), due_on=date(2026, 12, 31),
    )  # fmt: skip
    assert found == "achieved"


def test_an_absolute_band_ends_exactly_where_it_is_set() -> None:
    aim: dict[str, Any] = {"value": 95, "tolerance": "0.3", "tolerance_kind": "absolute"}
    assert status(monthly(["94.7"]), **aim) == "at_risk"
    assert status(monthly(["94.6999999999999999"]), **aim) == "off_track"


# --- percent, and percentage points -----------------------------------------------------------


def test_a_difference_of_percentages_is_in_percentage_points() -> None:
    assert level(Decimal("3.2"), PERCENT) == "3.2 %"
    assert distance_text(Decimal("0.2"), PERCENT) == "0.2 percentage points"
    assert distance_text(Decimal(-1), PERCENT) == "1.0 percentage point"
    assert distance_text(Decimal("1e-16"), PERCENT) == "0.0000000000000001 percentage points"
    assert distance_text(Decimal(2), Definition(unit="score", unit_label="points")) == "2 points"
