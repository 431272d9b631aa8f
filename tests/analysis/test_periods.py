"""Periods: where they start and end, also when clocks change, and what they are called."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import periods
from analysis.values import Calendar, Grain

UTC_CALENDAR = Calendar()
STOCKHOLM = Calendar("Europe/Stockholm")
FROM_APRIL = Calendar(fiscal_year_start=4)
days = st.dates(date(1980, 1, 1), date(2100, 12, 31))
grains = st.sampled_from(periods.GRAINS)
calendars = st.builds(
    Calendar,
    st.sampled_from(["UTC", "Europe/Stockholm", "America/New_York", "Asia/Kolkata", "Asia/Tokyo"]),
    st.integers(1, 7),
    st.integers(1, 12),
)


@given(days, grains, calendars)
def test_every_day_lies_in_exactly_one_period(day: date, grain: Grain, calendar: Calendar) -> None:
    start = periods.start_of(day, grain, calendar)
    first, last = periods.span(start, grain, calendar)
    assert first == start <= day <= last
    after = periods.next_start(start, grain, calendar)
    assert after == last + timedelta(1) == periods.start_of(after, grain, calendar)
    assert periods.step(after, -1, grain, calendar) == start


@given(days, days, grains, calendars)
def test_numbers_count_periods(a: date, b: date, grain: Grain, calendar: Calendar) -> None:
    first, last = sorted((a, b))
    grid = periods.grid(first, last, grain, calendar)
    assert grid[0] == periods.start_of(first, grain, calendar)
    assert grid[-1] == periods.start_of(last, grain, calendar)
    assert len(grid) == periods.between(first, last, grain, calendar) + 1
    assert [periods.index(d, grain, calendar) for d in grid] == list(
        range(periods.index(first, grain, calendar), periods.index(last, grain, calendar) + 1)
    )


@given(days, grains, calendars)
def test_bounds_are_where_days_change(day: date, grain: Grain, calendar: Calendar) -> None:
    start = periods.start_of(day, grain, calendar)
    begin, end = periods.bounds(start, grain, calendar)
    assert begin < end and begin.tzinfo is UTC
    assert periods.start_of(begin, grain, calendar) == start
    assert periods.start_of(end - timedelta(microseconds=1), grain, calendar) == start
    assert periods.start_of(end, grain, calendar) == periods.next_start(start, grain, calendar)
    assert periods.age(begin, end, grain, calendar) == pytest.approx(1)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 20), 24)]
)
def test_days_of_changing_clocks(day: date, hours: int) -> None:
    begin, end = periods.bounds(day, "day", STOCKHOLM)
    assert end - begin == timedelta(hours=hours)


def test_midnight_that_does_not_exist() -> None:
    beirut = Calendar("Asia/Beirut")
    begin, end = periods.bounds(date(2022, 3, 27), "day", beirut)
    assert end - begin == timedelta(hours=23)
    assert periods.start_of(begin, "day", beirut) == date(2022, 3, 27)


@pytest.mark.parametrize(
    ("grain", "start"),
    [
        ("day", date(2026, 11, 20)),
        ("week", date(2026, 11, 16)),
        ("month", date(2026, 11, 1)),
        ("quarter", date(2026, 10, 1)),
        ("year", date(2026, 1, 1)),
        ("fiscal_quarter", date(2026, 10, 1)),
        ("fiscal_year", date(2026, 4, 1)),
    ],
)
def test_start_of(grain: Grain, start: date) -> None:
    assert periods.start_of(date(2026, 11, 20), grain, FROM_APRIL) == start


def test_fiscal_quarters_follow_the_fiscal_year() -> None:
    from_february = Calendar(fiscal_year_start=2)
    assert periods.start_of(date(2026, 1, 31), "fiscal_quarter", from_february) == date(2025, 11, 1)
    assert periods.label(date(2025, 11, 1), "fiscal_quarter", from_february) == "Q4 FY 2025/26"


def test_an_instant_has_the_day_of_its_zone_and_a_naive_time_none() -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    assert periods.start_of(late, "day", STOCKHOLM) == date(2026, 12, 1)
    assert periods.start_of(late, "day", Calendar("America/New_York")) == date(2026, 11, 30)
    with pytest.raises(ValueError, match="offset"):
        periods.start_of(datetime(2026, 11, 30), "day", STOCKHOLM)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("start", "grain", "name"),
    [
        (date(2026, 11, 20), "day", "20 Nov 2026"),
        (date(2026, 11, 16), "week", "Week 47"),
        (date(2026, 12, 28), "week", "Week 53"),
        (date(2027, 1, 4), "week", "Week 1"),
        (date(2026, 11, 1), "month", "November 2026"),
        (date(2026, 10, 1), "quarter", "Q4 2026"),
        (date(2026, 1, 1), "year", "2026"),
        (date(2026, 4, 1), "fiscal_year", "FY 2026/27"),
        (date(2026, 10, 1), "fiscal_quarter", "Q3 FY 2026/27"),
    ],
)
def test_label(start: date, grain: Grain, name: str) -> None:
    assert periods.label(start, grain, FROM_APRIL) == name


def test_label_of_weeks_from_sunday_and_of_plain_fiscal_years() -> None:
    sunday = Calendar(week_start=7)
    assert periods.label(date(2026, 11, 15), "week", sunday) == "Week 47"
    assert periods.label(date(2026, 1, 1), "fiscal_year", UTC_CALENDAR) == "FY 2026"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-20", date(2026, 11, 20)),
        ("2026-11", date(2026, 11, 1)),
        ("2026-W47", date(2026, 11, 16)),
        ("2026-W53", date(2026, 12, 28)),
        ("2025-W01", date(2024, 12, 30)),
        ("2026-Q4", date(2026, 10, 1)),
        ("2026", date(2026, 1, 1)),
        (" 2028-02-29 ", date(2028, 2, 29)),
    ],
)
def test_parse(text: str, day: date) -> None:
    assert periods.parse(text, UTC_CALENDAR) == day


def test_parse_finds_the_week_as_the_calendar_begins_it() -> None:
    assert periods.parse("2026-W47", Calendar(week_start=7)) == date(2026, 11, 15)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26-11",
        "2026-13",
        "2026-02-30",
        "2025-W53",
        "2026-W00",
        "2026-Q5",
        "2026-11-20T10:00",
        "2026/11/20",
        "٢٠٢٦",
        "2026-1",
        "0000",
        "2026-w47",
    ],
)
def test_parse_refuses(text: str) -> None:
    with pytest.raises(ValueError):
        periods.parse(text, UTC_CALENDAR)


def test_parse_and_label_agree_on_every_week_of_a_long_year() -> None:
    for week in range(1, 54):
        start = periods.parse(f"2026-W{week:02d}", UTC_CALENDAR)
        assert periods.label(start, "week", UTC_CALENDAR) == f"Week {week}"


@pytest.mark.parametrize("wrong", [{"week_start": 0}, {"fiscal_year_start": 13}])
def test_calendar_refuses_what_no_calendar_has(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="is"):
        Calendar("UTC", **wrong)
