"""Undo a whole delivery: its values that nobody changed since go back to those before it.

The history loses nothing: the values of the delivery move to it, as in every correction. A restored
value belongs to the delivery that it came with, so that of two files each can be undone, the later
one first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from indicators.models import Indicator, StaleMark
from measurements.models import Batch
from measurements.retries import transactional
from measurements.storage import next_batch_id
from teams.models import AuditEntry, User
from web import wake

# Indicators of one statement; each is locked in the order in which deliveries lock them.
AT_ONCE = 100

# What the delivery wrote over, seen from one of its rows: at most one, because after its first
# writing of a row only it could write there. FOR UPDATE waits for a correction that is under way,
# and leaves out the row when that has made it another's.
UNDO = """
WITH own AS MATERIALIZED (
    SELECT indicator_id, at FROM measurements_measurement
     WHERE indicator_id = ANY(%(indicators)s) AND batch_id = %(batch)s
     ORDER BY indicator_id, at FOR UPDATE
), former AS MATERIALIZED (
    SELECT past.* FROM own JOIN measurements_superseded past USING (indicator_id, at)
     WHERE past.superseded_by_id = %(batch)s AND past.batch_id <> %(batch)s
), restored AS (
    UPDATE measurements_measurement held SET
        value = former.value, numerator = former.numerator, denominator = former.denominator,
        note = former.note, batch_id = former.batch_id,
        recorded_at = greatest(%(now)s, held.recorded_at + interval '1 microsecond')
      FROM former WHERE held.indicator_id = former.indicator_id AND held.at = former.at
    RETURNING old.indicator_id, old.at, old.value, old.numerator, old.denominator, old.note,
        old.recorded_at, old.batch_id, new.recorded_at AS superseded_at, false AS withdrawn
), gone AS (
    DELETE FROM measurements_measurement held USING own
     WHERE held.indicator_id = own.indicator_id AND held.at = own.at AND NOT EXISTS (
        SELECT FROM former WHERE former.indicator_id = own.indicator_id AND former.at = own.at
     )
    RETURNING held.indicator_id, held.at, held.value, held.numerator, held.denominator, held.note,
        held.recorded_at, held.batch_id,
        greatest(%(now)s, held.recorded_at + interval '1 microsecond') AS superseded_at,
        true AS withdrawn
), moved AS (
    SELECT * FROM restored UNION ALL SELECT * FROM gone
), history AS (
    INSERT INTO measurements_superseded
        (indicator_id, at, value, numerator, denominator, note, recorded_at, batch_id,
         superseded_at, superseded_by_id, withdrawn)
    SELECT indicator_id, at, value, numerator, denominator, note, recorded_at, batch_id,
           superseded_at, %(undo)s, withdrawn
      FROM moved ORDER BY indicator_id, at
)
SELECT indicator_id, count(*) FILTER (WHERE withdrawn), count(*) FILTER (WHERE NOT withdrawn)
  FROM moved GROUP BY indicator_id
"""

# Counts what `UNDO` would withdraw and restore.
OUTLOOK = """
SELECT count(*) FILTER (WHERE NOT is_correction), count(*) FILTER (WHERE is_correction)
  FROM (
    SELECT EXISTS (
        SELECT FROM measurements_superseded past
         WHERE past.indicator_id = held.indicator_id AND past.at = held.at
           AND past.superseded_by_id = %(batch)s AND past.batch_id <> %(batch)s
    ) AS is_correction
      FROM measurements_measurement held
     WHERE held.indicator_id = ANY(%(indicators)s) AND held.batch_id = %(batch)s
  ) own
