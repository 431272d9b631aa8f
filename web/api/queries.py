"""The query string of a request: what it says of a name, and the refusal of what it cannot say."""

from __future__ import annotations

from collections.abc import Sequence

from rest_framework.request import Request

from web.api.problems import Unprocessable


def chosen(request: Request, name: str, usual: str = "") -> str:
    """What is said of `name`, once: of two answers one would be left unheard."""
    given = request.query_params.getlist(name) or [usual]
    if len(given) > 1:
        raise refused(name, "It is there more than once.")
    return given[0]


def word(request: Request, name: str, allowed: Sequence[str]) -> str:
    """One of the words that are allowed, or "" where none is said; 422 for any other."""
    given = chosen(request, name)
    if given and given not in allowed:
        raise refused(name, f"It is one of {', '.join(allowed)}.")
    return given


def refused(field: str, detail: str, code: str = "invalid") -> Unprocessable:
    """The refusal of one name of the query string, or of a header."""
    return Unprocessable([{"index": 0, "field": field, "code": code, "detail": detail}])
