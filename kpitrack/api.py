"""Manners of the whole API: problem+json, strict JSON, cursors, declared policies, request ids."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import CursorPagination as BaseCursorPagination
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.mediatypes import media_type_matches

from teams.access import Scope
from teams.models import AccessToken
from web.api.problems import TooLarge, Unprocessable
from web.api.queries import bad_option, option_text, refuse_unknown_options

if TYPE_CHECKING:
    from rest_framework.views import APIView

MAX_DEPTH = 20
MAX_BODY = 2 * 2**20  # of a definition, a target, a comment; deliveries have a limit of their own
PROBLEM = "application/problem+json"


class DeclaredPolicy(BasePermission):
    """Deny by default: a view says which scopes it needs, in `read_scope` and `write_scope`.

    Sessions carry every scope of the person; tokens only their own. What a view does not declare
    in `parameters` may not be asked for either.
    """

    message: str

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the caller is somebody and the token carries what the view needs.

        A method that the view does not have needs nothing: it is answered 405.
        """
        method = request.method or ""
        if request.user.is_authenticated and not hasattr(view, method.lower()):
            return True
        reading = method in ("GET", "HEAD", "OPTIONS")
        needed = getattr(view, "read_scope" if reading else "write_scope", None)
        if needed is None or not request.user.is_authenticated:
            return False
        token = request.auth
        if isinstance(token, AccessToken) and not token.allows(Scope(needed)):
            self.message = f"The token needs the scope {needed}."
            return False
        refuse_unknown_options(request, view)
        return True


class StrictJSONParser(BaseParser):
    """JSON as RFC 8259 has it: no NaN, no field twice, every digit, text that can be stored."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The parsed body; `ParseError` says what is wrong with it, `TooLarge` how much may be.

        `UnsupportedMediaType` where it is packed: only deliveries are large enough to be.
        """
        packing = (parser_context or {})["request"].META.get("HTTP_CONTENT_ENCODING", "identity")
        if packing.strip().lower() not in ("", "identity"):
            raise exceptions.UnsupportedMediaType(packing, "Bodies are not packed here.")
        body = stream.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise TooLarge(f"A body holds at most {MAX_BODY // 2**20} MiB here.")
        try:
            text = body.decode("utf-8")  # alone: json would take UTF-16 as well
            parsed = DECODER.decode(text)
        except (ValueError, RecursionError) as problem:
            raise exceptions.ParseError(f"The body is not valid JSON: {problem}") from problem
        check_storable(parsed)
        return parsed


def all_digits(text: str) -> Decimal:
    """A number with a point or an exponent, which a double would round."""
    try:
        number = Decimal(text)
    except ArithmeticError as problem:
        raise ValueError("a number has an exponent beyond all use") from problem
    if not math.isfinite(float(number)):
        raise ValueError("a number is too large")
    return number


def refuse_constant(word: str) -> NoReturn:
    """NaN and the infinities are not JSON."""
    raise ValueError(f"{word} is not a JSON number")


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; where a field is there twice, one of the two would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field is there twice")
    return found


DECODER = json.JSONDecoder(
    parse_float=all_digits, parse_constant=refuse_constant, object_pairs_hook=each_once
)