"""

# Counts values of the delivery that others have corrected or withdrawn since.
KEPT = """
SELECT count(*) FROM (
    SELECT indicator_id, at FROM measurements_superseded
     WHERE indicator_id = ANY(%(indicators)s) AND batch_id = %(batch)s
       AND superseded_by_id NOT IN (%(batch)s, %(undo)s)
    EXCEPT
    SELECT indicator_id, at FROM measurements_superseded
     WHERE indicator_id = ANY(%(indicators)s) AND batch_id = %(batch)s
       AND superseded_by_id = %(undo)s
    EXCEPT
    SELECT indicator_id, at FROM measurements_measurement
     WHERE indicator_id = ANY(%(indicators)s) AND batch_id = %(batch)s
) changed
"""


class NotUndoable(Exception):
    """The delivery stays as it is; the words say why. `code`: kind, undone or forbidden."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """The result of undoing: values withdrawn, restored to their former value, and left alone.

    `batch_id` is the delivery that the history names as the one that changed them; None where it
    is only foreseen.
    """

    withdrawn: int = 0
    restored: int = 0
    kept: int = 0
    batch_id: int | None = None
    changed_indicator_ids: tuple[int, ...] = ()


@transactional
def undo(batch: Batch, *, actor: User | None, request_id: str = "", now: datetime) -> Undone:
    """Undo a delivery as a whole, in one transaction; `NotUndoable` says why it stays.

    `batch` comes from `visible_to(actor)`; `actor` None is the installation itself. Of two requests
    at once the second finds it undone.
    """
    held = Batch.objects.select_for_update().get(pk=batch.pk)
    refuse(held, actor)
    undone = carried_out(held, now)
    record(held, undone, actor=actor, request_id=request_id, now=now)
    if undone.changed_indicator_ids:
        StaleMark.objects.set_for(undone.changed_indicator_ids, now)
        wake.wake_worker_on_commit()
    return undone


def outlook(batch: Batch, *, actor: User | None) -> Undone:
    """The expected result of undoing now; `NotUndoable` where it cannot be done."""
    refuse(batch, actor)
    withdrawn = restored = kept = 0
    for some in portions(batch):
        given: dict[str, Any] = {"indicators": some, "batch": batch.pk, "undo": 0}
        with connection.cursor() as cursor:
            cursor.execute(OUTLOOK, given)
            gone, back = cursor.fetchone()
            cursor.execute(KEPT, given)
            kept += cursor.fetchone()[0]
        withdrawn, restored = withdrawn + gone, restored + back
    return Undone(withdrawn=withdrawn, restored=restored, kept=kept)


def refuse(batch: Batch, actor: User | None) -> None:
    """Raise `NotUndoable` where the delivery is no file, undone already, or not the actor's."""
    if batch.undone_by_id is not None:
        raise NotUndoable("undone", "This delivery has been undone already.")
    if not batch.is_undoable:
        raise NotUndoable(
            "kind", "Only files and imports by command that changed something can be undone."
        )
    ids = set(batch.indicator_ids or [])
    if actor is not None and set(reached(ids, actor)) != ids:
        raise NotUndoable(
            "forbidden",
            "You may not enter values into every indicator of this delivery any more; "
            "somebody who may, or an administrator, can undo it.",
        )


def reached(ids: set[int], actor: User) -> Iterator[int]:
    """The ids of those indicators into which the actor may enter values."""
    yield from Indicator.objects.enterable_by(actor).filter(pk__in=ids).values_list("pk", flat=True)


def portions(batch: Batch) -> Iterator[list[int]]:
    """The ids of the delivery's indicators in order, `AT_ONCE` for one statement."""
    ids = sorted(batch.indicator_ids or [])
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


@transaction.atomic
def carried_out(batch: Batch, now: datetime) -> Undone:
    """Move the values that are still the delivery's own to the history."""
    undo_id = next_batch_id()
    found: list[tuple[int, int, int]] = []
    kept = 0
    for some in portions(batch):
        given: dict[str, Any] = {
            "indicators": some, "batch": batch.pk, "undo": undo_id, "now": now,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(UNDO, given)
            found += cursor.fetchall()
            cursor.execute(KEPT, given)
            kept += cursor.fetchone()[0]
    return Undone(
        withdrawn=sum(row[1] for row in found),
        restored=sum(row[2] for row in found),
        kept=kept,
        batch_id=undo_id,
        changed_indicator_ids=tuple(sorted(row[0] for row in found)),
    )


def record(
    batch: Batch, undone: Undone, *, actor: User | None, request_id: str, now: datetime
) -> None:
    """Write the undoing's own delivery and its audit entry, and mark what it undid."""
    changed = undone.withdrawn + undone.restored
    batch.undone_by = Batch.objects.create(
        pk=undone.batch_id,
        received_at=now,
        actor=actor,
        door=batch.door,
        label=f"Undo of {batch.label or batch.get_door_display().lower()}"[:200],
        request_id=request_id,
        received=changed + undone.kept,
        updated=changed,
        unchanged=undone.kept,
    )
    batch.save(update_fields=["undone_by"])
    found = Indicator.objects.filter(pk__in=undone.changed_indicator_ids)
    teams = set(found.values_list("team_id", flat=True))
    AuditEntry.record(
        "measurements.undone",
        actor=actor,
        subject=batch.label or str(batch),
        team=teams.pop() if len(teams) == 1 else None,
        request_id=request_id,
        now=now,
        batch=undone.batch_id,
        undone=batch.pk,
        withdrawn=undone.withdrawn,
        restored=undone.restored,
        kept=undone.kept,
    )
