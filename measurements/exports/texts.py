"""Rows as CSV and as NDJSON, each number with the digits it was sent with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

import msgspec

from web.cells import guarded

CHUNK = 1000
Line = TypeVar("Line")
# Blanks at the ends are quoted too: readers strip those that are not.
_TO_QUOTE = re.compile(r'[,;"\r\n]|^\s|\s$')
_encoder = msgspec.json.Encoder(decimal_format="number")


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A header line and a line for each row (RFC 4180)."""
    yield f"{','.join(columns)}\r\n".encode()
    lines = (f"{','.join([quoted(cell(part)) for part in row])}\r\n" for row in rows)
    for chunk in chunks(lines):
        yield "".join(chunk).encode()


def ndjson_bytes(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """An object a line."""
    lines = (_encoder.encode(dict(zip(columns, row, strict=True))) + b"\n" for row in rows)
    for chunk in chunks(lines):
        yield b"".join(chunk)


def chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines in parts that are worth sending."""
    source = iter(lines)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def cell(part: Any) -> str:
    """A part of a row as text that no spreadsheet runs; numbers stay numbers."""
    if part is None:
        return ""
    if isinstance(part, str):
        return guarded(part)
    if isinstance(part, Decimal):
        return format(part, "f")
    if isinstance(part, datetime):
        return moment(part)
    return str(part).lower()


def quoted(text: str) -> str:
    """A cell in quotation marks where it needs them."""
    if not _TO_QUOTE.search(text):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def moment(at: datetime) -> str:
    """An instant in UTC, to the microsecond where it has any."""
    return at.isoformat().replace("+00:00", "Z")
