"""Lines of one file that have different values for one time, however far apart they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Context, Decimal

from measurements.intake import DUPLICATE
from measurements.row import Refusal, Row

EVERY_DIGIT = Context(prec=200)


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


def alike(number: str | Decimal | None) -> str | None:
    """The same text for the same number, however its digits are written.

    Not the number itself: Python's hashes of -1 and -2 are alike.
    """
    try:
        read = Decimal(number) if isinstance(number, str) else number
        return None if read is None else str(EVERY_DIGIT.normalize(read)) if read else "0"
    except ArithmeticError:  # none, or beyond all use: the core refuses it
        return str(number)


def contradicting(row: Row) -> Row:
    """The row, refused."""
    problem = Refusal(row.index, "at", "duplicate", DUPLICATE["at"])
    return Row(index=row.index, indicator=row.indicator, at=row.at, problem=problem)
