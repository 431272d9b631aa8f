"""Workbooks: opened within bounds, and the lines of XLSX as cells."""

from __future__ import annotations

import io
import math
import struct
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from celery.exceptions import SoftTimeLimitExceeded

from measurements.files import limits
from measurements.files.limits import MAX_COLUMNS, MAX_LINES, Unreadable
from web.cells import Cell, Fault, Percent, unescaped

if TYPE_CHECKING:
    from measurements.files.opendocument import OpenDocument

Shape = Literal["plain", "percent", "day", "span"]
MAGIC = b"PK\x03\x04"
DAMAGED = "The workbook is damaged. Open it in a spreadsheet program and save it again, or as CSV."
BIG = "The workbook is too large. Keep one sheet with the values alone, or save it as CSV."
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
UNCOMPUTED = "The formula was never computed. Open the file in a spreadsheet program and save it."


def open_workbook(file: BinaryIO) -> Book | OpenDocument:
    """The workbook, weighed before any of it is read; `Unreadable` where it cannot be."""
    from measurements.files.opendocument import OpenDocument, is_opendocument

    file.seek(0)
    check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            is_ods = is_opendocument(archive)
            weigh(archive, is_known=is_ods)
        file.seek(0)
        return OpenDocument.of(zipfile.ZipFile(file)) if is_ods else load_book(file)
    except (Unreadable, SoftTimeLimitExceeded):
        raise
    except Exception as problem:
        # Whatever a broken or hostile archive makes zipfile, expat or openpyxl say.
        raise Unreadable(DAMAGED) from problem


def load_book(file: BinaryIO) -> Book:
    """The workbook by openpyxl: names of sheets, styles and shared texts; no cells yet.

    In the steps of its `load_workbook`, without those that read whole sheets for their size.
    """
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.styles.stylesheet import apply_stylesheet

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        reader.read_manifest()
        reader.read_strings()
        reader.read_workbook()
        apply_stylesheet(reader.archive, reader.wb)
        found = [
            (sheet.state != "visible", str(sheet.name), str(relation.target))
            for sheet, relation in reader.parser.find_sheets()
            if "chartsheet" not in relation.Type and relation.target in reader.valid_files
        ]
    found.sort(key=lambda sheet: sheet[0])
    parts = {name: part for _, name, part in found}
    hidden = frozenset(name for is_hidden, name, _ in found if is_hidden)
    return Book(reader.archive, reader.shared_strings, reader.wb, parts, hidden)


