"""How lines that cannot be taken are refused, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from measurements.row import Refusal, Row
from web.cells import Cell, is_blank

TOO_LONG = (
    "There are more cells than columns. Where commas part them, a number with a decimal comma "
    "needs quotation marks."
)


def refused(
    index: int, field: str | None, code: str, words: str, *, key: str = "", at: str = ""
) -> Row:
    """A line or value that cannot be taken, with the reason."""
    return Row(index=index, indicator=key, at=at, problem=Refusal(index, field, code, words))


def is_too_long(line: Sequence[Cell], width: int) -> bool:
    """Whether something stands right of the last column."""
    return not all(map(is_blank, line[width:]))
