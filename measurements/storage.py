"""The SQL that stores and withdraws measurements, with their history, and records a delivery.

Every statement locks rows in the order (indicator, at), so that two deliveries wait for each other
instead of deadlocking.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import IntegrityError, connection
from psycopg2.errors import UniqueViolation

from indicators.models.stale_mark import MARKING
from measurements.retries import Overtaken
from measurements.row import UNDOABLE, Accepted, Audit, Report, Sender

# Rows of one statement: more are no faster and take more memory.
AT_ONCE = 5000

# - `news` leaves out what is known already before anything is locked or written. OFFSET 0 makes
#   that one index look-up per row; with outdated statistics the planner would read the whole table.
# - `created` has no ON CONFLICT, which would cost half as much again for each new row. Where
#   another delivery has just created one of the rows, the work is done again (`Overtaken`).
# - `corrected` has it, because another delivery may have changed or withdrawn the row meanwhile. A
#   correction is recorded after what it corrects, even when the clocks of two processes disagree.
STORE = """
WITH batch AS MATERIALIZED (
    SELECT coalesce(%(batch)s::bigint, nextval('measurements_batch_id_seq')) AS id
), given AS (
    SELECT indicator_id, at, value, numerator, denominator, coalesce(note, '') AS note
      FROM unnest(
        %(indicator_ids)s::bigint[], %(ats)s::timestamptz[], %(values)s::numeric[],
        %(numerators)s::numeric[], %(denominators)s::numeric[], %(notes)s::text[]
      ) AS sent (indicator_id, at, value, numerator, denominator, note)
), news AS MATERIALIZED (
    SELECT given.*, known.indicator_id IS NOT NULL AS is_known
      FROM given LEFT JOIN LATERAL (
        SELECT * FROM measurements_measurement stored
         WHERE stored.indicator_id = given.indicator_id AND stored.at = given.at OFFSET 0
      ) known ON true
     WHERE known.indicator_id IS NULL
        OR (given.value, given.numerator, given.denominator)
           IS DISTINCT FROM (known.value, known.numerator, known.denominator)
        OR given.note NOT IN ('', known.note)
), created AS (
    INSERT INTO measurements_measurement
        (indicator_id, at, value, numerator, denominator, note, recorded_at, batch_id)
    SELECT indicator_id, at, value, numerator, denominator, note, %(now)s, batch.id
      FROM news, batch WHERE NOT is_known ORDER BY indicator_id, at
    RETURNING indicator_id
), corrected AS (
    INSERT INTO measurements_measurement AS known
        (indicator_id, at, value, numerator, denominator, note, recorded_at, batch_id)
    SELECT indicator_id, at, value, numerator, denominator, note, %(now)s, batch.id
      FROM news, batch WHERE is_known ORDER BY indicator_id, at
    ON CONFLICT (indicator_id, at) DO UPDATE SET
        value = excluded.value, numerator = excluded.numerator,
        denominator = excluded.denominator, note = excluded.note, batch_id = excluded.batch_id,
        recorded_at = greatest(excluded.recorded_at, known.recorded_at + interval '1 microsecond')
     WHERE (excluded.value, excluded.numerator, excluded.denominator)
           IS DISTINCT FROM (known.value, known.numerator, known.denominator)
        OR excluded.note NOT IN ('', known.note)
    RETURNING new.indicator_id, new.at, new.recorded_at AS superseded_at,
        old.indicator_id IS NOT NULL AS is_correction, old.value, old.numerator, old.denominator,
        old.note, old.recorded_at, old.batch_id
), history AS (
    INSERT INTO measurements_superseded
        (indicator_id, at, value, numerator, denominator, note, recorded_at, batch_id,
         superseded_at, superseded_by_id, withdrawn)
    SELECT indicator_id, at, value, numerator, denominator, note, recorded_at, batch_id,
           superseded_at, batch.id, false
      FROM corrected, batch WHERE is_correction ORDER BY indicator_id, at
), changed AS (
    SELECT indicator_id, false AS is_correction FROM created
     UNION ALL
    SELECT indicator_id, is_correction FROM corrected
)
SELECT (SELECT id FROM batch), count(*) FILTER (WHERE NOT is_correction),
       count(*) FILTER (WHERE is_correction),
       coalesce(array_agg(DISTINCT indicator_id ORDER BY indicator_id), '{}')
  FROM changed
"""

WITHDRAW = """
WITH gone AS (
    DELETE FROM measurements_measurement
     WHERE indicator_id = %(indicator)s AND at = ANY(%(ats)s::timestamptz[])
    RETURNING *
)
INSERT INTO measurements_superseded
    (indicator_id, at, value, numerator, denominator, note, recorded_at, batch_id,
     superseded_at, superseded_by_id, withdrawn)
SELECT indicator_id, at, value, numerator, denominator, note, recorded_at, batch_id,
       greatest(%(now)s, recorded_at + interval '1 microsecond'), %(batch)s, true
  FROM gone ORDER BY at