def check_directory(file: BinaryIO) -> None:
    """Refuse a directory of files that alone would fill the memory."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < 22:
        raise Unreadable(DAMAGED)
    count, length = struct.unpack_from("<HI", tail, place + 10)
    if count > limits.MAX_PARTS or length > limits.MAX_PARTS * 400:
        raise Unreadable(BIG)
    file.seek(0)


def weigh(archive: zipfile.ZipFile, *, is_known: bool) -> None:
    """Unpack every part once and count: what a header promises is not believed."""
    names = archive.namelist()
    if not is_known and not any(name.endswith("workbook.xml") for name in names):
        raise Unreadable(other_archive(names, archive))
    if sum(part.file_size for part in archive.infolist()) > limits.MAX_WHOLE_BYTES:
        raise Unreadable(BIG)
    whole = all_tags = 0
    for part in archive.infolist():
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable(DAMAGED)
        size, tags = weigh_part(archive, part)
        whole, all_tags = whole + size, all_tags + tags
        if whole > limits.MAX_WHOLE_BYTES or all_tags > limits.MAX_WHOLE_TAGS:
            raise Unreadable(BIG)


def weigh_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int]:
    """Bytes and tags of one part; `Unreadable` where they are too many."""
    name = part.filename.lower()
    is_xml = name.endswith((".xml", ".rels"))
    is_large = not is_xml or any(word in name for word in ("sheet", "sharedstrings", "content.xml"))
    most_bytes = limits.MAX_PART_BYTES if is_large else limits.MAX_SMALL_BYTES
    most_tags = limits.MAX_TAGS if is_large else limits.MAX_SMALL_TAGS
    size = tags = 0
    end = b""
    with archive.open(part) as stream:
        while block := stream.read(1024 * 1024):
            size += len(block)
            tags += block.count(b"<")
            if size > most_bytes or tags > most_tags:
                raise Unreadable(BIG)
            if is_xml and (b"<!DOCTYPE" in end + block or b"<!ENTITY" in end + block):
                raise Unreadable("The workbook declares entities of XML, which no table needs.")
            end = block[-9:]
    return size, tags


def other_archive(names: list[str], archive: zipfile.ZipFile) -> str:
    """What an archive is that is no XLSX workbook."""
    if "mimetype" in names and b"opendocument" in archive.open("mimetype").read(100):
        return "This is an OpenDocument file without a table. Save the table as ODS, XLSX or CSV."
    if "xl/workbook.bin" in names:
        return "This is a binary workbook (.xlsb). Save the table as XLSX or CSV."
    if any(name.startswith("word/") for name in names):
        return "This is a text document. Save the table as XLSX or CSV."
    return "This is an archive, and not an Excel workbook. Unpack it first."


@dataclass(frozen=True, slots=True)
class Book:
    """An open workbook: its texts, its styles, its sheets by the part of the archive of each."""

    archive: zipfile.ZipFile
    strings: list[str]
    styles: Any
    parts: dict[str, str]
    hidden: frozenset[str]

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets with cells, visible ones first."""
        return tuple(self.parts)

    def lines(self, name: str) -> Iterator[list[Cell]]:
        """The lines of a sheet as cells, missing lines as empty ones."""
        if name not in self.parts:
            raise Unreadable(f"There is no sheet “{name[:80]}” in the workbook.")
        try:
            yield from Sheet(self, self.parts[name]).lines()
        except (Unreadable, SoftTimeLimitExceeded):
            raise
        except Exception as problem:
            raise Unreadable(DAMAGED) from problem


