"""Lines of one file that have different values for one time, however far apart they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

from indicators.ingestion import Refusal, Row
from indicators.ingestion.checking import DUPLICATE


def told_apart(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, of which those that contradict an earlier one are refused.

    The core sees that within a part alone: one of a later part would correct the earlier one, and
    which of them is right nobody knows. Two numbers are kept for each row.
    """
    seen: dict[int, int] = {}
    for row in rows:
        if row.problem is None:
            value = hash(tuple(map(alike, (row.value, row.numerator, row.denominator))))
            if seen.setdefault(hash((row.indicator, row.at)), value) != value:
                yield contradicting(row)
                continue
        yield row


def alike(number: str | Decimal | None) -> str | Decimal | None:
    """The same for the same number, however its digits are written."""
    try:
        read = Decimal(number) if isinstance(number, str) else number
    except InvalidOperation:
        return number
    return read if read is not None and read.is_finite() else number


def contradicting(row: Row) -> Row:
    """The row, refused."""
    problem = Refusal(row.index, "at", "duplicate", DUPLICATE["at"])
    return Row(index=row.index, indicator=row.indicator, at=row.at, problem=problem)
