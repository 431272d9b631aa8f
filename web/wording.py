"""Periods, days and ages in the words people use, without the year where it goes without saying."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol, cast
from zoneinfo import ZoneInfo

from analysis import periods
from analysis.values import Calendar, Grain

CADENCE: Mapping[str, str] = {
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "quarter": "quarterly",
    "year": "yearly",
}


class Company(Protocol):
    """The settings of an organisation that decide how days and numbers are written."""

    timezone: str
    week_start: int
    fiscal_year_start: int
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Through what a page looks at numbers: the instant, the calendar and the language."""

    now: datetime
    today: date
    calendar: Calendar
    locale: str

    @classmethod
    def of(cls, organisation: Company, now: datetime) -> Lens:
        """The view of the organisation at an instant."""
        zone = ZoneInfo(organisation.timezone)
        return cls(
            now=now,
            today=now.astimezone(zone).date(),
            calendar=Calendar(
                organisation.timezone, organisation.week_start, organisation.fiscal_year_start
            ),
            locale=organisation.locale,
        )

    def period(self, start: date | None, grain: str) -> str:
        """The name of a period as a label: "Week 47", "November", "Q4 2026", "Yesterday"."""
        if start is None:
            return ""
        if grain == "day":
            days = (self.today - start).days
            return {0: "Today", 1: "Yesterday"}.get(days) or self.day(start)
        if grain == "week":
            middle = (start + timedelta(days=3)).isocalendar()
            here = self.today.isocalendar().year
            return f"Week {middle.week}" + ("" if middle.year == here else f", {middle.year}")
        if grain == "month":
            return f"{start:%B}" + ("" if start.year == self.today.year else f" {start.year}")
        return periods.label(start, cast(Grain, grain), self.calendar)

    def in_sentence(self, start: date | None, grain: str) -> str:
        """The same inside a sentence: "week 47", "yesterday"."""
        name = self.period(start, grain)
        return name[:1].lower() + name[1:] if grain in ("day", "week") else name

    def before(self, start: date, grain: str) -> date:
        """The first day of the period before."""
        return periods.step(start, -1, cast(Grain, grain), self.calendar)

    def last_day(self, start: date, grain: str) -> date:
        """The last day of a period."""
        return periods.span(start, cast(Grain, grain), self.calendar)[1]

    def day(self, on: date) -> str:
        """A day: "20 Nov", with its year where that is another one."""
        text = f"{on.day}\u00a0{on:%b}"
        return text if on.year == self.today.year else f"{text}\u00a0{on.year}"

    def local(self, moment: datetime) -> datetime:
        """An instant on the clocks of the organisation."""
        return moment.astimezone(self.calendar.zone)

    def clock(self, moment: datetime) -> str:
        """Day and time of an instant: "20 Nov, 14:05"."""
        local = self.local(moment)
        return f"{self.day(local.date())}, {local:%H:%M}"

    def ago(self, moment: datetime) -> str:
        """How long ago an instant was, in the largest unit that says enough."""
        seconds = (self.now - moment).total_seconds()
        if seconds < 90:
            return "just now"
        if seconds < 90 * 60:
            return counted(round(seconds / 60), "minute") + " ago"
        if seconds < 22 * 3600:
            return counted(round(seconds / 3600), "hour") + " ago"
        days = self.days_since(moment)
        if days <= 1:
            return "yesterday"
        return f"{days} days ago" if days <= 30 else f"on {self.day(self.local(moment).date())}"

    def days_since(self, moment: datetime) -> int:
        """Whole calendar days from an instant to today."""
        return (self.today - self.local(moment).date()).days

    def ahead(self, on: date) -> str:
        """How far away a day is: "2 weeks left", "3 days ago"."""
        days = (on - self.today).days
        if days < 0:
            return counted(-days, "day") + " ago"
        if days == 0:
            return "today"
        if days < 14:
            return counted(days, "day") + " left"
        return f"{round(days / 7)} weeks left" if days < 92 else f"{round(days / 30.4)} months left"


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 day", "2 days"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def as_date(text: str | None) -> date | None:
    """The day of an ISO text, as stored in an analysis; None stays None."""
    return date.fromisoformat(text[:10]) if text else None


def as_moment(text: str | None) -> datetime | None:
    """The instant of an ISO text with an offset; None stays None."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
