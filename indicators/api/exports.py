"""Measurements as CSV or NDJSON, streamed in the form in which the doors take them in again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import msgspec
from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer

from indicators.api.readings import SHOWN, Question

HISTORY = ("recorded_at", "superseded_at", "withdrawn")
CHUNK = 1000
# A cell that begins so is run as a formula by spreadsheets.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
encoder = msgspec.json.Encoder(decimal_format="number")


class ExactJSONRenderer(JSONRenderer):
    """JSON with every digit of a number, and times in UTC with Z."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else encoder.encode(data)


class CSVRenderer(ExactJSONRenderer):
    """Lets a caller ask for CSV; only refusals are rendered here, as everywhere in JSON."""

    media_type = "text/csv"
    format = "csv"


class NDJSONRenderer(ExactJSONRenderer):
    """Lets a caller ask for NDJSON; only refusals are rendered here."""

    media_type = "application/x-ndjson"
    format = "ndjson"


def export(question: Question, media_type: str) -> StreamingHttpResponse:
    """All that is asked for as one stream, whatever its length."""
    lines = {CSVRenderer.media_type: csv_lines, NDJSONRenderer.media_type: ndjson_lines}
    suffix = "csv" if media_type == CSVRenderer.media_type else "ndjson"
    write: Callable[[Question], Iterator[str]] = lines[media_type]
    response = StreamingHttpResponse(
        joined(write(question)), content_type=f"{media_type}; charset=utf-8"
    )
    name = f"{question.indicator.key}.{suffix}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def csv_lines(question: Question) -> Iterator[str]:
    """A header line and a line for each row."""
    columns = columns_of(question)
    buffer = io.StringIO(newline="")
    table = csv.writer(buffer)
    table.writerow(("indicator", *columns))
    for row in question.rows():
        table.writerow((question.indicator.key, *(cell(getattr(row, name)) for name in columns)))
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def ndjson_lines(question: Question) -> Iterator[str]:
    """An object a line."""
    columns = columns_of(question)
    for row in question.rows():
        shown = {name: getattr(row, name) for name in columns}
        yield encoder.encode({"indicator": question.indicator.key, **shown}).decode() + "\n"


def columns_of(question: Question) -> tuple[str, ...]:
    """What each row shows; with its history, also since when and until when it was known."""
    return SHOWN + HISTORY if question.history else SHOWN


def cell(part: Any) -> str:
    """A part of a row as text that no spreadsheet runs."""
    if part is None:
        return ""
    if isinstance(part, Decimal):
        return format(part, "f")
    if isinstance(part, datetime):
        return part.isoformat().replace("+00:00", "Z")
    if isinstance(part, bool):
        return "true" if part else "false"
    text = str(part)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def joined(lines: Iterable[str]) -> Iterator[bytes]:
    """Lines in chunks that are worth sending."""
    source = iter(lines)
    while chunk := list(islice(source, CHUNK)):
        yield "".join(chunk).encode()
