"""Days, weeks, months, quarters and years: where a period starts, ends, and what it is called.

A period is named by its first local day. Instants come from the calendar's time zone, so a day
may last 23 or 25 hours.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from analysis.values import Calendar, Grain

GRAINS: tuple[Grain, ...] = (
    "day",
    "week",
    "month",
    "quarter",
    "year",
    "fiscal_quarter",
    "fiscal_year",
)
SEASONS: dict[Grain, int] = {
    "day": 7,
    "week": 52,
    "month": 12,
    "quarter": 4,
    "fiscal_quarter": 4,
    "year": 1,
    "fiscal_year": 1,
}
DAYS: dict[Grain, float] = {
    "day": 1,
    "week": 7,
    "month": 30.44,
    "quarter": 91.31,
    "fiscal_quarter": 91.31,
    "year": 365.24,
    "fiscal_year": 365.24,
}
MONTHS: dict[Grain, int] = {
    "month": 1,
    "quarter": 3,
    "fiscal_quarter": 3,
    "year": 12,
    "fiscal_year": 12,
}


def start_of(moment: datetime | date, grain: Grain, calendar: Calendar) -> date:
    """Return the first day of the period ``moment`` lies in, in the calendar's time zone.

    A datetime must be aware; a plain date is taken as it stands.

    >>> start_of(date(2026, 11, 20), "week", Calendar())
    datetime.date(2026, 11, 16)
    >>> start_of(datetime(2026, 11, 30, 23, 30, tzinfo=UTC), "month", Calendar("Europe/Stockholm"))
    datetime.date(2026, 12, 1)
    """
    day = local_day(moment, calendar)
    if grain == "day":
        return day
    if grain == "week":
        return day - timedelta(days=(day.isoweekday() - calendar.week_start) % 7)
    length = MONTHS[grain]
    offset = _offset(grain, calendar)
    months = day.year * 12 + day.month - 1 - offset
    return _month(months - months % length + offset)


def local_day(moment: datetime | date, calendar: Calendar) -> date:
    """Return the calendar's day at ``moment``."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError("a time without an offset has no day")
    return moment.astimezone(calendar.zone).date()


def step(start: date, count: int, grain: Grain, calendar: Calendar) -> date:
    """Return the start of the period ``count`` periods after the one starting at ``start``."""
    if grain == "day":
        return start + timedelta(days=count)
    if grain == "week":
        return start + timedelta(days=7 * count)
    return _month(start.year * 12 + start.month - 1 + count * MONTHS[grain])


def next_start(start: date, grain: Grain, calendar: Calendar) -> date:
    """Return the first day of the period after the one starting at ``start``."""
    return step(start, 1, grain, calendar)


def span(start: date, grain: Grain, calendar: Calendar) -> tuple[date, date]:
    """Return first and last day of the period starting at ``start``.

    >>> span(date(2028, 2, 1), "month", Calendar())
    (datetime.date(2028, 2, 1), datetime.date(2028, 2, 29))
    """
    return start, next_start(start, grain, calendar) - timedelta(days=1)


def index(day: date, grain: Grain, calendar: Calendar) -> int:
    """Return the number of the period ``day`` lies in; successive periods differ by one."""
    if grain == "day":
        return day.toordinal()
    if grain == "week":
        return (day.toordinal() - calendar.week_start) // 7
    return (day.year * 12 + day.month - 1 - _offset(grain, calendar)) // MONTHS[grain]


def between(first: date, last: date, grain: Grain, calendar: Calendar) -> int:
    """Count the periods from that of ``first`` to that of ``last`` (0: the same one)."""
    return index(last, grain, calendar) - index(first, grain, calendar)


def grid(first: date, last: date, grain: Grain, calendar: Calendar) -> list[date]:
    """Return the start of every period from that of ``first`` to that of ``last``.

    >>> [d.isoformat() for d in grid(date(2026, 1, 31), date(2026, 3, 1), "month", Calendar())]
    ['2026-01-01', '2026-02-01', '2026-03-01']
    """
    start = start_of(first, grain, calendar)
    return [
        step(start, k, grain, calendar) for k in range(between(first, last, grain, calendar) + 1)
    ]


