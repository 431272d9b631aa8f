"""Measurements on their way out: which columns, in which format, of any length in flat memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain, count, islice
from tempfile import TemporaryFile
from typing import IO, Any, TypeVar

import msgspec
from django.http import FileResponse, StreamingHttpResponse
from xlsxwriter import Workbook
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from indicators.models import Indicator
from indicators.models.indicator import IndicatorQuerySet
from measurements.models import Measurement
from teams.models import User
from web.cells import guarded

# As the doors take them in again; what an indicator is comes first in every row.
COLUMNS = ("indicator", "at", "value", "numerator", "denominator", "note")
AT_ONCE = 5000

Write = Callable[[Sequence[str], Iterable[Sequence[Any]]], Iterator[bytes]]


class Format(StrEnum):
    """What measurements go out as; the word is also the ending of the file's name."""

    CSV = "csv"
    XLSX = "xlsx"
    NDJSON = "ndjson"

    @property
    def media_type(self) -> str:
        """As `Accept` and `Content-Type` name it."""
        return MEDIA_TYPES[self]


MEDIA_TYPES: Mapping[Format, str] = {
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.NDJSON: "application/x-ndjson",
}


def file_response(
    form: Format, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, name: str
) -> StreamingHttpResponse:
    """The rows as a file `name` and its ending; texts are sent while the rows are read."""
    if form is Format.XLSX:
        book = workbook_file(columns, rows)
        return FileResponse(
            book, as_attachment=True, filename=f"{name}.{form}", content_type=form.media_type
        )
    answer = StreamingHttpResponse(
        WRITERS[form](columns, rows), content_type=f"{form.media_type}; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def current(indicators: IndicatorQuerySet, user: User) -> Iterator[tuple[Any, ...]]:
    """What is known now of some indicators, one after the other and each in the order of time.

    They have passed the gate: `indicators` comes from `visible_to(user)`. All of it is read by
    one statement, so that it is the knowledge of one moment.
    """
    held = Measurement.objects.visible_to(user).filter(indicator__in=indicators)
    found = held.order_by("indicator_id", "at").values_list("indicator__key", *COLUMNS[1:])
    return found.iterator(AT_ONCE)


def current_values_of(indicator: Indicator, user: User) -> Iterator[tuple[Any, ...]]:
    """What is known now of one indicator, in the order of time."""
    held = Measurement.objects.visible_to(user).filter(indicator=indicator)
    found = held.order_by("at").values_list(*COLUMNS[1:])
    return ((indicator.key, *row) for row in found.iterator(AT_ONCE))


# --- CSV and NDJSON -------------------------------------------------------------------------------

CHUNK = 1000
Line = TypeVar("Line")
# Blanks at the ends are quoted too: readers strip those that are not.
_TO_QUOTE = re.compile(r'[,;"\r\n]|^\s|\s$')
_encoder = msgspec.json.Encoder(decimal_format="number")


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A header line and a line for each row (RFC 4180)."""
    yield f"{','.join(columns)}\r\n".encode()
    lines = (f"{','.join([quoted_cell(cell(part)) for part in row])}\r\n" for row in rows)
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
        return instant_text(part)
    return str(part).lower()


def quoted_cell(text: str) -> str:
    """A cell in quotation marks where it needs them."""
    if not _TO_QUOTE.search(text):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def instant_text(at: datetime) -> str:
    """An instant in UTC, to the microsecond where it has any."""
    return at.isoformat().replace("+00:00", "Z")


# --- workbooks ------------------------------------------------------------------------------------

MOST_ROWS = 1_048_576  # of a sheet that programs open, its head line included
DIGITS = 15  # that survive a double, and that spreadsheets show and keep
WIDTHS = {"at": 22, "indicator": 28, "note": 40}


def workbook_file(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> IO[bytes]:
    """The file, at its beginning; what one sheet cannot hold continues on the next one.

    Closing it deletes it. A million rows take a minute or more before the first byte can be sent.
    """
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        with Workbook(file, {"constant_memory": True, "use_zip64": True}) as book:
            bold, as_text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
            for number, part in enumerate(rows_by_sheet(rows), start=1):
                sheet = book.add_worksheet(
                    f"Measurements {number}" if number > 1 else "Measurements"
                )
                write_head(sheet, columns, bold)
                write_rows(sheet, part, as_text)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def rows_by_sheet(rows: Iterable[Sequence[Any]]) -> Iterator[Iterable[Sequence[Any]]]:
    """The rows of each sheet; one without rows where there are none."""
    source = iter(rows)
    first: Iterable[Sequence[Any]] = islice(source, 1)
    for number in count():
        begin = list(first)
        if number and not begin:
            return
        yield islice(chain(begin, source), MOST_ROWS - 1)
        first = islice(source, 1)


def write_head(sheet: Worksheet, columns: Sequence[str], bold: CellFormat) -> None:
    """Widths, and a head line that stays in sight."""
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(columns):
        sheet.set_column(place, place, WIDTHS.get(name, 16))
        sheet.write_string(0, place, name, bold)


def write_rows(sheet: Worksheet, rows: Iterable[Sequence[Any]], as_text: CellFormat) -> None:
    """The rows from the second line on; empty cells are left out."""
    for line, row in enumerate(rows, start=1):
        for place, part in enumerate(row):
            if isinstance(part, Decimal):
                if fits_a_double(part):
                    sheet.write_number(line, place, float(part))
                else:
                    sheet.write_string(line, place, format(part, "f"), as_text)
            elif part is not None and part != "":
                write_text(sheet, line, place, guarded_text(part))


def write_text(sheet: Worksheet, line: int, place: int, text: str) -> None:
    """A cell with a text. XlsxWriter takes one that begins with "<r>" for XML, unless in parts."""
    if text.startswith("<r>"):
        sheet.write_rich_string(line, place, text[0], text[1], text[2:])
    else:
        sheet.write_string(line, place, text)


def guarded_text(part: Any) -> str:
    """A part of a row as a text that no program runs."""
    if isinstance(part, datetime):
        return instant_text(part)
    return guarded(part) if isinstance(part, str) else str(part).lower()


def fits_a_double(number: Decimal) -> bool:
    """Whether a spreadsheet, which counts in doubles, gives all of the number back."""
    return Decimal(f"{float(number):.{DIGITS}g}") == number


WRITERS: Mapping[Format, Write] = {
    Format.CSV: csv_bytes,
    Format.NDJSON: ndjson_bytes,
}
