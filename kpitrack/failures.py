"""What goes wrong while a request is answered: an outage of the database is 503, the rest 500.

Every error that nobody caught comes here, whether a view or a middleware raised it; so the answer
must not ask the database for anything.
"""

from __future__ import annotations

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from dashboards.errors import error_response

RETRY_AFTER = "5"  # seconds
# SQLSTATEs of a server that is down, starting, stopping or has no connection left
OUTAGES = ("08", "57P", "53300")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for the exception that is being handled (a `handler500` of Django)."""
    problem = sys.exc_info()[1]
    is_program = request.path_info.startswith("/api/")
    if not (is_outage(problem) or (is_program and isinstance(problem, OperationalError))):
        return error_response(request, status=500)
    response = error_response(request, status=503)
    response["Retry-After"] = RETRY_AFTER
    return response


def is_outage(problem: BaseException | None) -> bool:
    """Say whether the database cannot be reached, rather than refused what it was asked.

    Deadlocks, timeouts and a full disk have an SQLSTATE of their own; a lost connection has none.
    """
    if isinstance(problem, InterfaceError):
        return "connection" in str(problem)
    if not isinstance(problem, OperationalError):
        return False
    state = getattr(problem.__cause__, "pgcode", None)
    return state is None or state.startswith(OUTAGES)


class OutagesInOneLine(logging.Filter):
    """Drops the traces of outages, of which every request would leave one in the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        problem = record.exc_info[1] if record.exc_info else None
        if is_outage(problem):
            reason = str(problem).partition("\n")[0]
            record.msg = f"{record.getMessage()} (database unavailable: {reason})"
            record.args = ()
            record.exc_info = record.exc_text = None
        return True
