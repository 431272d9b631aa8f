"""A file as lines of cells, whatever it is written in."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from indicators.sheets import text, workbook
from indicators.sheets.cells import Cell
from indicators.sheets.limits import MAX_BYTES, Unreadable
from indicators.sheets.reading import Form, Reading

SNIFFED_BYTES = 1024 * 1024  # by which text files larger than MAX_BYTES are judged


def opened(content: bytes | BinaryIO) -> BinaryIO:
    """The content as a file; `Unreadable` where a delivery in memory is too large, or empty."""
    if isinstance(content, bytes | bytearray | memoryview):
        if len(content) > MAX_BYTES:
            raise Unreadable(f"The file is larger than {MAX_BYTES // 2**20} MiB.")
        content = io.BytesIO(content)
    content.seek(0)
    if not content.read(1):
        raise Unreadable("The file is empty.")
    return content


def form_of(file: BinaryIO) -> Form:
    """Whether a file is a workbook or text."""
    file.seek(0)
    return "workbook" if file.read(4) == workbook.MAGIC else "text"


def lines_of(file: BinaryIO, reading: Reading) -> Iterator[Sequence[Cell]]:
    """The lines of a file as it is to be read."""
    if reading.form != form_of(file):
        raise Unreadable("The file is not what it was when it was looked at.")
    if reading.form == "text":
        yield from text.lines_of(file, encoding=reading.encoding, delimiter=reading.delimiter)
        return
    with workbook.opened(file) as book:
        yield from workbook.lines_of(book, reading.sheet)


def is_large(file: BinaryIO) -> bool:
    """Whether only the beginning of a text file is looked at."""
    return size_of(file) > MAX_BYTES


def size_of(file: BinaryIO) -> int:
    """Bytes of a file."""
    return file.seek(0, io.SEEK_END)
