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

    def wrapped(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if is_chunked(environ):
            body = taken(environ["wsgi.input"])
            environ = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
            del environ["HTTP_TRANSFER_ENCODING"]
        return application(environ, start_response)

    return wrapped


def is_chunked(environ: Environ) -> bool:
    """Whether a body comes in chunks to a door that does not read them itself."""
    path = environ.get("PATH_INFO", "")
    return (
        "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        and not environ.get("CONTENT_LENGTH")
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
