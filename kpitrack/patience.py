"""How long the server waits for a body whose sender has fallen silent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

SILENT_SECONDS = 10.0  # between two pieces; however long all of it takes

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def patient(application: Application) -> Application:
    """The application, in which to read from a silent sender ends with an error.

    Otherwise a handful of senders that announce bodies and send none would keep every thread of
    the server. The wait for whoever reads an answer has no end, as before.
    """

    def wrapped(told: Environ, start_response: Any) -> Iterable[bytes]:
        line = told.get("gunicorn.socket")
        if line is None:
            return application(told, start_response)
        line.settimeout(SILENT_SECONDS)
        try:
            return application(told, start_response)
        finally:
            line.settimeout(None)

    return wrapped
