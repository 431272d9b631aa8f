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
BLOCK = 64 * 1024
NO_TEXT = "This is neither text nor a workbook. Save the table as CSV or XLSX."
MARKED = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OTHERS = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp932", "gb18030", "euc-kr", "koi8-r")
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
    """The encoding of a text; `Unreadable` where it is none.

    Files in memory are read whole for it, larger ones as far as SNIFFED_BYTES.
    """
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
    """UTF-8, or else the likeliest of the older encodings by the lines that need one."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, telling = True, bytearray()
    file.seek(0)
    while block := file.read(BLOCK):
        if len(telling) < BLOCK and not block.isascii():
            telling += b"".join(
                line for line in block.splitlines(keepends=True) if not line.isascii()
            )
        try:
            decoder.decode(block)
        except UnicodeDecodeError:
            is_utf8 = False
        if not is_utf8 and len(telling) >= BLOCK:
            break
        if file.tell() >= MAX_BYTES:
            break
    if is_utf8 and not (file.tell() < MAX_BYTES and decoder.getstate()[0]):
        return "utf-8"
    return older_encoding(bytes(telling[:BLOCK]))


def wide_encoding(start: bytes) -> str:
    """UTF-16 without a mark, told by where the zeros are."""
    even, odd = start[:4096:2].count(0), start[1:4096:2].count(0)
    half = len(start[:4096]) / 2
    if odd > 0.4 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.1 * half:
        return "utf-16-be"
    raise Unreadable(NO_TEXT)


def older_encoding(telling: bytes) -> str:
    """The likeliest of the older encodings; Windows-1252 where nothing speaks against it."""
    if looks_western(telling):
        return "cp1252"
    from charset_normalizer import from_bytes

    found = from_bytes(telling, cp_isolation=list(OTHERS), enable_fallback=False).best()
    name = found.encoding if found else "cp1252"
    return next(
        (ours for ours in ENCODINGS if codecs.lookup(ours) == codecs.lookup(name)), "cp1252"
    )


def looks_western(telling: bytes) -> bool:
    """Whether single accented letters stand among plain ones, as in Western Europe."""
    try:
        text = telling.decode("cp1252")
    except UnicodeDecodeError:
        return False
    high = [letter for letter in text if letter > "\x7f"]
    plain = sum(letter.isascii() and letter.isalpha() for letter in text)
    usual = set("äöüßÄÖÜåÅæøÆØéèêëÉÈàâáÀÁçÇñÑíìîïóòôõúùûãÃÓÍÚÊÔ€£°§²³½µ×·…•–—’‘‚“”„«»‹›\u00a0")
    return all(letter in usual for letter in high) and plain >= len(high)


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


def lines_of(file: BinaryIO, *, encoding: str, delimiter: str) -> Iterator[list[str]]:
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
                    yield trimmed(cells, number)
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


def trimmed(cells: list[str], number: int) -> list[str]:
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
        lines.extend(islice(lines_of(file, encoding=encoding, delimiter=delimiter), SNIFFED_LINES))
    except Unreadable:
        lines = lines[:-1]
    widths = Counter(len(cells) for cells in lines if any(cells))
    several = [(count, width) for width, count in widths.items() if width > 1]
    if not several:
        return (0, 0)
    count, width = max(several)
    return (round(count / widths.total(), 1), width)
