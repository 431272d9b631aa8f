"""Planning: a total split over an indicator's own periods, by hand and like last year too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, cast

from analysis import milestones, periods
from analysis.milestones import Part, Unplannable
from analysis.rollup import roll_up
from analysis.values import Calendar, Entry, Grain, Rule
from indicators.models import Indicator
from teams.models import Organisation

Split = Literal["equal", "calendar_days", "working_days", "last_year", "by_hand"]
MOST_PARTS = 400
# As many periods back as make a year; days and weeks keep their weekday.
YEAR: Mapping[Grain, int] = {
    "day": 364,
    "week": 52,
    "month": 12,
    "quarter": 4,
    "fiscal_quarter": 4,
    "year": 1,
    "fiscal_year": 1,
}


def plan_parts(
    indicator: Indicator,
    total: Decimal,
    starts_on: date,
    due_on: date,
    *,
    by: Split,
    by_hand: Mapping[date, Decimal],
    now: datetime,
) -> tuple[Part, ...]:
    """Split `total` into parts that add up to it; those set `by_hand` stay, whatever the way.

    Raises Unplannable, which says why in words and as a code.
    """
    calendar = indicator.calendar(Organisation.current())
    grain = cast(Grain, indicator.period)
    if due_on < starts_on:
        raise Unplannable("before_start", "The due date must not be before the start.")
    if periods.between(starts_on, due_on, grain, calendar) >= MOST_PARTS:
        raise Unplannable("too_long", f"A plan has at most {MOST_PARTS} parts.")
    starts = periods.grid(starts_on, due_on, grain, calendar)
    shape = last_year(indicator, starts, calendar, now=now) if by == "last_year" else ()
    return milestones.plan(
        total,
        starts_on,
        due_on,
        grain=grain,
        calendar=calendar,
        by="equal" if by == "by_hand" else by,
        by_hand=by_hand,
        last_year=shape,
    )


def last_year(
    indicator: Indicator, starts: list[date], calendar: Calendar, *, now: datetime
) -> tuple[Decimal | None, ...]:
    """Return the values of the same periods a year before, None where unknown."""
    grain = cast(Grain, indicator.period)
    rows = indicator.measurements.order_by("at")
    entries = rows.values_list("at", "value", "numerator", "denominator")
    series = roll_up(
        (Entry(*row) for row in entries),
        grain=grain,
        rule=cast(Rule, indicator.rollup),
        factor=indicator.factor,
        calendar=calendar,
        now=now,
        entry_grain=cast("Grain | None", indicator.entry_period or None),
    )
    known = {point.period: point.value for point in series.final.points}
    before = (periods.step(start, -YEAR[grain], grain, calendar) for start in starts)
    return tuple(known.get(start) for start in before)