"""

# One statement, because each trip to the database costs more than its work there. Marks come last,
# in the order of their ids, and stay locked until the delivery is committed.
RECORD = f"""
WITH batch AS (
    INSERT INTO measurements_batch
        (id, received_at, actor_id, token_id, door, label, request_id, received, created, updated,
         unchanged, rejected, refused, reason, indicator_ids)
    VALUES (coalesce(%(batch)s, nextval('measurements_batch_id_seq')), %(now)s, %(actor)s,
            %(token)s, %(door)s, %(label)s, %(request_id)s, %(received)s, %(created)s, %(updated)s,
            %(unchanged)s, %(rejected)s, %(refused)s, %(reason)s, %(indicator_ids)s::bigint[])
), audit AS (
    INSERT INTO teams_auditentry
        (at, actor_id, token_id, action, subject, team_id, detail, request_id)
    SELECT %(now)s, %(actor)s, %(token)s, %(action)s, %(subject)s, %(team)s, %(detail)s::jsonb,
           %(request_id)s
     WHERE %(action)s <> ''
), {MARKING.format(ids="%(stale)s::bigint[]")}
SELECT
"""  # noqa: S608  # put together from constants


@dataclass(frozen=True, slots=True)
class Stored:
    """The result of storing rows: counts, the changed indicators, and the delivery's id."""

    batch_id: int
    created: int
    corrected: int
    indicator_ids: list[int]


def store(rows: Sequence[Accepted], *, batch_id: int | None, now: datetime) -> Stored:
    """Create, correct with history, or leave alone; the keys of the rows are distinct.

    `batch_id` None draws the id of a new delivery. `Overtaken` where the caller has to retry.
    """
    created, corrected, changed = 0, 0, set[int]()
    for some in portions(rows):
        given = as_arrays(some) | {"batch": batch_id, "now": now}
        try:
            with connection.cursor() as cursor:
                cursor.execute(STORE, given)
                batch_id, *counts, ids = cursor.fetchone()
        except IntegrityError as problem:
            if isinstance(problem.__cause__, UniqueViolation):
                raise Overtaken(str(problem)) from problem
            raise
        created, corrected = created + counts[0], corrected + counts[1]
        changed.update(ids)
    assert batch_id is not None, "at least one row"
    return Stored(batch_id, created, corrected, sorted(changed))


def portions(rows: Sequence[Accepted]) -> Iterable[Sequence[Accepted]]:
    """The rows in portions for one statement each, in the order in which rows are locked.

    A statement sorts its own rows; several have to be sorted before they are parted.
    """
    if len(rows) <= AT_ONCE:
        return [rows]
    ordered = sorted(rows, key=attrgetter("indicator_id", "at"))
    return [ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE)]


def withdraw(indicator_id: int, ats: Iterable[datetime], *, batch_id: int, now: datetime) -> int:
    """Move the measurements at these times to the history; returns how many there were."""
    given: dict[str, Any] = {
        "indicator": indicator_id,
        "ats": array([at.isoformat() for at in ats]),
        "batch": batch_id,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW, given)
        count: int = cursor.rowcount
        return count


def record(
    report: Report,
    sender: Sender,
    *,
    now: datetime,
    audit: Audit | None = None,
    reason: str = "",
    stale: Sequence[int] = (),
) -> None:
    """Write a delivery's own row and its audit entry, and mark stale what it changed.

    `reason` is why a delivery was refused as a whole.
    """
    is_undoable = sender.door in UNDOABLE and not reason
    given = {
        "batch": report.batch_id,
        "now": now,
        "actor": sender.actor.pk if sender.actor else None,
        "token": sender.token.pk if sender.token else None,
        "door": str(sender.door),
        "label": sender.label[:200],
        "request_id": sender.request_id,
        "received": report.received,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": report.rejected_count,
        "refused": bool(reason),
        "reason": reason,
        "indicator_ids": report.changed_indicator_ids if is_undoable else None,
        "action": audit.action if audit else "",
        "subject": audit.subject[:200] if audit else "",
        "team": audit.team_id if audit else None,
        "detail": json.dumps(audit.detail if audit else {}),
        "stale": list(stale),
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD, given)


def next_batch_id() -> int:
    """The id of a delivery whose row is written at the end, when its counts are known."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('measurements_batch_id_seq')")
        found: int = cursor.fetchone()[0]
        return found


# --- columns of rows as PostgreSQL's arrays ------------------------------------------------------


def as_arrays(rows: Sequence[Accepted]) -> dict[str, str | None]:
    """The rows as `STORE` takes them: an array for each column, None for one without content."""
    written = {at: at.isoformat() for at in {row.at for row in rows}}  # rows share their times
    return {
        "indicator_ids": array([str(row.indicator_id) for row in rows]),
        "ats": array([written[row.at] for row in rows]),
        "values": array([row.value for row in rows]),
        "numerators": array([row.numerator for row in rows]),
        "denominators": array([row.denominator for row in rows]),
        "notes": array([quoted(row.note) if row.note else None for row in rows]),
    }


def array(parts: Sequence[str | None]) -> str | None:
    """An array literal of numbers, times or quoted texts; None where all parts are None."""
    if not any(parts):
        return None
    return f"{{{','.join([part or 'NULL' for part in parts])}}}"


def quoted(text: str) -> str:
    """A text as a part of an array literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
