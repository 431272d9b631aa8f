"""Rows from newline-delimited JSON: one object a line, blank lines left out."""

from __future__ import annotations

import io
from collections.abc import Iterator

import msgspec
from msgspec import Raw

from measurements.formats import MAX_ROWS, TooManyRows, Unreadable
from measurements.formats.line import Line, may_repeat, rows_of, rows_one_by_one
from measurements.row import Row

_LINE = msgspec.json.Decoder(Line)
_TOKEN = msgspec.json.Decoder(Raw)


def read(body: bytes, *, key: str | None = None) -> list[Row]:
    """The rows of a body; `Unreadable` names the line that is not JSON."""
    if body.count(b"\n") >= MAX_ROWS and sum(1 for _ in numbered(body)) > MAX_ROWS:
        raise TooManyRows
    try:
        lines = [_LINE.decode(line) for _, line in numbered(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        lines = None
    if lines is None or may_repeat(body, lines):
        return list(rows_one_by_one([token(number, line) for number, line in numbered(body)], key))
    return rows_of(lines, key)


def numbered(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Lines that hold something, with their numbers from 1."""
    for number, line in enumerate(io.BytesIO(body), start=1):
        if stripped := line.strip():
            yield number, stripped


def token(number: int, line: bytes) -> Raw:
    """A line that is JSON of whatever shape."""
    try:
        str(line, "utf-8")  # a raw token is not looked into
        return _TOKEN.decode(line).copy()
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise Unreadable(f"Line {number} is not valid JSON: {problem}.") from problem
    except RecursionError as problem:
        raise Unreadable(f"Line {number} is nested too deeply.") from problem
