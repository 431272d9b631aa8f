"""Bodies of deliveries: read and unpacked within limits, then given to their format's reader."""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, ClassVar, Protocol

from django.conf import settings
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from measurements.formats import (
    MAX_BYTES,
    TooManyRows,
    Unreadable,
    csv_rows,
    json_rows,
    ndjson_rows,
)
from measurements.row import Row
from web.api.problems import Busy, TooLarge

CHUNK = 64 * 1024
IN_MEMORY = 1024 * 1024
LARGE = threading.Lock()
# one large delivery at work and some that wait: half of the threads, the others stay free
LINE = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))
LONGEST_WAIT = 30.0  # seconds
TOO_MANY_BYTES = f"A request holds at most {MAX_BYTES // 1024 // 1024} MiB after decompression."


class Stream(Protocol):
    """What bytes can be read from."""

    def read(self, size: int, /) -> bytes: ...


@contextmanager
def in_turn() -> Iterator[None]:
    """Work on a large delivery alone; the line is short, so that others find a free thread.

    Whoever holds the turn may have to wait for rows that others have locked, or for the disk.
    """
    if not LINE.acquire(blocking=False):
        raise Busy
    try:
        if not LARGE.acquire(timeout=LONGEST_WAIT):
            raise Busy
        try:
            yield
        finally:
            LARGE.release()
    finally:
        LINE.release()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A body within the limits, plain, on disk where it is large; its rows are not read yet."""

    body: SpooledTemporaryFile[bytes]
    size: int
    read_rows: Callable[..., list[Row]]
    key: str | None

    @contextmanager
    def opened(self) -> Iterator[list[Row]]:
        """The rows, for as long as they are worked on; 400 and 413 for what cannot be read.

        Large deliveries take turns, so that many at once take no more memory than one; `Busy`
        where too many wait already.
        """
        with self.body, in_turn() if self.size > IN_MEMORY else nullcontext():
            yield self._rows()

    def _rows(self) -> list[Row]:
        self.body.seek(0)
        try:
            return self.read_rows(self.body.read(), key=self.key)
        except Unreadable as problem:
            raise ParseError(str(problem)) from problem
        except TooManyRows as problem:
            raise TooLarge(str(problem)) from problem

    def digest(self, request: Request) -> str:
        """What makes a request the same one when it is sent again: its address and its body."""
        address = f"{request.method} {request.get_full_path()} {request.content_type}\n"
        found = hashlib.sha256(address.encode())
        self.body.seek(0)
        while chunk := self.body.read(CHUNK):
            found.update(chunk)
        return found.hexdigest()


class DeliveryParser(BaseParser):
    """Takes a body in, plain or gzipped, of at most 16 MiB."""

    read_rows: ClassVar[Callable[..., list[Row]]]

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The `Delivery`; 400 for what cannot be unpacked, 413 for too much of it."""
        context = parser_context or {}
        refuse_other_charsets(media_type or "")
        body, size = body_of(context["request"], stream)
        return Delivery(body, size, type(self).read_rows, context["kwargs"].get("key"))


class JSONParser(DeliveryParser):
    """A list, `{"measurements": […]}` or one object."""

    media_type = "application/json"
    read_rows = json_rows.read


class NDJSONParser(DeliveryParser):
    """One object a line."""

    media_type = "application/x-ndjson"
    read_rows = ndjson_rows.read


class CSVParser(DeliveryParser):
    """A header line and a line for each measurement."""

    media_type = "text/csv"
    read_rows = csv_rows.read


def delivery_of(request: Request) -> Delivery:
    """The delivery in a request; 400 where there is none."""
    data: Any = request.data
    if not isinstance(data, Delivery):
        raise ParseError("The body is empty.")
    return data


def body_of(request: Request, stream: Stream) -> tuple[SpooledTemporaryFile[bytes], int]:
    """All of the body, unpacked, and its size; 413 as soon as it is too much, 415 for packings."""
    packing = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise UnsupportedMediaType(packing, detail="Content-Encoding may be gzip.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > MAX_BYTES:
        raise TooLarge(TOO_MANY_BYTES)
    chunks = chunks_of(stream)
    return spooled(unpacked(chunks) if "gzip" in packing else chunks)


def chunks_of(stream: Stream) -> Iterator[bytes]:
    """The body piece by piece."""
    while chunk := stream.read(CHUNK):
        yield chunk


def unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The body unpacked piece by piece, so that a small one cannot grow without being seen."""
    member = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                if member.eof:  # a further gzip member follows
                    member = zlib.decompressobj(wbits=31)
                yield member.decompress(rest, CHUNK)
                rest = member.unconsumed_tail or member.unused_data
    except zlib.error as problem:
        raise ParseError("The body is not valid gzip.") from problem
    if not member.eof:
        raise ParseError("The gzip body ended too early.")


def spooled(chunks: Iterator[bytes]) -> tuple[SpooledTemporaryFile[bytes], int]:
    """The chunks put together, and their size; on disk when they are many. `opened` closes it."""
    body = SpooledTemporaryFile[bytes](max_size=IN_MEMORY)
    try:
        for chunk in limited(chunks):
            body.write(chunk)
    except BaseException:
        body.close()
        raise
    return body, body.tell()


def limited(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks as long as they are not too much together."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BYTES:
            raise TooLarge(TOO_MANY_BYTES)
        yield chunk


def refuse_other_charsets(media_type: str) -> None:
    """Bodies are UTF-8; another `charset` is a media type that is not understood."""
    for parameter in media_type.split(";")[1:]:
        name, _, value = parameter.strip().lower().partition("=")
        if name == "charset" and value.strip('"') not in ("utf-8", "utf8", "us-ascii"):
            raise UnsupportedMediaType(media_type)
