"""The verbs of the core: take a delivery of rows in, or take one measurement back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Literal

from django.db import connection, transaction

from indicators.models import Indicator, StaleMark
from measurements import few, storage
from measurements.checking import check
from measurements.earlier import Earlier
from measurements.intake import Intake, intakes_for
from measurements.models import Batch
from measurements.moments import Clock
from measurements.retries import retried, transactional
from measurements.row import Accepted, Report, Row
from measurements.sender import Sender
from teams.models import AccessToken, AuditEntry, User
from web import wake
from web.numbers import cited

OnError = Literal["refuse", "skip"]


def ingest(
    rows: Sequence[Row],
    *,
    actor: User | None,
    door: Batch.Door,
    token: AccessToken | None = None,
    label: str = "",
    request_id: str = "",
    on_error: OnError = "refuse",
    dry_run: bool = False,
    now: datetime,
) -> Report:
    """Check and store rows in one transaction: gate, checks, upsert, history, audit, stale marks.

    All or nothing, unless `on_error` is "skip": then the good rows are stored and the others are
    reported. `dry_run` reports and stores nothing. `actor` None is the installation itself.
    The report's `stored` is False where nothing may have been written.
    """
    sender = Sender(actor=actor, door=door, token=token, label=label, request_id=request_id)
    if len(rows) < storage.COPY_FROM and not dry_run:
        return deliver_few(rows, sender, on_error=on_error, now=now)
    work = transactional(deliver)
    return work([rows], sender, on_error=on_error, dry_run=dry_run, now=now)


@transaction.atomic
def ingest_stream(
    parts: Iterable[Sequence[Row]],
    *,
    sender: Sender,
    on_error: OnError = "refuse",
    dry_run: bool = False,
    now: datetime,
) -> Report:
    """The same for a delivery of any length that comes in parts, in flat memory.

    It is one transaction and one batch, not tried again when it is chosen as a victim, because the
    parts are gone then. A row that contradicts one of an earlier part is refused.
    """
    return deliver(parts, sender, on_error=on_error, dry_run=dry_run, now=now)


@retried
def deliver_few(rows: Sequence[Row], sender: Sender, *, on_error: OnError, now: datetime) -> Report:
    """Take a small delivery in, by one statement that is a transaction of its own."""
    report, gate = Report(), Gate(sender)
    accepted = checked(rows, report, gate, on_error=on_error, now=now)
    if not report.stored:
        report.unchanged = 0
    elif accepted:
        few.store(accepted, report, sender, now=now)
        if report.changed_indicator_ids:
            wake.wake_worker_on_commit()
    return report


def deliver(
    parts: Iterable[Sequence[Row]],
    sender: Sender,
    *,
    on_error: OnError,
    dry_run: bool,
    now: datetime,
) -> Report:
    """Take the parts in, within the transaction of the caller."""
    report, gate, earlier = Report(), Gate(sender), Earlier()
    for rows in parts:
        accepted = checked(rows, report, gate, on_error=on_error, now=now, earlier=earlier)
        if report.stored and accepted:
            take_part(accepted, report, now=now)
    if report.batch_id is not None and report.stored:
        close(report, sender, gate, now=now)
    if not report.stored:
        report.created = report.updated = report.unchanged = 0
        report.changed_indicator_ids = []
    if dry_run or not report.stored:
        report.stored, report.batch_id = False, None
        transaction.set_rollback(True)
    return report


@dataclass(slots=True)
class Gate:
    """The indicators of a delivery, each looked up once."""

    sender: Sender
    intakes: dict[str, Intake] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def open_for(self, keys: set[str]) -> dict[str, Intake]:
        """Those of the indicators that take values from this sender."""
        if unasked := keys - self.asked:
            self.intakes |= intakes_for(unasked, self.sender.actor)
            self.asked |= unasked
        return self.intakes


def checked(
    rows: Sequence[Row],
    report: Report,
    gate: Gate,
    *,
    on_error: OnError,
    now: datetime,
    earlier: Earlier | None = None,
) -> list[Accepted]:
    """What may be stored of a part; after the first refusal nothing is."""
    intakes = gate.open_for({row.indicator for row in rows})
    derived = gate.sender.door == Batch.Door.DERIVED
    accepted, refused, repeated = check(rows, intakes, Clock(now), derived=derived)
    if earlier is not None:
        accepted, contradicting = earlier.without_contradictions(accepted)
        refused = sorted([*refused, *contradicting], key=attrgetter("index"))
    report.received += len(rows)
    report.refuse(refused)
    report.unchanged += repeated
    if refused and on_error == "refuse":
        report.stored = False
    return accepted


def take_part(accepted: Sequence[Accepted], report: Report, *, now: datetime) -> None:
    """Store a part, as one batch with those before it."""
    if report.batch_id is None:
        report.batch_id = next_batch_id()
    stored = storage.store(accepted, batch_id=report.batch_id, now=now)
    report.created += stored.created
    report.updated += stored.updated
    report.unchanged += len(accepted) - stored.created - stored.updated
    report.changed_indicator_ids += stored.indicator_ids


def close(report: Report, sender: Sender, gate: Gate, *, now: datetime) -> None:
    """Write the delivery's own row; where it changed something, audit entry and stale marks too."""
    changed = set(report.changed_indicator_ids)
    report.changed_indicator_ids = sorted(changed)
    record_batch(report, sender, now=now)
    if not changed:
        return
    intakes = [intake for intake in gate.intakes.values() if intake.id in changed]
    record_audit(report, sender, intakes, now=now)
    StaleMark.objects.set_for(report.changed_indicator_ids, now)
    wake.wake_worker_on_commit()


