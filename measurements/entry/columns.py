"""The periods that are the columns of a grid: how they are written, named and bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from analysis import periods
from analysis.values import Calendar, Grain

SHOWN = 6
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
HEADINGS: Mapping[Grain, str] = {
    "day": "Days",
    "week": "Weeks",
    "month": "Months",
    "quarter": "Quarters",
    "year": "Years",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodColumn:
    """One period of a grain in a calendar; `text` is how the core of ingestion reads it."""

    grain: Grain
    start: date
    text: str
    label: str
    short: str
    small: str
    begins_at: datetime
    ends_at: datetime
    is_running: bool


def columns(
    grain: Grain, calendar: Calendar, now: datetime, count: int = SHOWN
) -> list[PeriodColumn]:
    """The newest periods, oldest first; the last one still runs."""
    running = periods.start_of(now, grain, calendar)
    starts = [periods.step(running, back, grain, calendar) for back in range(1 - count, 1)]
    return [column(start, grain, calendar, now) for start in starts]


def column(start: date, grain: Grain, calendar: Calendar, now: datetime) -> PeriodColumn:
    """The period that begins on the day `start`."""
    begins_at, ends_at = periods.bounds(start, grain, calendar)
    short, small = heading(start, grain, calendar)
    return PeriodColumn(
        grain=grain,
        start=start,
        text=spelled(start, grain),
        label=standalone_label(start, grain, calendar),
        short=short,
        small=small,
        begins_at=begins_at,
        ends_at=ends_at,
        is_running=begins_at <= now < ends_at,
    )


def spelled(start: date, grain: Grain) -> str:
    """A period as a text that files and the API take as well.

    >>> spelled(date(2026, 11, 16), "week"), spelled(date(2026, 10, 1), "quarter")
    ('2026-W47', '2026-Q4')
    """
    if grain == "day":
        return start.isoformat()
    if grain == "week":
        # The number of a week is that of its middle day, also where weeks begin on a Sunday.
        middle = (start + timedelta(days=3)).isocalendar()
        return f"{middle.year}-W{middle.week:02d}"
    texts: dict[Grain, str] = {
        "month": f"{start:%Y-%m}",
        "quarter": f"{start.year}-Q{(start.month + 2) // 3}",
        "year": f"{start.year}",
    }
    return texts[grain]


def standalone_label(start: date, grain: Grain, calendar: Calendar) -> str:
    """The name of a period wherever it stands alone: "October 2026", "Week 47, 2026"."""
    label = periods.label(start, grain, calendar)
    return f"{label}, {spelled(start, grain)[:4]}" if grain == "week" else label


def heading(start: date, grain: Grain, calendar: Calendar) -> tuple[str, str]:
    """The same over a column: what tells it from its neighbours, and the rest in small."""
    last = periods.span(start, grain, calendar)[1]
    found: dict[Grain, tuple[str, str]] = {
        "day": (f"{start.day} {start:%b}", f"{start:%a}"),
        "week": (f"Week {(start + timedelta(days=3)).isocalendar().week}", days(start, last)),
        "month": (f"{start:%B}", str(start.year)),
        "quarter": (f"Q{(start.month + 2) // 3}", str(start.year)),
        "year": (str(start.year), ""),
    }
    return found[grain]


def days(first: date, last: date) -> str:
    """From one day to another of the same or the next month: "16\u201322 Nov"."""
    begin = str(first.day) if first.month == last.month else f"{first.day} {first:%b}"
    return f"{begin}\u2013{last.day} {last:%b}"


def parse_period(text: str, grain: Grain, calendar: Calendar) -> date:
    """The first day of the period of this grain that a text names; ValueError otherwise."""
    start = periods.start_of(periods.parse(text, calendar), grain, calendar)
    if spelled(start, grain) != text:
        raise ValueError(f"{text!r} is no {grain}")
    return start


def grain_named(name: str) -> Grain:
    """A grain as the models name it."""
    return cast(Grain, name)
