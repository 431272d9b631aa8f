"""A file as lines of cells, whatever it is written in."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from measurements.files import text, workbook
from measurements.files.limits import MAX_BYTES, Unreadable
from measurements.files.opendocument import Document
from measurements.files.reading import Form, Reading
from web.cells import Cell

SNIFFED_BYTES = 1024 * 1024  # by which text files larger than MAX_BYTES are judged


@dataclass(frozen=True, slots=True)
class Source:
    """An open file; `book` is its workbook, where it is one."""

    file: BinaryIO
    form: Form
    book: workbook.Book | Document | None = None

    def lines(self, reading: Reading) -> Iterator[Sequence[Cell]]:
        """The lines from the first one on, as they are to be read."""
        if reading.form != self.form:
            raise Unreadable("The file is not what it was when it was looked at.")
        if self.book is not None:
            return self.book.lines(reading.sheet)
        return text.lines_of(self.file, encoding=reading.encoding, delimiter=reading.delimiter)

    @property
    def is_large(self) -> bool:
        """Whether only the beginning of the file is looked at."""
        return self.form == "text" and self.file.seek(0, io.SEEK_END) > MAX_BYTES


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


@contextmanager
def opened(file: BinaryIO) -> Iterator[Source]:
    """The file, told apart by its first bytes and opened once."""
    file.seek(0)
    with ExitStack() as stack:
        if file.read(4) == workbook.MAGIC:
            yield Source(file, "workbook", stack.enter_context(workbook.opened(file)))
        else:
            yield Source(file, "text")
