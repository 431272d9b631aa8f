"""What the installation computes itself: the values of a derived indicator, replaced as a whole.

They are measurements like all others, with their history; only what differs is written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from indicators.models import Indicator
from measurements import storage
from measurements.intake import Intake
from measurements.models import Batch, Measurement
from measurements.moments import Clock
from measurements.row import Accepted, Parts, Refusal, Report, Row, Sender

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """A measurement as it stands, and whether it was computed."""

    parts: Parts
    is_computed: bool


def replace(indicator: Indicator, rows: Sequence[Row], *, now: datetime) -> Report:
    """Let these rows be all that is computed of the indicator, in the transaction of the caller.

    What is no longer computed is withdrawn. What people entered before the first computed period
    stays: it is from the time before the indicator was computed. Rows outside the indicator's
    limits are refused and leave a gap. Nothing differs: nothing is written, not even a batch.
    """
    report = Report(received=len(rows))
    wanted = accepted_of(indicator, rows, report, now)
    held = held_of(indicator)
    news = [row for at, row in wanted.items() if at not in held or row.parts != held[at].parts]
    first = min(wanted, default=None)
    gone = [
        at
        for at, one in held.items()
        if at not in wanted and (one.is_computed or (first is not None and at >= first))
    ]
    report.unchanged = len(wanted) - len(news)
    if not news and not gone:
        return report
    report.batch_id = storage.next_batch_id()
    stored = storage.store(news, batch_id=report.batch_id, now=now)
    if gone:
        storage.withdraw(indicator.pk, gone, batch_id=report.batch_id, now=now)
    report.created, report.updated = stored.created, stored.corrected + len(gone)
    report.changed_indicator_ids = [indicator.pk]
    sender = Sender(actor=None, door=Batch.Door.DERIVED, label=indicator.key)
    storage.record(report, sender, now=now)
    return report


def accepted_of(
    indicator: Indicator, rows: Iterable[Row], report: Report, now: datetime
) -> Mapping[datetime, Accepted]:
    """The rows that the indicator accepts, by their time; the others are reported and logged."""
    # Read from the row and not from what is remembered: the definition may have just changed.
    intake = Intake(*(getattr(indicator, name) for name in Intake.__slots__))
    clock = Clock(now)
    results = [intake.accept(row, clock) for row in rows]
    refused = [result for result in results if isinstance(result, Refusal)]
    if refused:
        report.refuse(refused)
        words = f"{indicator.key}: {len(refused)} values refused, the first: {refused[0].detail}"
        logger.info("%s", words)
    return {result.at: result for result in results if isinstance(result, Accepted)}


def held_of(indicator: Indicator) -> dict[datetime, Held]:
    """What is stored now, by time."""
    rows: Any = Measurement.objects.filter(indicator=indicator).values_list(
        "at", "value", "numerator", "denominator", "batch__door"
    )
    return {row[0]: Held(row[1:4], row[4] == Batch.Door.DERIVED) for row in rows}
