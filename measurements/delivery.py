"""Deliver rows, or withdraw one measurement: each in one transaction with everything it leaves.

A delivery leaves values, their history, its own row, an audit entry and stale marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Literal

from django.db import transaction

from indicators.models import Indicator
from measurements import storage
from measurements.earlier import Earlier
from measurements.intake import Intake, check, intakes_for
from measurements.models import Batch
from measurements.moments import Clock
from measurements.retries import transactional
from measurements.row import Audit, Report, Row, Sender
from web import wake
from web.numbers import cited

OnError = Literal["refuse", "skip"]


@transactional
def deliver(
    rows: Sequence[Row],
    sender: Sender,
    *,
    on_error: OnError = "refuse",
    dry_run: bool = False,
    now: datetime,
) -> Report:
    """Check and store rows: all or nothing, unless `on_error` is "skip".

    Then the good rows are stored and the others reported. `dry_run` reports and stores nothing. The
    report's `stored` is False where nothing was stored.
    """
    return _deliver([rows], sender, on_error=on_error, dry_run=dry_run, now=now)


@transaction.atomic
def deliver_stream(
    parts: Iterable[Sequence[Row]],
    sender: Sender,
    *,
    on_error: OnError = "refuse",
    dry_run: bool = False,
    now: datetime,
) -> Report:
    """Deliver rows that come in parts, however many, in flat memory, as one delivery.

    A row that contradicts one of an earlier part is refused. Deadlocks are not retried, because the
    parts are consumed: `retries.is_transient` tells callers whether to start again.
    """
    return _deliver(parts, sender, on_error=on_error, dry_run=dry_run, now=now)


@transactional
def withdraw(indicator: Indicator, at: datetime, sender: Sender, *, now: datetime) -> bool:
    """Withdraw one measurement; the history keeps it. False where there is none at that time.

    `indicator` comes from `enterable_by` the sender's actor.
    """
    sender = replace(sender, label="Withdrawn")
    batch_id = storage.next_batch_id()
    if not storage.withdraw(indicator.pk, [at], batch_id=batch_id, now=now):
        return False
    audit = Audit(
        action="measurement.withdrawn",
        subject=indicator.key,
        team_id=indicator.team_id,
        detail={"batch": batch_id, "at": at.isoformat()},
    )
    report = Report(received=1, updated=1, batch_id=batch_id)
    storage.record(report, sender, now=now, audit=audit, stale=[indicator.pk])
    wake.wake_worker_on_commit()
    return True


def note_refused(
    sender: Sender, reason: str, *, now: datetime, report: Report | None = None
) -> None:
    """List a delivery although nothing of it was stored, with the reason.

    `report` has its counts; None where it could not be read that far.
    """
    words = cited(reason, 300)[1:-1]  # printable, whatever it quotes of the delivery
    found = report or Report()
    counts = Report(received=found.received, rejected_count=found.rejected_count)
    storage.record(counts, sender, now=now, reason=words)


# --- the delivery --------------------------------------------------------------------------------


@dataclass(slots=True)
class Gate:
    """The indicators of a delivery into which its sender may enter values, each read once."""

    sender: Sender
    intakes: dict[str, Intake] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def open_for(self, keys: set[str]) -> dict[str, Intake]:
        """Those read so far, which include all of these keys that the sender may use."""
        if unasked := keys - self.asked:
            self.intakes |= intakes_for(unasked, self.sender.actor)
            self.asked |= unasked
        return self.intakes


def _deliver(
    parts: Iterable[Sequence[Row]],
    sender: Sender,
    *,
    on_error: OnError,
    dry_run: bool,
    now: datetime,
) -> Report:
    """Deliver within the caller's transaction; mark it for rollback where nothing is stored."""
    report, gate, earlier = Report(), Gate(sender), Earlier()
    for rows in parts:
        take_part(rows, report, gate, earlier, on_error=on_error, now=now)
    if report.batch_id is not None and report.stored:
        close(report, gate, now=now)
    if not report.stored:
        report.created = report.updated = report.unchanged = 0
        report.changed_indicator_ids = []
    if dry_run or not report.stored:
        report.stored, report.batch_id = False, None
        transaction.set_rollback(True)
    return report


def take_part(
    rows: Sequence[Row],
    report: Report,
    gate: Gate,
    earlier: Earlier,
    *,
    on_error: OnError,
    now: datetime,
) -> None:
    """Check a part and store its good rows; after a refusal that forbids it nothing is stored."""
    intakes = gate.open_for({row.indicator for row in rows})
    derived = gate.sender.door == Batch.Door.DERIVED
    accepted, refused, repeated = check(rows, intakes, Clock(now), derived=derived)
    accepted, contradicting = earlier.without_contradictions(accepted)
    refused = sorted([*refused, *contradicting], key=attrgetter("index"))
    report.received += len(rows)
    report.refuse(refused)
    report.unchanged += repeated
    if refused and on_error == "refuse":
        report.stored = False
    if accepted and report.stored:
        stored = storage.store(accepted, batch_id=report.batch_id, now=now)
        report.batch_id = stored.batch_id
        report.created += stored.created
        report.updated += stored.corrected
        report.unchanged += len(accepted) - stored.created - stored.corrected
        report.changed_indicator_ids += stored.indicator_ids


def close(report: Report, gate: Gate, *, now: datetime) -> None:
    """Record the delivery, and what it changed for audit and judgement."""
    changed = sorted(set(report.changed_indicator_ids))
    report.changed_indicator_ids = changed
    audit = audit_of(report, gate) if changed else None
    storage.record(report, gate.sender, now=now, audit=audit, stale=changed)
    if changed:
        wake.wake_worker_on_commit()


def audit_of(report: Report, gate: Gate) -> Audit:
    """The audit entry; the values before and after each correction are in the history."""
    ids = set(report.changed_indicator_ids)
    changed = [intake for intake in gate.intakes.values() if intake.id in ids]
    team_ids = {intake.team_id for intake in changed}
    return Audit(
        action="measurements.stored",
        subject=changed[0].key if len(changed) == 1 else f"{len(changed)} indicators",
        team_id=team_ids.pop() if len(team_ids) == 1 else None,
        detail={
            "batch": report.batch_id,
            "door": str(gate.sender.door),
            "created": report.created,
            "updated": report.updated,
        },
    )
