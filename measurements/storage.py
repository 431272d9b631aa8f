"""The set-wise writing of measurements: new ones by COPY, all others by one statement.

Rows are sorted by (indicator, at) before they touch a table, so that two deliveries wait for each
other and never deadlock. What was known before moves to the history in the same statement.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import IntegrityError, connection, transaction

from measurements.models import Measurement
from measurements.row import Accepted

# Below this many rows one statement is faster than COPY and what has to be written around it.
COPY_FROM = 500
# Rows of one statement: more are no faster and take more memory.
AT_ONCE = 5000

COPY = """
COPY measurements_measurement
    (indicator_id, at, value, numerator, denominator, note, recorded_at, batch_id) FROM STDIN
"""

# A row that says what is known already is left out before anything is locked or written; OFFSET
# makes that a look-up for each row, where a plan with old figures would read the whole table. A
# correction is recorded after what it corrects, even when the clocks of two processes disagree.
WRITING = """
given AS (
    SELECT * FROM unnest(
        %(indicator_ids)s::bigint[], %(ats)s::timestamptz[], %(values)s::numeric[],
        %(numerators)s::numeric[], %(denominators)s::numeric[], %(notes)s::text[]
    ) AS sent (indicator_id, at, value, numerator, denominator, note)
), news AS (
    SELECT given.* FROM given LEFT JOIN LATERAL (
        SELECT * FROM measurements_measurement stored
         WHERE stored.indicator_id = given.indicator_id AND stored.at = given.at OFFSET 0
    ) known ON true
     WHERE known.indicator_id IS NULL
        OR (given.value, given.numerator, given.denominator)
           IS DISTINCT FROM (known.value, known.numerator, known.denominator)
        OR given.note NOT IN ('', known.note)
), written AS (
    INSERT INTO measurements_measurement AS known
        (indicator_id, at, value, numerator, denominator, note, recorded_at, batch_id)
    SELECT indicator_id, at, value, numerator, denominator, note, %(now)s, {batch}
      FROM news ORDER BY indicator_id, at
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
           superseded_at, {batch}, false
      FROM written WHERE is_correction ORDER BY indicator_id, at
), changed AS (
    SELECT indicator_id, count(*) FILTER (WHERE NOT is_correction) AS created,
           count(*) FILTER (WHERE is_correction) AS updated
      FROM written GROUP BY indicator_id
)
"""
MERGE = f"WITH {WRITING.format(batch='%(batch)s')} SELECT * FROM changed"  # noqa: S608

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


@dataclass(frozen=True, slots=True)
class Stored:
    """What a delivery changed: counts, and the indicators that it changed."""

    created: int
    updated: int
    indicator_ids: list[int]

    def __add__(self, other: Stored) -> Stored:
        ids = sorted({*self.indicator_ids, *other.indicator_ids})
        return Stored(self.created + other.created, self.updated + other.updated, ids)


def store(rows: Iterable[Accepted], *, batch_id: int, now: datetime) -> Stored:
    """Write rows with distinct keys; what is known already costs a look-up and no write."""
    ordered = in_order(rows)
    stored = Stored(0, 0, [])
    for start in range(0, len(ordered), AT_ONCE):
        stored += store_some(ordered[start : start + AT_ONCE], batch_id=batch_id, now=now)
    return stored


def in_order(rows: Iterable[Accepted]) -> list[Accepted]:
    """Rows in the order in which every delivery locks them."""
    # Two stable sorts make no tuples, which would wake the garbage collector.
    ordered = sorted(rows, key=attrgetter("at"))
    ordered.sort(key=attrgetter("indicator_id"))
    return ordered


def store_some(ordered: Sequence[Accepted], *, batch_id: int, now: datetime) -> Stored:
    """Write some rows in the hope that all are new, and with history when one is not."""
    hopeful = len(ordered) >= COPY_FROM and not (is_known(ordered[0]) or is_known(ordered[-1]))
    if hopeful and copy(ordered, batch_id=batch_id, now=now):
        return Stored(len(ordered), 0, sorted({row.indicator_id for row in ordered}))
    return merge(ordered, batch_id=batch_id, now=now)


def is_known(row: Accepted) -> bool:
    """Whether there is a measurement at this time; what is sent again usually begins with one."""
    return Measurement.objects.filter(indicator_id=row.indicator_id, at=row.at).exists()


def copy(ordered: Sequence[Accepted], *, batch_id: int, now: datetime) -> bool:
    """Write new rows; False, and nothing written, when one is known."""
    written = as_texts(ordered)
    tail = f"\t{now.isoformat()}\t{batch_id}\n"
    text = "".join(
        [
            f"{row.indicator_id}\t{written[row.at]}\t{row.value}\t\\N\t\\N\t{tail}"
            if row.value is not None and not row.note
            else copy_line(row) + tail
            for row in ordered
        ]
    )
    try:
        # psycopg2's cursor raises its own errors from here; Django's are raised everywhere else.
        with transaction.atomic(), connection.cursor() as cursor, connection.wrap_database_errors:
            cursor.copy_expert(COPY, io.BytesIO(text.encode()))
    except IntegrityError:
        return False
    return True


def copy_line(row: Accepted) -> str:
    """The row's own columns in COPY's text format."""
    value, numerator, denominator = (
        "\\N" if part is None else part for part in (row.value, row.numerator, row.denominator)
    )
    note = row.note.replace("\\", "\\\\")
    for letter, escape in (("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        note = note.replace(letter, escape)
    return f"{row.indicator_id}\t{row.at.isoformat()}\t{value}\t{numerator}\t{denominator}\t{note}"


def merge(ordered: Sequence[Accepted], *, batch_id: int, now: datetime) -> Stored:
    """Create, correct with history, or leave alone, in one statement."""
    sent = as_arrays(ordered) | {"batch": batch_id, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(MERGE, sent)
        found = cursor.fetchall()
    ids = sorted(row[0] for row in found)
    return Stored(sum(row[1] for row in found), sum(row[2] for row in found), ids)


def as_arrays(ordered: Sequence[Accepted]) -> dict[str, Any]:
    """The rows as `WRITING` takes them: an array for each column."""
    written = as_texts(ordered)
    return {
        "indicator_ids": array([str(row.indicator_id) for row in ordered]),
        "ats": array([written[row.at] for row in ordered]),
        "values": array([row.value for row in ordered]),
        "numerators": array([row.numerator for row in ordered]),
        "denominators": array([row.denominator for row in ordered]),
        "notes": array([quoted(row.note) if row.note else '""' for row in ordered]),
    }


def as_texts(rows: Iterable[Accepted]) -> dict[datetime, str]:
    """The times of the rows as PostgreSQL reads them, each written once: rows share them."""
    return {at: at.isoformat() for at in {row.at for row in rows}}


def withdraw(indicator_id: int, ats: Iterable[datetime], *, batch_id: int, now: datetime) -> int:
    """Move the measurements at these times to the history; how many there were."""
    given: dict[str, Any] = {
        "indicator": indicator_id,
        "ats": array(at.isoformat() for at in ats),
        "batch": batch_id,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW, given)
        count: int = cursor.rowcount
        return count


def array(parts: Iterable[str | None]) -> str:
    """PostgreSQL's way of writing an array; the parts are numbers, times or quoted, none empty."""
    return f"{{{','.join([part or 'NULL' for part in parts])}}}"


def quoted(text: str) -> str:
    """A text as a part of an array."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
