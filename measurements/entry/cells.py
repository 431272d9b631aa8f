"""What is stored in a period of an indicator, as a cell of the grid shows and guards it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from analysis.words import decimal_text
from indicators.models import Indicator
from measurements.models import Measurement
from web.formats import SECONDS, WIDE, clock_digits, plain

# Of a period with more measurements than this, only that is said.
MOST = 500

# One look-up in the primary key a span, however many measurements an indicator has.
STORED = """
SELECT span.indicator_id, span.begins_at, held.*
  FROM unnest(%(ids)s::bigint[], %(begins)s::timestamptz[], %(ends)s::timestamptz[])
       AS span (indicator_id, begins_at, ends_at)
 CROSS JOIN LATERAL (
    SELECT count(*), min(at), (array_agg(value ORDER BY at DESC))[1], sum(value), avg(value),
           min(value), max(value), sum(numerator), sum(denominator),
           CASE WHEN count(*) = 1 THEN min(note) ELSE '' END
      FROM (
        SELECT * FROM measurements_measurement stored
         WHERE stored.indicator_id = span.indicator_id
           AND stored.at >= span.begins_at AND stored.at < span.ends_at
         LIMIT %(most)s
      ) AS first_of_them
 ) AS held
 WHERE held.count > 0
"""

COLUMNS = (
    "indicator_id", "at", "value", "numerator", "denominator", "note", "recorded_at", "batch_id",
)  # fmt: skip
# Span after span in the order in which they are given, which is that of the locks.
LOCKED = f"""
SELECT held.*
  FROM unnest(%(ids)s::bigint[], %(begins)s::timestamptz[], %(ends)s::timestamptz[])
       WITH ORDINALITY AS span (indicator_id, begins_at, ends_at, place)
 CROSS JOIN LATERAL (
    SELECT place, {", ".join(f"stored.{name}" for name in COLUMNS)}
      FROM measurements_measurement stored
     WHERE stored.indicator_id = span.indicator_id
       AND stored.at >= span.begins_at AND stored.at < span.ends_at
     ORDER BY stored.at LIMIT 2 FOR UPDATE
 ) AS held
"""  # noqa: S608  # put together from constants

Span = tuple[int, datetime, datetime]


@dataclass(frozen=True, slots=True)
class StoredCell:
    """The measurements of one indicator in one period, in the order of the columns of `STORED`.

    Of several there is only what they make together.
    """

    count: int
    at: datetime
    last: Decimal | None
    total: Decimal | None
    mean: Decimal | None
    smallest: Decimal | None
    largest: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    note: str

    @property
    def is_one(self) -> bool:
        """Whether a person may correct it here: one measurement, not the sum of many."""
        return self.count == 1

    @property
    def seen(self) -> str:
        """What a person has seen who saves over it; another one stored meanwhile differs."""
        parts = (self.last, self.numerator, self.denominator, self.note)
        return fingerprint_of(parts if self.is_one else (self.count, *parts))

    def part(self, name: str) -> Decimal | None:
        """A number of the only measurement: its value, numerator or denominator."""
        found: Decimal | None = self.last if name == "value" else getattr(self, name)
        return found

    def together(self, indicator: Indicator) -> Decimal | None:
        """What several measurements make by the indicator's rule; None where nothing sensible."""
        if indicator.rollup == Indicator.RollUp.RATIO:
            if self.numerator is None or not self.denominator:
                return None
            return self.numerator / self.denominator * indicator.factor
        by_rule = {
            Indicator.RollUp.SUM: self.total,
            Indicator.RollUp.MEAN: self.mean,
            Indicator.RollUp.LAST: self.last,
            Indicator.RollUp.MIN: self.smallest,
            Indicator.RollUp.MAX: self.largest,
        }
        return by_rule.get(Indicator.RollUp(indicator.rollup))