def bounds(start: date, grain: Grain, calendar: Calendar) -> tuple[datetime, datetime]:
    """Return the instants (aware, UTC) at which the period begins and the next one begins.

    >>> begin, end = bounds(date(2026, 3, 29), "day", Calendar("Europe/Stockholm"))
    >>> end - begin
    datetime.timedelta(seconds=82800)
    """
    return midnight(start, calendar), midnight(next_start(start, grain, calendar), calendar)


def midnight(day: date, calendar: Calendar) -> datetime:
    """Return the first instant of a local day as aware UTC."""
    return datetime.combine(day, time.min, tzinfo=calendar.zone).astimezone(UTC)


def age(since: datetime, now: datetime, grain: Grain, calendar: Calendar) -> float:
    """Return how many periods lie between two instants, fractions by share of their period.

    >>> since, now = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 16, 12, tzinfo=UTC)
    >>> age(since, now, "month", Calendar())
    1.5
    """
    return _position(now, grain, calendar) - _position(since, grain, calendar)


def after(since: datetime, count: float, grain: Grain, calendar: Calendar) -> datetime:
    """Return the instant ``count`` periods after another one: the inverse of ``age``.

    >>> after(datetime(2026, 2, 1, tzinfo=UTC), 1.5, "month", Calendar())
    datetime.datetime(2026, 3, 16, 12, 0, tzinfo=datetime.timezone.utc)
    """
    place = _position(since, grain, calendar) + count
    whole = int(place // 1)
    here = start_of(since, grain, calendar)
    start = step(here, whole - index(here, grain, calendar), grain, calendar)
    begin, end = bounds(start, grain, calendar)
    return begin + (end - begin) * (place - whole)


def _position(moment: datetime, grain: Grain, calendar: Calendar) -> float:
    start = start_of(moment, grain, calendar)
    begin, end = bounds(start, grain, calendar)
    length = (end - begin) or timedelta(1)
    return index(start, grain, calendar) + (moment - begin) / length


def label(start: date, grain: Grain, calendar: Calendar) -> str:
    """Return the name of a period as people say it.

    >>> label(date(2026, 11, 16), "week", Calendar())
    'Week 47'
    """
    fiscal = (start.month - calendar.fiscal_year_start) % 12 // 3 + 1
    # The number of a week is that of its middle day (ISO 8601 for weeks from Monday).
    week = (start + timedelta(days=3)).isocalendar().week
    names: dict[Grain, str] = {
        "day": f"{start.day} {start:%b} {start.year}",
        "week": f"Week {week}",
        "month": f"{start:%B} {start.year}",
        "quarter": f"Q{(start.month + 2) // 3} {start.year}",
        "year": str(start.year),
        "fiscal_quarter": f"Q{fiscal} {_fiscal_year(start, calendar)}",
        "fiscal_year": _fiscal_year(start, calendar),
    }
    return names[grain]


_TEXT = re.compile(
    r"(?P<year>\d{4})(?:-(?:W(?P<week>\d{2})|Q(?P<quarter>[1-4])|(?P<month>\d{2})(?:-(?P<day>\d{2}))?))?"
)


def parse(text: str, calendar: Calendar) -> date:
    """Return the first day of a day, month, week, quarter or year as written in a file.

    Raises ValueError for anything else, and for days and weeks that do not exist.

    >>> parse("2026-W47", Calendar()), parse("2026-Q4", Calendar())
    (datetime.date(2026, 11, 16), datetime.date(2026, 10, 1))
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None or not text.isascii():
        raise ValueError(f"{text!r} is not a day, month, week, quarter or year")
    part = {name: int(value) for name, value in match.groupdict().items() if value}
    year = part["year"]
    if "week" in part:
        monday = date.fromisocalendar(year, part["week"], 1)
        return start_of(monday + timedelta(days=3), "week", calendar)
    if "quarter" in part:
        return date(year, part["quarter"] * 3 - 2, 1)
    return date(year, part.get("month", 1), part.get("day", 1))


def _offset(grain: Grain, calendar: Calendar) -> int:
    return calendar.fiscal_year_start - 1 if grain in ("fiscal_quarter", "fiscal_year") else 0


def _month(count: int) -> date:
    return date(count // 12, count % 12 + 1, 1)


def _fiscal_year(start: date, calendar: Calendar) -> str:
    year = start.year if start.month >= calendar.fiscal_year_start else start.year - 1
    if calendar.fiscal_year_start == 1:
        return f"FY {year}"
    return f"FY {year}/{(year + 1) % 100:02d}"
