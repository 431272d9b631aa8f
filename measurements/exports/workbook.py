"""Rows as an XLSX workbook, written by XlsxWriter to a temporary file in flat memory.

Cells hold numbers only where a spreadsheet keeps every digit; times are ISO texts, since a
spreadsheet's dates know neither time zone nor microsecond. Texts are written as texts, never as
formulas or links.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain, count, islice
from tempfile import TemporaryFile
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from measurements.exports.texts import moment
from web.cells import guarded

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
            for number, part in enumerate(parts(rows), start=1):
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


def parts(rows: Iterable[Sequence[Any]]) -> Iterator[Iterable[Sequence[Any]]]:
    """The rows of each sheet; one without rows where there are none."""
    source = iter(rows)
    first: Iterable[Sequence[Any]] = islice(source, 1)
    for number in count():
        begin = list(first)
        if number and not begin:
            return
        yield islice(chain(begin, source), MOST_ROWS - 1)
        first = islice(source, 1)


def write_head(sheet: Worksheet, columns: Sequence[str], bold: Format) -> None:
    """Widths, and a head line that stays in sight."""
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(columns):
        sheet.set_column(place, place, WIDTHS.get(name, 16))
        sheet.write_string(0, place, name, bold)


def write_rows(sheet: Worksheet, rows: Iterable[Sequence[Any]], as_text: Format) -> None:
    """The rows from the second line on; empty cells are left out."""
    for line, row in enumerate(rows, start=1):
        for place, part in enumerate(row):
            if isinstance(part, Decimal):
                if fits(part):
                    sheet.write_number(line, place, float(part))
                else:
                    sheet.write_string(line, place, format(part, "f"), as_text)
            elif part is not None and part != "":
                write_text(sheet, line, place, text_of(part))


def write_text(sheet: Worksheet, line: int, place: int, text: str) -> None:
    """A cell with a text. XlsxWriter takes one that begins with "<r>" for XML, unless in parts."""
    if text.startswith("<r>"):
        sheet.write_rich_string(line, place, text[0], text[1], text[2:])
    else:
        sheet.write_string(line, place, text)


def text_of(part: Any) -> str:
    """A part of a row as a text that no program runs."""
    if isinstance(part, datetime):
        return moment(part)
    return guarded(part) if isinstance(part, str) else str(part).lower()


def fits(number: Decimal) -> bool:
    """Whether a spreadsheet, which counts in doubles, gives all of the number back."""
    return Decimal(f"{float(number):.{DIGITS}g}") == number
