"""A small delivery in one statement: values, history, its own row, audit entry and stale marks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from indicators.models.stale_mark import MARKING
from measurements.row import Accepted, Report
from measurements.sender import Sender
from measurements.storage import WRITING, as_arrays, in_order
from teams.models.prepared import is_known

# Each trip to the database would cost more than what it does there. The order of the locks is that
# of large deliveries, because each part reads what the one before has written.
STATEMENT = f"""
WITH number AS MATERIALIZED (
    SELECT nextval('measurements_batch_id_seq') AS id
), {WRITING.format(batch="(SELECT id FROM number)")}, counted AS (
    SELECT coalesce(sum(created), 0) AS created, coalesce(sum(updated), 0) AS updated,
           coalesce(array_agg(indicator_id ORDER BY indicator_id), '{{}}') AS ids
      FROM changed
), batch AS (
    INSERT INTO measurements_batch
        (id, received_at, actor_id, token_id, door, label, request_id, received, created, updated,
         unchanged, rejected, refused, reason, indicator_ids)
    SELECT number.id, %(now)s, %(actor)s, %(token)s, %(door)s, %(label)s, %(request_id)s,
           %(received)s, created, updated, %(received)s - %(rejected)s - created - updated,
           %(rejected)s, false, '', CASE WHEN %(whole)s THEN ids END
      FROM number, counted
), audit AS (
    INSERT INTO teams_auditentry
        (at, actor_id, token_id, action, subject, team_id, detail, request_id)
    SELECT %(now)s, %(actor)s, %(token)s, 'measurements.stored',
           CASE count(*) WHEN 1 THEN min(key) ELSE count(*) || ' indicators' END,
           CASE count(DISTINCT team_id) WHEN 1 THEN min(team_id) END,
           jsonb_build_object('batch', number.id, 'door', %(door)s::text,
                              'created', created, 'updated', updated),
           %(request_id)s
      FROM number, counted JOIN indicators_indicator indicator ON indicator.id = ANY(ids)
     GROUP BY number.id, created, updated
), {MARKING.format(ids="ARRAY(SELECT indicator_id FROM changed)")}
SELECT number.id, created, updated, ids FROM number, counted
"""  # noqa: S608  # put together from constants


# In the order of the placeholders; `given` of WRITING casts its own.
TYPES = {
    "indicator_ids": "text",
    "ats": "text",
    "values": "text",
    "numerators": "text",
    "denominators": "text",
    "notes": "text",
    "now": "timestamptz",
    "actor": "bigint",
    "token": "bigint",
    "door": "text",
    "label": "text",
    "request_id": "text",
    "received": "integer",
    "rejected": "integer",
    "whole": "boolean",
}
PREPARE = f"""
PREPARE store_few ({", ".join(TYPES.values())}) AS
{STATEMENT % {name: f"${number}" for number, name in enumerate(TYPES, start=1)}}
"""
EXECUTE = f"EXECUTE store_few ({', '.join(f'%({name})s' for name in TYPES)})"


def store(rows: Sequence[Accepted], report: Report, sender: Sender, *, now: datetime) -> None:
    """Write the rows, and what has to be known of their delivery; its counts go to the report."""
    sent = as_arrays(in_order(rows)) | {
        "now": now,
        "actor": getattr(sender.actor, "pk", None),
        "token": getattr(sender.token, "pk", None),
        "door": str(sender.door),
        "label": sender.label[:200],
        "request_id": sender.request_id,
        "received": report.received,
        "rejected": report.rejected_count,
        "whole": sender.is_whole,
    }
    with connection.cursor() as cursor:
        is_planned = is_known(connection, "store_few", lambda _: PREPARE)
        cursor.execute(EXECUTE if is_planned else STATEMENT, sent)
        report.batch_id, created, updated, report.changed_indicator_ids = cursor.fetchone()
    report.created, report.updated = int(created), int(updated)
    report.unchanged = report.received - report.rejected_count - report.created - report.updated