@dataclass(slots=True)
class Sheet:
    """One sheet while it is read; openpyxl's own reader hides formulas that were never computed."""

    book: Book
    part: str
    shapes: dict[int, Shape] = field(default_factory=dict)
    letters: dict[str, int] = field(default_factory=dict)

    def lines(self) -> Iterator[list[Cell]]:
        """The lines from the first one on."""
        from defusedxml.ElementTree import iterparse

        done = elements = 0
        with self.book.archive.open(self.part) as source:
            for _, element in iterparse(source, forbid_dtd=True):
                elements += 1
                if elements > limits.MAX_TAGS_OF_LINE:
                    raise Unreadable(BIG)
                if element.tag == f"{NAMESPACE}row":
                    number = int(element.get("r") or done + 1)
                    if not done < number <= MAX_LINES:
                        raise Unreadable(f"The sheet has no line {number}.")
                    while done + 1 < number:
                        done += 1
                        yield []
                    done += 1
                    yield self.line(element, number)
                    element.clear()
                    elements = 0
                elif element.tag == f"{NAMESPACE}sheetData":
                    return

    def line(self, row: Any, number: int) -> list[Cell]:
        """The cells of one line; what is missing between two is empty."""
        cells: list[Cell] = []
        place = 0
        for element in row:
            place = self.place(element.get("r") or "", place)
            cell = self.cell(element)
            if cell == "":
                continue
            if place > MAX_COLUMNS:
                raise Unreadable(f"Line {number} has more than {MAX_COLUMNS:,} columns.")
            if place <= len(cells):
                raise Unreadable(DAMAGED)
            cells.extend([""] * (place - 1 - len(cells)))
            cells.append(cell)
        return cells

    def place(self, address: str, before: int) -> int:
        """The column of a cell, from 1; the next one where the cell does not say."""
        letters = address.rstrip("0123456789")
        if not letters:
            return before + 1
        known = self.letters.get(letters)
        if known is None:
            from openpyxl.utils import column_index_from_string

            known = self.letters[letters] = column_index_from_string(letters)
        return known

    def cell(self, element: Any) -> Cell:
        """What stands in one cell."""
        kind = element.get("t", "n")
        if kind == "inlineStr":
            return unescaped("".join(part.text or "" for part in element.iter(f"{NAMESPACE}t")))
        text = element.findtext(f"{NAMESPACE}v") or ""
        if not text:
            uncomputed = kind != "str" and element.find(f"{NAMESPACE}f") is not None
            return Fault("(formula)", UNCOMPUTED) if uncomputed else ""
        if kind == "n":
            return self.number(text, int(element.get("s") or 0))
        return self.other(kind, text)

    def other(self, kind: str, text: str) -> Cell:
        """What stands in a cell that is no number."""
        match kind:
            case "s":
                return str(self.book.strings[int(text)])
            case "e":
                return Fault(text[:40], f"The cell shows {text[:40]} and no value.")
            case "b":
                return "TRUE" if text == "1" else "FALSE"
            case "d":
                return datetime.fromisoformat(text).replace(tzinfo=None)
            case _:
                return text

    def number(self, text: str, style: int) -> Cell:
        """A number as its format shows it: plain, a percentage, a day or a span of time."""
        value = float(text)
        shape = self.shape_of(style)
        if shape in ("day", "span"):
            return self.moment(value, is_span=shape == "span")
        number = shortest(value)
        return Percent(number.scaleb(2)) if shape == "percent" else number

    def moment(self, value: float, *, is_span: bool) -> Cell:
        """A number that is shown as a day or as a span of time."""
        from openpyxl.utils.datetime import from_excel

        try:
            found = from_excel(value, self.book.styles.epoch, timedelta=is_span)
        except (OverflowError, ValueError):
            return Fault("#####", "The number is formatted as a date, and is none.")
        if isinstance(found, time):
            seconds = found.hour * 3600 + found.minute * 60 + found.second
            return timedelta(seconds=seconds, microseconds=found.microsecond)
        return found if isinstance(found, timedelta) else whole_second(found)

    def shape_of(self, style: int) -> Shape:
        """What the number format of a style makes of numbers."""
        known = self.shapes.get(style)
        if known is None:
            from openpyxl.cell.read_only import ReadOnlyCell

            of_book = SimpleNamespace(parent=self.book.styles)
            cell = ReadOnlyCell(of_book, 1, 1, None, style_id=style)
            known = self.shapes[style] = shape_of_format(str(cell.number_format))
        return known


def shape_of_format(number_format: str) -> Shape:
    """What a number format makes of numbers."""
    from openpyxl.styles.numbers import is_date_format, is_timedelta_format

    if is_date_format(number_format):
        return "span" if is_timedelta_format(number_format) else "day"
    return "percent" if is_percent(number_format) else "plain"


def shortest(value: float) -> Decimal:
    """The number with the 15 digits that Excel shows, without binary noise.

    >>> shortest(0.1 + 0.2), shortest(1234567.0), shortest(1e21)
    (Decimal('0.3'), Decimal('1234567'), Decimal('1E+21'))
    """
    if not math.isfinite(value):
        raise Unreadable(DAMAGED)
    return Decimal(f"{value:.15g}")


def whole_second(found: datetime) -> datetime:
    """A moment of a sheet to the second; noise of the binary fraction is rounded away."""
    return (found + timedelta(milliseconds=500)).replace(microsecond=0)


def is_percent(number_format: str) -> bool:
    """Whether a format shows a percent sign that multiplies by 100."""
    inside_quotes = False
    for letter in number_format.replace("\\%", ""):
        if letter == '"':
            inside_quotes = not inside_quotes
        elif letter == "%" and not inside_quotes:
            return True
    return False
