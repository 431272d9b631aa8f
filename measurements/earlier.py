"""The rows of the earlier parts of one delivery, against which later parts are checked."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from measurements import storage
from measurements.intake import DUPLICATE
from measurements.row import Accepted, Refusal

# A table lives as long as the transaction, which may be one of several within a test's.
CREATE = """
DROP TABLE IF EXISTS pg_temp.delivered;
CREATE TEMPORARY TABLE delivered (
    indicator_id bigint, at timestamptz, value numeric, numerator numeric, denominator numeric,
    note text, PRIMARY KEY (indicator_id, at)
) ON COMMIT DROP
"""
SENT = """
unnest(
    %(indicator_ids)s::bigint[], %(ats)s::timestamptz[], %(values)s::numeric[],
    %(numerators)s::numeric[], %(denominators)s::numeric[], %(notes)s::text[]
) WITH ORDINALITY AS sent (indicator_id, at, value, numerator, denominator, note, place)
"""
# The table has no statistics: OFFSET makes the planner look up each row instead of reading it all.
CONTRADICTIONS = f"""
SELECT place, numbers_differ
  FROM {SENT}
 CROSS JOIN LATERAL (
    SELECT (sent.value, sent.numerator, sent.denominator) IS DISTINCT FROM
           (first.value, first.numerator, first.denominator) AS numbers_differ,
           first.note <> '' AND coalesce(sent.note, '') NOT IN ('', first.note) AS notes_differ
      FROM pg_temp.delivered first
     WHERE first.indicator_id = sent.indicator_id AND first.at = sent.at OFFSET 0
 ) compared
 WHERE numbers_differ OR notes_differ
"""  # noqa: S608
REMEMBER = f"""
INSERT INTO pg_temp.delivered AS first
SELECT indicator_id, at, value, numerator, denominator, coalesce(note, '') FROM {SENT}
ON CONFLICT (indicator_id, at) DO UPDATE SET note = excluded.note
 WHERE first.note = '' AND excluded.note <> ''
"""  # noqa: S608


class Earlier:
    """Finds rows that contradict a row of an earlier part of the same delivery.

    The rows are kept in a temporary table, so that memory stays flat; a delivery of one part makes
    none. Use it within one transaction.
    """

    def __init__(self) -> None:
        self.only_part: Sequence[Accepted] | None = None
        self.has_table = False

    def without_contradictions(
        self, accepted: list[Accepted]
    ) -> tuple[list[Accepted], list[Refusal]]:
        """Split the rows of the next part, distinct by indicator and time, and remember them."""
        if self.only_part is None and not self.has_table:
            self.only_part = accepted
            return accepted, []
        self._open_table()
        found = self._contradictions(accepted)
        kept = [row for row in accepted if row.index not in found] if found else accepted
        self._remember(kept)
        return kept, list(found.values())

    def _open_table(self) -> None:
        if self.has_table or self.only_part is None:
            return
        with connection.cursor() as cursor:
            cursor.execute(CREATE)
        self.has_table = True
        self._remember(self.only_part)
        self.only_part = None

    def _contradictions(self, accepted: Sequence[Accepted]) -> dict[int, Refusal]:
        with connection.cursor() as cursor:
            cursor.execute(CONTRADICTIONS, storage.as_arrays(accepted))
            found = cursor.fetchall()
        refused = {}
        for place, numbers_differ in found:
            index, field = accepted[place - 1].index, "at" if numbers_differ else "note"
            refused[index] = Refusal(index, field, "duplicate", DUPLICATE[field])
        return refused

    def _remember(self, rows: Sequence[Accepted]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(REMEMBER, storage.as_arrays(rows))
