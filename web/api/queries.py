"""The query string of a request: what it says of a name, and the refusal of what it cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from web.api.problems import Unprocessable

PAGING = ("cursor", "page_size")
MOST_NAMED = 20  # unknown options in one refusal


def option_text(request: Request, name: str, usual: str = "") -> str:
    """What is said of `name`, once: of two answers one would be left unheard."""
    given = request.query_params.getlist(name) or [usual]
    if len(given) > 1:
        raise bad_option(name, "It is there more than once.")
    return given[0]


def option_word(request: Request, name: str, allowed: Sequence[str]) -> str:
    """One of the words that are allowed, or "" where none is said; 422 for any other."""
    given = option_text(request, name)
    if given and given not in allowed:
        raise bad_option(name, f"It is one of {', '.join(allowed)}.")
    return given


def declared(view: Any, method: str) -> Sequence[OpenApiParameter]:
    """The parameters that a view declares for a method, in `parameters`, besides its path."""
    found: Mapping[str, Sequence[OpenApiParameter]] = getattr(view, "parameters", {})
    return found.get(method, ())


def options_of(view: Any, method: str) -> list[str]:
    """The options of the query string that a view takes; lists take those that turn pages too."""
    reading = "GET" if method == "HEAD" else method
    query = [one.name for one in declared(view, reading) if one.location == OpenApiParameter.QUERY]
    is_list = reading == "GET" and getattr(view, "pagination_class", None) is not None
    return sorted([*query, *PAGING] if is_list else query)


def refuse_unknown_options(request: Request, view: Any) -> None:
    """422 for options that the view does not take: unheard, `?dryrun=true` would store."""
    allowed = options_of(view, request.method or "")
    named = f"There is no such option. Those of this address: {', '.join(allowed) or 'none'}."
    unknown = [name for name in request.query_params if name not in allowed]
    if unknown:
        raise Unprocessable(
            [
                {"index": 0, "field": name[:80], "code": "unknown", "detail": named}
                for name in unknown[:MOST_NAMED]
            ]
        )


def bad_option(field: str, detail: str, code: str = "invalid") -> Unprocessable:
    """The refusal of one name of the query string, or of a header."""
    return Unprocessable([{"index": 0, "field": field, "code": code, "detail": detail}])
