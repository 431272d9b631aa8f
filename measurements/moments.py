"""Times as texts: RFC 3339 date-times with an offset, and days and periods in a time zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from analysis import periods
from analysis.values import Calendar, Grain
from teams.models import Organisation
from web.numbers import Unacceptable, cited

EARLIEST = date(1970, 1, 1)
YEARS_AHEAD = 5

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_SHAPES: tuple[tuple[re.Pattern[str], Grain], ...] = (
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "day"),
    (re.compile(r"[0-9]{4}-W[0-9]{2}"), "week"),
    (re.compile(r"[0-9]{4}-[0-9]{2}"), "month"),
    (re.compile(r"[0-9]{4}-Q[1-4]"), "quarter"),
    (re.compile(r"[0-9]{4}"), "year"),
)


class Clock:
    """Reads the times of one delivery: `now` bounds them, and each text is read once a zone."""

    def __init__(self, now: datetime) -> None:
        self.earliest = datetime.combine(EARLIEST, time.min, tzinfo=UTC)
        self.latest = now.astimezone(UTC) + timedelta(days=round(365.25 * YEARS_AHEAD))
        self._organisation: Organisation | None = None
        self._read: dict[tuple[str, str], datetime] = {}

    def read(self, given: str | datetime, zone: str) -> datetime:
        """The instant in UTC; periods mean their first day in the zone ("" the organisation's).

        `Unacceptable` where it is none, or lies outside 1970 … now + 5 years.
        """
        if isinstance(given, datetime):
            return self._bounded(given, str(given))
        known = self._read.get((given, zone))
        if known is None:
            known = self._read[given, zone] = self._parsed(given, zone)
        return known

    def calendar(self, zone: str) -> Calendar:
        """The organisation's calendar in a zone."""
        if self._organisation is None:
            self._organisation = Organisation.current()
        return calendar_of(self._organisation, zone)

    def _parsed(self, text: str, zone: str) -> datetime:
        if not text:
            raise Unacceptable("required", "A time is needed.")
        if len(text) > 10:
            return self._bounded(moment(text), text)
        day = first_day(text, self.calendar(zone))
        if not EARLIEST <= day <= self.latest.date():
            raise self._outside(text)
        return periods.midnight(day, self.calendar(zone))

    def _bounded(self, instant: datetime, text: str) -> datetime:
        if instant.tzinfo is None:
            raise Unacceptable("offset_required", f"{cited(text)} has no offset from UTC.")
        if not self.earliest <= instant <= self.latest:
            raise self._outside(text)
        return instant.astimezone(UTC)

    def _outside(self, text: str) -> Unacceptable:
        until = f"{self.latest:%Y-%m-%d}"
        return Unacceptable("out_of_range", f"{cited(text)} is not between 1970-01-01 and {until}.")


def begins(text: str, calendar: Calendar) -> datetime:
    """The first instant of a day or period; a date-time is itself."""
    if len(text) > 10:
        return moment(text)
    try:
        return periods.midnight(first_day(text, calendar), calendar)
    except OverflowError as problem:
        raise too_far(text) from problem


def ends(text: str, calendar: Calendar) -> datetime:
    """The instant after a day or period: the begin of the next one.

    A date-time ends a microsecond after itself.
    """
    grain = grain_of(text)
    try:
        if grain is None:
            return moment(text) + timedelta(microseconds=1)
        after = periods.next_start(first_day(text, calendar), grain, calendar)
        return periods.midnight(after, calendar)
    except (ValueError, OverflowError) as problem:
        if isinstance(problem, Unacceptable):
            raise
        raise too_far(text) from problem


def moment(text: str) -> datetime:
    """The instant in UTC of an RFC 3339 date-time; `Unacceptable` for everything else."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise not_a_moment(text)
    if match["offset"] is None:
        raise Unacceptable(
            "offset_required", f"{cited(text)} needs an offset from UTC, such as Z or +01:00."
        )
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError as problem:
        raise Unacceptable("invalid", f"{cited(text)} does not exist.") from problem
    except OverflowError as problem:
        raise too_far(text) from problem


def first_day(text: str, calendar: Calendar) -> date:
    """The first day of a day, week, month, quarter or year; `Unacceptable` for everything else."""
    if grain_of(text) is None:
        raise not_a_moment(text)
    try:
        return periods.parse(text, calendar)
    except (ValueError, OverflowError) as problem:
        raise Unacceptable("invalid", f"{cited(text)} does not exist.") from problem


def grain_of(text: str) -> Grain | None:
    """The grain of a text that names a day or a longer period, None for other texts."""
    return next((grain for shape, grain in _SHAPES if shape.fullmatch(text)), None)


def too_far(text: str) -> Unacceptable:
    """The refusal of a time before or after all that can be counted."""
    return Unacceptable("out_of_range", f"{cited(text)} lies outside of all calendars.")


def not_a_moment(text: str) -> Unacceptable:
    """The refusal of a text that is neither a date-time nor a period."""
    return Unacceptable(
        "invalid",
        f"{cited(text)} is neither a date-time such as 2026-11-20T10:00:00Z nor a day or period "
        "such as 2026-11-20, 2026-11, 2026-W47, 2026-Q4 or 2026.",
    )


def calendar_of(organisation: Organisation, zone: str) -> Calendar:
    """The organisation's calendar in a time zone; "" is its own zone."""
    return Calendar(
        zone or organisation.timezone, organisation.week_start, organisation.fiscal_year_start
    )
