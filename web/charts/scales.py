"""Scales and their ticks: round numbers on the value axis, round dates on the time axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Linear:
    """Maps a stretch of numbers onto a stretch of pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        # What lies too close together for a double stands in the middle.
        stretch = self.high - self.low
        share = (value - self.low) / stretch if stretch else 0.5
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class TimeTick:
    """A place on the time axis and what stands there."""

    on: date
    label: str


def nice_step(span: float, count: int) -> float:
    """The step of the form 1, 2 or 5 times a power of ten that cuts a span into about `count`.

    >>> nice_step(28, 3), nice_step(0.7, 4)
    (10, 0.2)
    """
    rough = span / count
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = min((m * magnitude for m in (1, 2, 5, 10)), key=lambda step: abs(step - rough))
    return int(step) if step >= 1 else round(step, places(step))


def places(step: float) -> int:
    """How many decimals tell multiples of a step apart, without the dust of binary fractions.

    >>> places(0.2), places(5e-99)
    (12, 102)
    """
    return max(12, 3 - math.floor(math.log10(step)))


def nice_ticks(
    low: float, high: float, count: int = 4, *, unit: float = 1
) -> tuple[list[float], float]:
    """Numbers inside a stretch that are round when counted in `unit`, and the step between them.

    >>> nice_ticks(68_000, 90_000, 3, unit=3_600)
    ([72000, 79200, 86400], 7200)
    """
    step = nice_step((high - low) / unit, count) * unit
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(k * step, places(step)) for k in range(first, last + 1)], step


def padded(values: list[float], share: float = 0.06) -> tuple[float, float]:
    """The stretch that holds all values with some air; never below zero for values that are not."""
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if high - low <= max(abs(low), abs(high)) * 1e-12:
        room = abs(high) * 0.1 or 1.0
    else:
        room = (high - low) * share
    floor = 0.0 if low >= 0 else -math.inf
    return max(low - room, floor), high + room


def time_ticks(start: date, end: date, *, most: int, period: str = "") -> list[TimeTick]:
    """At most `most` labelled days: weeks of the year, days, months, quarters or years."""
    for ticks in _candidates(start, end, period):
        if len(ticks) <= most:
            return ticks
    return []


def text_width(text: str, size: float) -> float:
    """About how wide a text is in pixels, near enough to keep texts apart."""
    return size * sum(
        0.3 if c in " .,:'|ilI\u00a0" else 0.62 if c.isdigit() else 0.58 for c in text
    )


def _candidates(start: date, end: date, period: str) -> Iterator[list[TimeTick]]:
    days = (end - start).days
    if period == "week" and days <= 320:
        for step in (1, 2, 5, 10):
            yield _weeks(start, end, step)
    if days <= 62:
        for step in (1, 2, 7, 14):
            yield _days(start, end, step)
    for step in (1, 2, 3, 6):
        yield _months(start, end, step)
    for step in (1, 2, 5, 10, 20, 50):
        yield _years(start, end, step)


def _weeks(start: date, end: date, step: int) -> list[TimeTick]:
    """Counted back from the newest week, which is the one that people look for."""
    first = start + timedelta(days=(end - start).days % (7 * step))
    return _walk(first, end, timedelta(weeks=step), lambda day: f"W{day.isocalendar().week}")


def _days(start: date, end: date, step: int) -> list[TimeTick]:
    return _walk(start, end, timedelta(step), lambda day: f"{day.day} {MONTHS[day.month - 1]}")


def _walk(start: date, end: date, step: timedelta, label: Callable[[date], str]) -> list[TimeTick]:
    ticks = []
    while start <= end:
        ticks.append(TimeTick(start, label(start)))
        start += step
    return ticks


def _months(start: date, end: date, step: int) -> list[TimeTick]:
    """Firsts of months; January says the year where more than one year is in view."""
    firsts = (
        date(year, month, 1)
        for year in range(start.year, end.year + 1)
        for month in range(1, 13, step)
    )
    several = start.year != end.year
    return [
        TimeTick(day, str(day.year) if several and day.month == 1 else MONTHS[day.month - 1])
        for day in firsts
        if start - timedelta(6) <= day <= end
    ]


def _years(start: date, end: date, step: int) -> list[TimeTick]:
    return [
        TimeTick(date(year, 1, 1), str(year))
        for year in range(start.year, end.year + 1)
        if year % step == 0 and start - timedelta(31) <= date(year, 1, 1) <= end
    ]
