"""What came in for an indicator: its last deliveries, found by its newest measurements."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from indicators.models import Indicator
from measurements.models import Batch, Measurement
from measurements.models.measurement import BatchQuerySet
from teams.models import User

LOOKED_AT = 500  # newest measurements: a page of them costs one short walk along an index
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery, and how many of the newest values are from it.

    What else was in it, `is_told` to those alone who may see the whole delivery.
    """

    batch: Batch
    here: int
    is_told: bool


def arrivals_of(indicator: Indicator, user: User) -> tuple[Arrival, ...]:
    """The deliveries that the newest values are from, newest delivery first."""
    held = Measurement.objects.visible_to(user).filter(indicator=indicator)
    rows = held.select_related("batch__actor").order_by("-at")[:LOOKED_AT]
    batches = {row.batch_id: row.batch for row in rows}
    counts = Counter(row.batch_id for row in rows)
    told = set(Batch.objects.visible_to(user).filter(pk__in=batches).values_list("pk", flat=True))
    newest = sorted(batches.values(), key=lambda one: (one.received_at, one.pk), reverse=True)
    return tuple(Arrival(one, counts[one.pk], one.pk in told) for one in newest[:SHOWN])


def refused_of(user: User) -> BatchQuerySet:
    """Deliveries of the person of which nothing was stored: for which indicator, nobody knows."""
    return Batch.objects.visible_to(user).delivered().filter(refused=True)
