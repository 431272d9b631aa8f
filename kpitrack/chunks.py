"""Bodies sent in chunks of unknown number, which Django would take for no body at all."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

MOST = 2 * 2**20 + 1  # one more than a body may hold, so that too much is seen to be too much
CHUNK = 64 * 1024

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def measured(application: Application) -> Application:
    """The application, to which such bodies below /api/ come with their length.

    Deliveries of measurements are left alone: they are large, and read their chunks themselves.
    """

    def wrapped(told: Environ, start_response: Any) -> Iterable[bytes]:
        if is_chunked(told):
            body = taken(told["wsgi.input"])
            told = {**told, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
            del told["HTTP_TRANSFER_ENCODING"]
        return application(told, start_response)

    return wrapped


def is_chunked(told: Environ) -> bool:
    """Whether a body comes in chunks to a door that does not read them itself."""
    path = told.get("PATH_INFO", "")
    return (
        "chunked" in told.get("HTTP_TRANSFER_ENCODING", "").lower()
        and not told.get("CONTENT_LENGTH")
        and path.startswith("/api/")
        and not path.endswith("/measurements/")
    )


def taken(body: Any) -> bytes:
    """The body as far as it may go; a broken one ends with NUL, which no whole one holds."""
    found = io.BytesIO()
    try:
        while found.tell() < MOST and (chunk := body.read(min(CHUNK, MOST - found.tell()))):
            found.write(chunk)
    except Exception:  # noqa: BLE001  # each server has errors of its own for broken chunks
        found.write(b"\0")
    return found.getvalue()