def stored_in(spans: Sequence[Span]) -> dict[tuple[int, datetime], StoredCell]:
    """What is there by (indicator id, begin), in one query; spans without anything are missing."""
    if not spans:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(STORED, span_arrays(spans) | {"most": MOST})
        return {(row[0], row[1]): StoredCell(*row[2:]) for row in cursor.fetchall()}


def span_arrays(spans: Iterable[Span]) -> dict[str, Any]:
    """The spans as the statements take them: an array for each column."""
    ids, begins, ends = ([span[part] for span in spans] for part in range(3))
    return {"ids": ids, "begins": begins, "ends": ends}


def from_measurement(held: Measurement) -> StoredCell:
    """One measurement as the query would tell it."""
    one = held.value
    return StoredCell(
        1, held.at, one, one, one, one, one, held.numerator, held.denominator, held.note
    )


def locked_in(spans: Collection[Span]) -> dict[tuple[int, datetime], list[Measurement]]:
    """The first two measurements of each span, locked against others until the transaction ends.

    Rows are locked in the order of their keys, as every other writer does. Cells that are still
    empty have no row to be locked, so that people who fill the same grid wait for each other
    before; programs are not made to wait, and a deadlock with one of them is tried again.
    """
    take_turns({indicator_id for indicator_id, _, _ in spans})
    ordered = sorted(spans)
    found: dict[tuple[int, datetime], list[Measurement]] = {span[:2]: [] for span in ordered}
    with connection.cursor() as cursor:
        cursor.execute(LOCKED, span_arrays(ordered))
        for place, *row in cursor.fetchall():
            held = Measurement.from_db(connection.alias, COLUMNS, row)
            found[ordered[place - 1][:2]].append(held)
    return found


def take_turns(indicator_ids: Collection[int]) -> None:
    """Wait until nobody else saves cells of these indicators, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('enter ' || id, 0))"
            " FROM unnest(%s::bigint[]) AS id",
            [sorted(indicator_ids)],
        )


def fingerprint_of(parts: Iterable[object]) -> str:
    """Short and the same for the same parts, whatever the zeros at the end of a number."""
    texts = [decimal_text(part) if isinstance(part, Decimal) else str(part) for part in parts]
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:16]


def plain_digits(value: Decimal) -> str:
    """Every stored digit, as it stands in an input."""
    return format(value, "f")


def grouped_digits(value: Decimal, *, locale: str) -> str:
    """Every stored digit with the separators of a reader's language."""
    exponent = value.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return plain(value, decimals, locale=locale)


def is_span(indicator: Indicator, part: str) -> bool:
    """Whether a part of a value is a span of time; a denominator only counts."""
    return indicator.unit == Indicator.Unit.DURATION and part != "denominator"


def in_own_unit(value: Decimal, indicator: Indicator) -> Decimal | None:
    """Seconds in the unit they are counted in; None without one, or where that has no end."""
    size = SECONDS.get(indicator.unit_label)
    if size is None:
        return None
    found = decimal_text(WIDE.divide(value, Decimal(size)))
    return Decimal(found) if len(found) < WIDE.prec else None


def edited(value: Decimal | None, indicator: Indicator, part: str) -> str:
    """A stored number as a person edits it: bare digits, or a span of time as 1:30:00."""
    if value is None:
        return ""
    if not is_span(indicator, part):
        return plain_digits(value)
    own = in_own_unit(value, indicator)
    return clock_digits(value) if own is None else plain_digits(own)


def at_rest(value: Decimal | None, indicator: Indicator, part: str, *, locale: str) -> str:
    """A stored number as the grid shows it, every digit of it, and as narrow as a cell."""
    if value is None:
        return ""
    if not is_span(indicator, part):
        return grouped_digits(value, locale=locale)
    own = in_own_unit(value, indicator)
    return clock_digits(value) if own is None else grouped_digits(own, locale=locale)


def input_parts(indicator: Indicator) -> tuple[str, ...]:
    """What is typed for one period."""
    is_ratio = indicator.rollup == Indicator.RollUp.RATIO
    return ("numerator", "denominator") if is_ratio else ("value",)
