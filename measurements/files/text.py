"""Text files: their encoding, what stands between their columns, and their lines as cells."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

from measurements.files.limits import MAX_BYTES, MAX_COLUMNS, MAX_LINE_LENGTH, Unreadable
from measurements.files.reading import ENCODINGS

SNIFFED_LINES = 100
SNIFFED_BYTES = 8 * 1024
NO_TEXT = "This is neither text nor a workbook. Save the table as CSV or XLSX."
MARKED = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NO_TABLE = {
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Excel file (.xls), or one with a password",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a compressed file",
    b"SQLite format 3": "a database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{\\rtf": "a text document",
    b"<!DOCTYPE": "a page",
    b"<html": "a page",
    b"<?xml": "an XML document",
    b"Rar!": "an archive",
    b"7z\xbc\xaf": "an archive",
}


def encoding_of(file: BinaryIO) -> str:
    """The encoding of a text by its first MAX_BYTES; `Unreadable` where it is none."""
    file.seek(0)
    start = file.read(SNIFFED_BYTES)
    for magic, words in NO_TABLE.items():
        if start[:40].lstrip().lower().startswith(magic.lower()):
            raise Unreadable(f"This is {words}. Save the table as CSV or XLSX.")
    marked = next((name for mark, name in MARKED if start.startswith(mark)), "")
    name = marked or (wide_encoding(start) if b"\0" in start else narrow_encoding(file))
    check_letters(start, name)
    return name


def check_letters(start: bytes, name: str) -> None:
    """Refuse what decodes to control characters: it is no text."""
    text = start[:4096].decode(name, errors="ignore")
    if sum(letter < " " and letter not in "\t\r\n\f\v\x1a" for letter in text) > len(text) / 100:
        raise Unreadable(NO_TEXT)


def narrow_encoding(file: BinaryIO) -> str:
    """UTF-8, or else Windows-1252; Latin-1 where a byte means nothing in either."""
    file.seek(0)
    content = file.read(MAX_BYTES)
    is_whole = len(content) < MAX_BYTES
    for name in ("utf-8", "cp1252"):
        try:
            codecs.getincrementaldecoder(name)().decode(content, final=is_whole)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"


def wide_encoding(start: bytes) -> str:
    """UTF-16 without a mark, told by where the zeros are."""
    even, odd = start[:4096:2].count(0), start[1:4096:2].count(0)
    half = len(start[:4096]) / 2
    if odd > 0.4 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.1 * half:
        return "utf-16-be"
    raise Unreadable(NO_TEXT)


@contextmanager
def decoded(file: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The file as text, from its beginning; it stays open."""
    file.seek(0)
    text = io.TextIOWrapper(file, "utf-8-sig" if encoding == "utf-8" else encoding, newline="")
    try:
        yield text
    except UnicodeError as problem:
        raise Unreadable(f"The file is not {ENCODINGS.get(encoding, encoding)}.") from problem
    finally:
        if not file.closed:
            text.detach()


def text_lines(file: BinaryIO, *, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """The lines as cells, blank ones as empty lists; `Unreadable` names the line that is broken.

    Lines are counted as spreadsheet programs do: a line break between quotes is none.
    """
    with decoded(file, encoding) as text:
        table = csv.reader(bounded(text), delimiter=delimiter, strict=True, skipinitialspace=True)
        number = 0
        try:
            for number, cells in enumerate(table, start=1):
                if len(cells) <= MAX_COLUMNS:
                    yield cells if number > 1 else without_mark(cells)
                else:
                    yield without_empty_end(cells, number)
        except csv.Error as problem:
            raise Unreadable(f"Line {number + 1} cannot be read: {broken(problem)}.") from problem
        except UnicodeError as problem:
            name = ENCODINGS.get(encoding, encoding)
            raise Unreadable(f"After line {number} the file is not {name}.") from problem


def broken(problem: csv.Error) -> str:
    """What is wrong with a line, in words that do not come from a parser."""
    words = str(problem)
    if "unexpected end of data" in words:
        return "a quotation mark is opened and never closed"
    if "field larger" in words:
        return "a cell is far too long; is a quotation mark never closed?"
    if "expected after" in words:
        return "something stands behind a closing quotation mark"
    return words


def without_mark(cells: list[str]) -> list[str]:
    """The first line, empty where it only tells Excel the delimiter."""
    return [] if cells and cells[0].startswith("sep=") and not any(cells[1:]) else cells


def bounded(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a text, none of them without bounds."""
    while line := text.readline(MAX_LINE_LENGTH):
        if len(line) == MAX_LINE_LENGTH and not line.endswith("\n"):
            raise Unreadable("A line of the file is longer than a million letters.")
        yield line


def without_empty_end(cells: list[str], number: int) -> list[str]:
    """A line without the empty cells at its end; `Unreadable` where it still has too many."""
    while cells and not cells[-1].strip():
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        raise Unreadable(f"Line {number} has more than {MAX_COLUMNS:,} columns.")
    return cells


def delimiter_of(file: BinaryIO, *, encoding: str, name: str) -> str:
    """What stands between the columns: what cuts most lines into equally many.

    Of equals the rarer letter wins, because commas stand in numbers and sentences too.
    """
    with decoded(file, encoding) as text:
        first = text.readline(10)
    if len(first.strip()) == 5 and first.startswith("sep="):
        return first[4]
    likely = "\t;|," if not name.lower().endswith(".csv") else ";\t|,"
    weights = {delimiter: weight_of(file, encoding, delimiter) for delimiter in likely}
    best = max(likely, key=lambda delimiter: weights[delimiter])
    return best if weights[best] > (0, 0) else ","


def weight_of(file: BinaryIO, encoding: str, delimiter: str) -> tuple[float, int]:
    """How many of the first lines have equally many cells, more than one, and how many."""
    lines: list[list[str]] = []
    try:
        lines.extend(
            islice(text_lines(file, encoding=encoding, delimiter=delimiter), SNIFFED_LINES)
        )
    except Unreadable:
        lines = lines[:-1]
    widths = Counter(len(cells) for cells in lines if any(cells))
    several = [(count, width) for width, count in widths.items() if width > 1]
    if not several:
        return (0, 0)
    count, width = max(several)
    return (round(count / widths.total(), 1), width)