def record_batch(report: Report, sender: Sender, *, now: datetime) -> None:
    """Write the row of a delivery that was taken, with its counts."""
    sender.record_batch(
        now=now,
        pk=report.batch_id,
        received=report.received,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        rejected=report.rejected_count,
        indicator_ids=report.changed_indicator_ids if sender.is_whole else None,
    )


def note_refused(
    sender: Sender, reason: str, *, now: datetime, report: Report | None = None
) -> None:
    """The row that a delivery leaves in the list although nothing of it was taken.

    `report` tells how many rows it had; None where it could not be read that far.
    """
    words = cited(reason, 300)[1:-1]  # whatever it repeats of what was sent, it is text
    found = report or Report()
    sender.record_batch(
        now=now,
        refused=True,
        reason=words,
        received=found.received,
        rejected=found.rejected_count,
    )


def record_audit(report: Report, sender: Sender, changed: list[Intake], *, now: datetime) -> None:
    """Who changed how much of what; before and after of each correction are in the history."""
    team_ids = {intake.team_id for intake in changed}
    subject = changed[0].key if len(changed) == 1 else f"{len(changed)} indicators"
    AuditEntry.record(
        "measurements.stored",
        actor=sender.actor,
        subject=subject,
        team=team_ids.pop() if len(team_ids) == 1 else None,
        token=sender.token,
        request_id=sender.request_id,
        now=now,
        batch=report.batch_id,
        door=str(sender.door),
        created=report.created,
        updated=report.updated,
    )


@transactional
def withdraw(
    indicator: Indicator,
    at: datetime,
    *,
    actor: User,
    door: Batch.Door,
    token: AccessToken | None = None,
    request_id: str = "",
    now: datetime,
) -> bool:
    """Take one measurement back; the history keeps it. False when there is none at that time.

    The caller has passed the gate: `indicator` comes from `enterable_by(actor)`.
    """
    batch_id = next_batch_id()
    if not storage.withdraw(indicator.pk, [at], batch_id=batch_id, now=now):
        return False
    sender = Sender(actor=actor, door=door, token=token, label="Withdrawn", request_id=request_id)
    report = Report(received=1, updated=1, batch_id=batch_id)
    record_batch(report, sender, now=now)
    AuditEntry.record(
        "measurement.withdrawn",
        actor=actor,
        subject=indicator.key,
        team=indicator.team,
        token=token,
        request_id=request_id,
        now=now,
        batch=batch_id,
        at=at.isoformat(),
    )
    StaleMark.objects.set_for([indicator.pk], now)
    wake.wake_worker_on_commit()
    return True


def next_batch_id() -> int:
    """The id of the batch to be written at the end, when its counts are known."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('measurements_batch_id_seq')")
        found: int = cursor.fetchone()[0]
        return found
