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
FIELDS = (
    "id", "name", "team_id", "team__name", "team__slug", "owner_id",
    "period", "entry_period", "timezone", "evaluate_every", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taker:
    """An indicator as far as the order of the rows needs it."""

    id: int
    name: str
    team_id: int
    team: str
    slug: str
    owner_id: int | None
    period: str
    entry_period: str
    timezone: str
    evaluate_every: str
    created_at: datetime

    @property
    def grain(self) -> Grain:
        """How fine its values come in."""
        return grain_named(self.entry_period or self.period)


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


def takers_for(user: User) -> list[Taker]:
    """Every active, measured indicator into which the person may enter values, in one query."""
    rows = Indicator.objects.enterable_by(user).taking_values()
    return [Taker(*row) for row in rows.values_list(*FIELDS)]


def indicators_by_key(keys: Iterable[str], user: User) -> dict[str, Indicator]:
    """The same by key; unknown, forbidden, closed and computed ones are missing alike."""
    rows = Indicator.objects.enterable_by(user).taking_values()
    found = rows.filter(key__in={key for key in keys if is_key(key)})
    return {one.key: one for one in found.select_related("team", "owner")}


def due_to(user: User, takers: Iterable[Taker], clock: Clockwork) -> set[tuple[int, datetime]]:
    """(indicator id, begin) of the periods whose value the person owes; one query.

    They own the indicator, and the newest period that is over has no value. The running period too,
    where the indicator is evaluated more often than its periods end and one such time has passed.
    """
    own = (taker for taker in takers if taker.owner_id == user.pk)
    return without_value([(t.id, c.begins_at, c.ends_at) for t in own for c in owed(t, clock)])


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


def owed(taker: Taker, clock: Clockwork) -> list[PeriodColumn]:
    """The periods for which the indicator should have a value by now."""
    shown = columns_of(taker, clock)
    if not shown:
        return []
    *_, over, running = shown
    found = [over] if taker.created_at < over.ends_at else []
    cadence = CADENCES[taker.evaluate_every]
    if periods.DAYS[cadence] < periods.DAYS[taker.grain]:
        passed = periods.start_of(clock.now, cadence, clock.calendar(taker.timezone))
        found += [running] if passed > running.start else []
    return found


def columns_of(taker: Taker, clock: Clockwork) -> list[PeriodColumn]:
    """The columns of an indicator; none, and a line in the log, where it has no calendar."""
    try:
        return clock.columns(taker.grain, taker.timezone)
    except (LookupError, ValueError):
        log.exception("indicator %s has no calendar", taker.id)
        return []


def due_first(takers: Iterable[Taker], due_ids: Collection[int]) -> list[Taker]:
    """What is due first, then by grain, team and name."""
    return sorted(
        takers,
        key=lambda taker: (
            taker.id not in due_ids,
            GRAINS.index(taker.grain),
            taker.team,
            taker.name.casefold(),
            taker.id,
        ),
    )
