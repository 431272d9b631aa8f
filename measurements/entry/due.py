"""Due values: which periods of an indicator should have a value by now, and which have none.

The grid, the links and the page of one value ask here; whoever reminds can as well.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from analysis import periods
from analysis.values import Calendar, Grain
from indicators.models import Indicator
from indicators.models.indicator import is_key
from measurements.entry.cells import Span, stored_in
from measurements.entry.columns import GRAINS, PeriodColumn, columns, grain_named
from measurements.moments import calendar_of
from teams.models import Organisation, User

log = logging.getLogger(__name__)

CADENCES: Mapping[str, Grain] = {
    Indicator.Cadence.DAILY: "day",
    Indicator.Cadence.WEEKLY: "week",
    Indicator.Cadence.MONTHLY: "month",
    Indicator.Cadence.QUARTERLY: "quarter",
    Indicator.Cadence.YEARLY: "year",
}
# All that the order of the rows and their due values need of very many indicators.
FIELDS = (
    "name", "team__name", "team__slug", "owner_id",
    "period", "entry_period", "timezone", "evaluate_every", "created_at",
)  # fmt: skip


@dataclass(slots=True)
class Clockwork:
    """The periods at one instant, counted once for each grain and time zone."""

    organisation: Organisation
    now: datetime
    known: dict[tuple[Grain, str], list[PeriodColumn]] = field(default_factory=dict)

    def calendar(self, zone: str) -> Calendar:
        """The calendar of an indicator with this time zone; "" is the organisation's."""
        return calendar_of(self.organisation, zone)

    def columns(self, grain: Grain, zone: str) -> list[PeriodColumn]:
        """The newest periods, the running one last."""
        found = self.known.get((grain, zone))
        if found is None:
            found = columns(grain, self.calendar(zone), self.now)
            self.known[grain, zone] = found
        return found


def entry_grain(indicator: Indicator) -> Grain:
    """How fine the values of an indicator come in."""
    return grain_named(indicator.entry_period or indicator.period)


def enterable_for(user: User) -> list[Indicator]:
    """Every indicator into which the person may enter values, with `FIELDS` alone; one query."""
    rows = Indicator.objects.enterable_by(user).taking_values().select_related("team")
    return list(rows.only(*FIELDS))


def indicators_by_key(keys: Iterable[str], user: User) -> dict[str, Indicator]:
    """Indicators that take values of the person; unknown and forbidden ones are missing alike."""
    rows = Indicator.objects.enterable_by(user).taking_values()
    found = rows.filter(key__in={key for key in keys if is_key(key)})
    return {one.key: one for one in found.select_related("team", "owner")}


def due_to(
    user: User, indicators: Iterable[Indicator], clock: Clockwork
) -> set[tuple[int, datetime]]:
    """(indicator id, begin) of the periods whose value the person owes; one query.

    They own the indicator, and the newest period that is over has no value. The running period too,
    where the indicator is evaluated more often than its periods end and one such time has passed.
    """
    own = (one for one in indicators if one.owner_id == user.pk)
    return without_value(
        [(one.pk, c.begins_at, c.ends_at) for one in own for c in owed(one, clock)]
    )


def without_value(spans: Sequence[Span]) -> set[tuple[int, datetime]]:
    """(indicator id, begin) of the spans in which nothing is stored; one query."""
    there = stored_in(spans)
    return {span[:2] for span in spans if span[:2] not in there}


def newest_periods(indicator: Indicator, now: datetime) -> list[PeriodColumn]:
    """The newest period that is over, and the running one."""
    clock = Clockwork(Organisation.current(), now)
    return columns(entry_grain(indicator), clock.calendar(indicator.timezone), now, 2)


def period_without_value(indicator: Indicator, now: datetime) -> str:
    """The first of these two that has no value, as the core reads it; "" where both have one."""
    shown = newest_periods(indicator, now)
    empty = without_value([(indicator.pk, c.begins_at, c.ends_at) for c in shown])
    return next((c.text for c in shown if (indicator.pk, c.begins_at) in empty), "")


def owed(indicator: Indicator, clock: Clockwork) -> list[PeriodColumn]:
    """The periods for which the indicator should have a value by now."""
    shown = columns_of(indicator, clock)
    if not shown:
        return []
    *_, over, running = shown
    found = [over] if indicator.created_at < over.ends_at else []
    cadence = CADENCES[indicator.evaluate_every]
    if periods.DAYS[cadence] < periods.DAYS[entry_grain(indicator)]:
        passed = periods.start_of(clock.now, cadence, clock.calendar(indicator.timezone))
        found += [running] if passed > running.start else []
    return found


def columns_of(indicator: Indicator, clock: Clockwork) -> list[PeriodColumn]:
    """The columns of an indicator; none, and a line in the log, where it has no calendar."""
    try:
        return clock.columns(entry_grain(indicator), indicator.timezone)
    except (LookupError, ValueError):
        log.exception("indicator %s has no calendar", indicator.pk)
        return []


def due_first(indicators: Iterable[Indicator], due_ids: Collection[int]) -> list[Indicator]:
    """What is due first, then by grain, team and name."""
    return sorted(
        indicators,
        key=lambda one: (
            one.pk not in due_ids,
            GRAINS.index(entry_grain(one)),
            one.team.name,
            one.name.casefold(),
            one.pk,
        ),
    )
