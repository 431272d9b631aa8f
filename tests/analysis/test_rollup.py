"""From measurements to period values: rules, coverage, what is unfinished, what is dropped."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.rollup import guess_grain
from analysis.values import Calendar, Entry, Rule
from tests.analysis.build import daily, entry, rolled

NOVEMBER = date(2026, 11, 1)
IN_DECEMBER = datetime(2026, 12, 20, tzinfo=UTC)
numbers = st.decimals(-(10**9), 10**9, places=3)


def values(entries: list[Entry], rule: Rule) -> list[str | None]:
    series = rolled(entries, rule=rule)
    return [None if point.value is None else str(point.value) for point in series]


@pytest.mark.parametrize(
    ("rule", "value"), [("sum", "60"), ("mean", "20"), ("last", "30"), ("min", "10"), ("max", "30")]
)
def test_rules(rule: Rule, value: str) -> None:
    assert values(daily(NOVEMBER, [10, 20, 30]), rule) == [value]


def test_last_is_last_in_time_however_sent() -> None:
    entries = daily(NOVEMBER, [10, 20, 30])
    assert values(entries[::-1], "last") == ["30"]


def test_ratio_adds_up_its_parts_and_is_never_a_mean_of_ratios() -> None:
    entries = [
        Entry(datetime(2026, 11, day, tzinfo=UTC), None, Decimal(a), Decimal(b))
        for day, a, b in ((1, 1, 10), (2, 90, 100))
    ]
    point = rolled(entries, rule="ratio", factor=Decimal(100)).points[0]
    assert point.value is not None and float(point.value) == pytest.approx(100 * 91 / 110)
    assert point.numerator == 91 and point.denominator == 110 and point.n == 2


def test_ratio_over_zero_is_unknown_not_infinite() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    point = rolled([Entry(at, None, Decimal(3), Decimal(0))], rule="ratio").points[0]
    assert point.value is None and point.reason == "the denominator is 0" and point.n == 1


def test_ready_made_ratio_stands_alone_but_is_not_averaged() -> None:
    assert values([entry(NOVEMBER, "3.2")], "ratio") == ["3.2"]
    series = rolled(daily(NOVEMBER, ["3.2", "4"]), rule="ratio")
    assert series.points[0].value is None and "both its parts" in series.points[0].reason


def test_distinct_counts_refuse_to_be_added_up() -> None:
    point = rolled(daily(NOVEMBER, range(1, 31)), rule="none").points[0]
    assert point.value is None and "30 distinct counts" in point.reason
    assert values([entry(NOVEMBER, 5)], "none") == ["5"]
    twice = [entry(NOVEMBER, 5), entry(NOVEMBER + timedelta(20), 6)]
    assert rolled(twice, rule="none", entry_grain="month").points[0].value == 6


def test_missing_periods_are_on_the_grid_and_never_zero() -> None:
    series = rolled([entry(date(2026, 9, 3), 1), entry(date(2026, 12, 3), 2)])
    assert [p.period.month for p in series] == [9, 10, 11, 12]
    assert [p.value for p in series] == [1, None, None, 2]
    assert math.isnan(series.floats()[1]) and series.points[1].coverage == 0


def test_running_period_is_provisional_with_its_coverage() -> None:
    series = rolled(daily(NOVEMBER, [1] * 49), rule="sum", now=IN_DECEMBER)
    november, december = series.points
    assert november.value == 30 and november.coverage == 1 and not november.provisional
    assert december.value == 19 and december.provisional
    assert december.coverage == pytest.approx(19 / 31)
    assert series.provisional == december and series.final.points == (november,)


def test_monthly_value_dated_on_the_first_waits_for_its_month() -> None:
    entries = [entry(NOVEMBER, 5), entry(date(2026, 12, 1), 6)]
    assert [p.provisional for p in rolled(entries, now=IN_DECEMBER)] == [False, True]


def test_sum_that_lacks_its_last_days_waits_half_a_period() -> None:
    entries = daily(date(2026, 10, 1), [1] * 50)
    for now, waits in [(datetime(2026, 12, 16, tzinfo=UTC), True), (IN_DECEMBER, False)]:
        last = rolled(entries, rule="sum", now=now).points[-1]
        assert (last.period, last.provisional) == (NOVEMBER, waits)
        assert last.coverage == pytest.approx(19 / 30)
    assert not rolled(entries, rule="mean", now=datetime(2026, 12, 2, tzinfo=UTC)).provisional


def test_sum_whose_first_days_were_never_measured_is_not_judged() -> None:
    series = rolled(daily(date(2026, 10, 20), [1] * 42), rule="sum")
    first, second = series.points
    assert first.provisional and first.reason == "measuring began on 2026-10-20"
    assert not second.provisional
    assert [point.value for point in series.final] == [None, 30]


def test_weekends_that_never_have_entries_are_not_expected() -> None:
    work = [e for e in daily(date(2026, 10, 1), [1] * 61) if e.at.weekday() < 5]
    assert [p.coverage for p in rolled(work, rule="sum")] == [1.0, 1.0]


def test_weeks_in_a_month_are_counted_by_their_day() -> None:
    fridays = [entry(date(2026, 10, 2) + timedelta(7 * k), 1) for k in range(9)]
    series = rolled(fridays, rule="sum")
    assert [(p.n, p.coverage) for p in series] == [(5, 1.0), (4, 1.0)]


def test_months_in_a_quarter() -> None:
    entries = [entry(date(2026, m, 1), 1) for m in (4, 5, 6, 7)]
    series = rolled(entries, grain="quarter", rule="sum", now=datetime(2026, 10, 2, tzinfo=UTC))
    second, third = series.points
    assert second.value == 3 and second.coverage == 1 and not second.provisional
    assert third.value == 1 and third.coverage == pytest.approx(1 / 3) and third.provisional


def test_days_of_changing_clocks_hold_their_own_hours() -> None:
    stockholm = Calendar("Europe/Stockholm")
    hours = [
        Entry(datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(hours=k), Decimal(1))
        for k in range(49)
    ]
    assert [p.value for p in rolled(hours, grain="day", rule="sum", calendar=stockholm)] == [25, 24]


def test_what_is_not_a_number_is_dropped_and_counted() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    bad = [Entry(at, Decimal("NaN")), Entry(at, Decimal("Infinity")), Entry(at)]
    series = rolled([*bad, entry(NOVEMBER, 1)])
    assert series.dropped == 3
    assert series.points[0].value == 1 and series.points[0].n == 1
    empty = rolled(bad)
    assert (len(empty), empty.dropped, empty.latest_at) == (0, 3, None)


def test_sums_keep_every_digit() -> None:
    entries = [entry(NOVEMBER, "1e15"), entry(NOVEMBER + timedelta(1), "1e-12")]
    assert values(entries, "sum") == ["1000000000000000.000000000001"]


@given(st.lists(numbers, min_size=1, max_size=80), st.integers(0, 27))
def test_sums_are_preserved_and_order_does_not_matter(given: list[Decimal], seed: int) -> None:
    entries = daily(NOVEMBER + timedelta(seed), [str(number) for number in given])
    series = rolled(entries, rule="sum")
    assert sum(p.value or 0 for p in series) == sum(given)
    assert rolled(entries[::-1], rule="sum") == series
    assert sum(p.n for p in series) == len(given)


@given(st.lists(numbers, min_size=1, max_size=40))
def test_means_lie_between_lowest_and_highest(given: list[Decimal]) -> None:
    entries = daily(NOVEMBER, [str(number) for number in given])
    rules: tuple[Rule, ...] = ("min", "mean", "max")
    for low, mean, high in zip(*(rolled(entries, rule=rule) for rule in rules), strict=True):
        assert low.value is not None and mean.value is not None and high.value is not None
        assert low.value <= mean.value <= high.value


@pytest.mark.parametrize(
    ("step", "grain"), [(1, "day"), (7, "week"), (30, "month"), (91, "quarter"), (17, "quarter")]
)
def test_spacing_tells_the_grain(step: int, grain: str) -> None:
    days = [NOVEMBER + timedelta(step * k) for k in range(6)]
    assert guess_grain(days, "year") == ("year" if step == 17 else grain)


def test_grain_is_never_coarser_than_the_period_and_one_entry_tells_nothing() -> None:
    months = [date(2026, m, 1) for m in range(1, 7)]
    assert guess_grain(months, "week") == "week"
    assert guess_grain(months[:1], "month") == "month"
    assert guess_grain([], "month") == "month"
