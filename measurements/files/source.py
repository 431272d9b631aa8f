"""A file as lines of cells, whatever it is written in; a sheet of a workbook is parsed once."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, BinaryIO

from measurements.files import limits, text, workbook
from measurements.files.limits import MAX_BYTES, Unreadable
from measurements.files.opendocument import OpenDocument
from measurements.files.reading import Form, Reading
from web.cells import Cell, Fault, Percent

SNIFFED_BYTES = 1024 * 1024  # by which text files larger than MAX_BYTES are judged
MICROSECOND = timedelta(microseconds=1)
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Source:
    """A file; `table` keeps the sheet of a workbook that was read last, as its parsed lines.

    Text needs no table: to part it into cells takes less time than to read them from one.
    """

    def __init__(self, content: Callable[[], BinaryIO], table: bytes = b"") -> None:
        self._content = content
        self.table = table

    @classmethod
    def of(cls, content: bytes | BinaryIO | Source) -> Source:
        """The content as a source; `Unreadable` where it is in memory and too large, or empty."""
        if isinstance(content, Source):
            return content
        file = as_file(content)
        return cls(lambda: file)

    @cached_property
    def file(self) -> BinaryIO:
        """The file itself, for which the table is often enough."""
        return self._content()

    @cached_property
    def form(self) -> Form:
        """What it is by its first bytes."""
        if self.table:
            return "workbook"
        self.file.seek(0)
        return "workbook" if self.file.read(4) == workbook.MAGIC else "text"

    @cached_property
    def book(self) -> workbook.Book | OpenDocument:
        """The workbook, unpacked."""
        return workbook.open_workbook(self.file)

    @property
    def is_large(self) -> bool:
        """Whether only the beginning of the file is looked at."""
        return self.form == "text" and self.file.seek(0, io.SEEK_END) > MAX_BYTES

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets with cells, visible ones first; none in text."""
        return () if self.form == "text" else tuple(self._head()["sheets"])

    @property
    def hidden(self) -> frozenset[str]:
        """The sheets that a spreadsheet program does not show."""
        return frozenset() if self.form == "text" else frozenset(self._head()["hidden"])

    def lines(self, reading: Reading) -> Iterator[Sequence[Cell]]:
        """The lines from the first one on, as they are to be read."""
        if reading.form != self.form:
            raise Unreadable("The file is not what it was when it was looked at.")
        if self.form == "text":
            return text.text_lines(
                self.file, encoding=reading.encoding, delimiter=reading.delimiter
            )
        if not self.table or self._head()["sheet"] != reading.sheet:
            self.table = pack_sheet(self.book, reading.sheet)
        return unpack_sheet(self.table)

    def _head(self) -> dict[str, Any]:
        if not self.table:
            return workbook_head(self.book, "")
        found: dict[str, Any] = json.loads(io.BytesIO(self.table).readline())
        return found


def as_file(content: bytes | BinaryIO) -> BinaryIO:
    """The content as a file; `Unreadable` where it is in memory and too large, or empty."""
    if isinstance(content, bytes | bytearray | memoryview):
        if len(content) > MAX_BYTES:
            raise Unreadable(f"The file is larger than {MAX_BYTES // 2**20} MiB.")
        content = io.BytesIO(content)
    content.seek(0)
    if not content.read(1):
        raise Unreadable("The file is empty.")
    return content


# --- the lines of a sheet, as a table keeps them -------------------------------------------------


def workbook_head(book: workbook.Book | OpenDocument, sheet: str) -> dict[str, Any]:
    """What a table says of its workbook."""
    return {"sheet": sheet, "sheets": book.sheets, "hidden": sorted(book.hidden)}


def pack_sheet(book: workbook.Book | OpenDocument, sheet: str) -> bytes:
    """A sheet as JSON, a line each; `Unreadable` where one cell is repeated beyond all bounds."""
    table = io.BytesIO()
    table.write(f"{_encode(workbook_head(book, sheet))}\n".encode())
    for line in book.lines(sheet):
        table.write(f"{_encode([pack_cell(cell) for cell in line])}\n".encode())
        if table.tell() > limits.MAX_TABLE_BYTES:
            raise Unreadable(workbook.BIG)
    return table.getvalue()


def unpack_sheet(table: bytes) -> Iterator[list[Cell]]:
    """The lines that `pack_sheet` wrote."""
    lines = io.BytesIO(table)
    lines.readline()
    for line in lines:
        yield [cell if isinstance(cell, str) else unpack_cell(*cell) for cell in json.loads(line)]


def pack_cell(cell: Cell) -> str | tuple[str, ...]:
    """A text as it is; everything else with the name of its kind."""
    match cell:
        case str():
            return cell
        case Decimal():
            return ("number", str(cell))
        case Percent():
            return ("percent", str(cell.number))
        case Fault():
            return ("fault", cell.shown, cell.words)
        case timedelta():
            return ("span", str(cell // MICROSECOND))
        case _:
            return ("moment", cell.isoformat())


def unpack_cell(kind: str, text: str, words: str = "") -> Cell:
    """A cell that is no text."""
    match kind:
        case "number":
            return Decimal(text)
        case "percent":
            return Percent(Decimal(text))
        case "fault":
            return Fault(text, words)
        case "span":
            return int(text) * MICROSECOND
        case _:
            return datetime.fromisoformat(text)