def check_storable(value: Any, depth: int = 0) -> None:
    """Refuse NUL, half surrogate pairs and nesting deeper than 20."""
    if depth > MAX_DEPTH:
        raise exceptions.ParseError(f"The body is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str) and not is_storable(value):
        raise exceptions.ParseError("The body holds characters that are not text.")
    if isinstance(value, Mapping):
        for key, part in value.items():
            check_storable(key, depth + 1)
            check_storable(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            check_storable(part, depth + 1)


def is_storable(text: str) -> bool:
    """Whether PostgreSQL stores it: no NUL and no lone surrogate."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


class Negotiation(DefaultContentNegotiation):
    """What is served to whom: by `Accept` with its qualities, or in a link by `?format=`."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """The one that the caller likes best; 406 where it likes none."""
        known = list(renderers)
        if named := option_text(request, "format"):
            known = self.filter_renderers(known, named)
        liked = wanted(request.META.get("HTTP_ACCEPT", ""))
        refused_kinds = [kind for kind, quality in liked if not quality]
        for kind, quality in liked:
            for renderer in known:
                served = renderer.media_type or ""
                if quality and media_type_matches(served, kind) and served not in refused_kinds:
                    return renderer, served
        raise exceptions.NotAcceptable(available_renderers=known)

    def filter_renderers(
        self,
        renderers: Iterable[BaseRenderer],
        format: str,  # noqa: A002  # DRF's name
    ) -> list[BaseRenderer]:
        """Those of the format; 406 where there are none, because the address does exist."""
        try:
            return super().filter_renderers(renderers, format)
        except Http404 as problem:
            raise exceptions.NotAcceptable(
                f"“format” is one of {', '.join(known.format or '' for known in renderers)}."
            ) from problem


def wanted(accept: str) -> list[tuple[str, float]]:
    """The media types of an `Accept` header with their qualities, the best first.

    >>> wanted("text/csv;q=0.5, application/json"), wanted("")
    ([('application/json', 1.0), ('text/csv', 0.5)], [('*/*', 1.0)])
    """
    found = []
    for part in (accept.strip() or "*/*").split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        given = [piece[2:] for piece in parameters if piece.lower().startswith("q=")]
        found.append((kind, quality_of(given[0]) if given else 1.0))
    return sorted(found, key=lambda one: (-one[1], one[0].count("*")))


def quality_of(text: str) -> float:
    """A quality from 0 to 1; what is none counts as 1, as if nothing had been said."""
    return float(text) if re.fullmatch(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?", text) else 1.0


class CursorPagination(BaseCursorPagination):
    """`{"next", "previous", "results"}`, 100 a page, up to 1,000 on request."""

    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"
    ordering = "pk"

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """The rows of one page; 422 for a cursor that is none, or that no column can hold."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError, exceptions.NotFound) as problem:
            raise bad_option("cursor", "The cursor is not from a link of ours.") from problem

    def get_page_size(self, request: Request) -> int:
        """How many rows are asked for, as far as a page goes; 422 where it is no number."""
        given = option_text(request, "page_size") or str(self.page_size)
        if not (given.isascii() and given.isdecimal()) or not int(given[:9]):
            raise bad_option("page_size", "It is a number from 1.")
        return min(int(given[:9]), self.max_page_size)


def problem_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """Every refusal as `application/problem+json` (RFC 9457)."""
    if isinstance(exc, ValidationError):
        exc = Unprocessable(list(django_errors(exc)))
    elif isinstance(exc, exceptions.ValidationError):
        exc = Unprocessable(list(drf_errors(exc.get_full_details())))
    elif isinstance(exc, Http404):
        exc = exceptions.NotFound("There is nothing here that you may see.")
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(*exc.args)
    # Views read this module's policies while they are loaded, so they cannot be loaded first.
    from rest_framework.views import exception_handler

    response = exception_handler(exc, dict(context))
    if response is None or not isinstance(exc, exceptions.APIException):
        return response
    response.data = problem_of(exc, response.status_code, context["request"])
    response.content_type = PROBLEM
    return response


def problem_of(exc: exceptions.APIException, status: int, request: Request) -> dict[str, Any]:
    """The document of one refusal."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(exc.detail),
        "request_id": getattr(request, "request_id", "-"),
    }
    if isinstance(exc, Unprocessable):
        document["errors"] = exc.errors
    return document


def django_errors(exc: ValidationError) -> Iterator[dict[str, Any]]:
    """One error a message of a model's or form's validation."""
    if not hasattr(exc, "error_dict"):
        for one in exc.error_list:
            yield error(field=None, code=one.code or "invalid", detail=" ".join(one.messages))
        return
    for field, found in exc.error_dict.items():
        for one in found:
            name = None if field == "__all__" else field
            yield error(field=name, code=one.code or "invalid", detail=" ".join(one.messages))


def drf_errors(details: Any, field: str | None = None, index: int = 0) -> Iterator[dict[str, Any]]:
    """Flatten DRF's nested details; list positions become row indices."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        yield error(field=field, code=details["code"], detail=details["message"], index=index)
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            below = field if name == "non_field_errors" else f"{field}.{name}" if field else name
            yield from drf_errors(inner, below, index)
    elif isinstance(details, list):
        for place, inner in enumerate(details):
            leaf = isinstance(inner, Mapping) and set(inner) == {"message", "code"}
            yield from drf_errors(inner, field, index if leaf else place)


def error(*, field: str | None, code: str, detail: str, index: int = 0) -> dict[str, Any]:
    """One problem of one row; `index` counts rows from 0."""
    return {"index": index, "field": field, "code": code, "detail": str(detail)}
