"""Rows from comma-separated values with a header line; columns may come in any order."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from measurements.formats import MAX_ROWS, TooManyRows, Unreadable
from measurements.row import Refusal, Row
from web.cells import unguarded

COLUMNS = ("indicator", "at", "value", "numerator", "denominator", "note")


def read(body: bytes, *, key: str | None = None) -> list[Row]:
    """The rows of a body in UTF-8; `Unreadable` names what is wrong with the table."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Unreadable(f"The body is not UTF-8: byte {problem.start}.") from problem
    rows = list(islice(stream(io.StringIO(text, newline=""), key=key), MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        raise TooManyRows
    return rows


def stream(lines: Iterable[str], *, key: str | None = None) -> Iterator[Row]:
    """The rows of a table of any length, one after the other."""
    table = csv.reader(lines, strict=True, skipinitialspace=True)
    try:
        header = [name.strip().lower() for name in next(table, [])]
        check_header(header, key)
        filled = (cells for cells in table if any(cells))
        for index, cells in enumerate(filled):
            yield row_of(index, cells, header, key)
    except csv.Error as problem:
        raise Unreadable(f"Line {table.line_num} is not valid CSV: {problem}.") from problem


def check_header(header: Sequence[str], key: str | None) -> None:
    """Refuse a header line that leaves out what is needed or names what is unknown."""
    for name in header:
        if name not in COLUMNS:
            known = ", ".join(COLUMNS)
            raise Unreadable(f"The column “{name[:80]}” is unknown; there are {known}.")
        if header.count(name) > 1:
            raise Unreadable(f"The column “{name}” is there twice.")
    for name in ("at",) if key is not None else ("indicator", "at"):
        if name not in header:
            raise Unreadable(f"The header line has no column “{name}”.")


def row_of(index: int, cells: Sequence[str], header: Sequence[str], key: str | None) -> Row:
    """One line of the table; an empty cell is a missing value, and notes keep their blanks."""
    sent = dict(zip(header, cells, strict=False))
    note = unguarded(sent.pop("note", ""))
    given = {name: cell.strip() for name, cell in sent.items()}
    problem = None
    if len(cells) > len(header):
        problem = Refusal(index, None, "invalid", "There are more cells than columns.")
    elif key is not None and given.get("indicator", key) not in ("", key):
        problem = Refusal(index, "indicator", "mismatch", "The address names another one.")
    return Row(
        index=index,
        indicator=given.get("indicator", "") if key is None else key,
        at=given.get("at", ""),
        value=given.get("value") or None,
        numerator=given.get("numerator") or None,
        denominator=given.get("denominator") or None,
        note="" if note.isspace() else note,
        problem=problem,
    )
