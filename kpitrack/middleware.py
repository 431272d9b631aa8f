"""What every request gets: an id, safe headers, readable text, its answer, or a plain 503."""

from __future__ import annotations

import contextvars
import logging
import re
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.middleware.common import CommonMiddleware

GetResponse = Callable[[HttpRequest], HttpResponse]

current_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


CHUNK = 64 * 1024
DRAINED_BYTES, DRAINED_SECONDS = 64 * 2**20, 10.0


class RequestIdFilter(logging.Filter):
    """Puts the request's id on every log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id.get()
        return True


def request_id(get_response: GetResponse) -> GetResponse:
    """Take the caller's `X-Request-Id` where it is well formed, else make one; send it back."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        made = given if GIVEN_ID.fullmatch(given) else secrets.token_hex(12)
        request.request_id = made  # type: ignore[attr-defined]
        mark = current_request_id.set(made)
        try:
            response = get_response(request)
        finally:
            current_request_id.reset(mark)
        response["X-Request-Id"] = made
        return response

    return middleware


def drained(get_response: GetResponse) -> GetResponse:
    """Read what is left of a refused body, so that its sender gets to see why it was refused.

    A server that closes while somebody still sends cuts the line, and the answer is lost with it.
    For strangers it does not wait: they could keep all threads of the server busy.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_refused = response.status_code >= HTTPStatus.MULTIPLE_CHOICES
        if is_refused and request.method != "GET" and is_known(request):
            drain(request)
        return response

    return middleware


def is_known(request: HttpRequest) -> bool:
    """Whether somebody signed in or with a token asks."""
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated


def drain(request: HttpRequest) -> None:
    """Read up to 64 MiB for up to ten seconds; whoever sends more or slower is cut off."""
    ends_itself = request.META.get("wsgi.input_terminated")
    body: Any = request.META["wsgi.input"] if ends_itself else request
    left, until = DRAINED_BYTES, time.monotonic() + DRAINED_SECONDS
    try:
        while left > 0 and time.monotonic() < until and (chunk := body.read(CHUNK)):
            left -= len(chunk)
    except Exception:  # noqa: BLE001  # each server has errors of its own for a broken body
        logging.getLogger("kpitrack").info("the rest of a refused body could not be read")


class SameAgain(HttpResponsePermanentRedirect):
    """308: the same method with the same body, where 301 makes a GET of what was to be stored."""

    def __init__(self, to: str) -> None:
        super().__init__(to, preserve_request=True)
        del self["Content-Type"]  # there is no body


class Slashes(CommonMiddleware):
    """Django's own, which appends a missing slash; nothing that is sent gets lost by it."""

    response_redirect_class = SameAgain


def headers(get_response: GetResponse) -> GetResponse:
    """Switch off device features, and keep personal pages out of shared caches."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if is_known(request):
            response.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def readable_input(get_response: GetResponse) -> GetResponse:
    """Refuse a path or query string with NUL or half a surrogate pair, which no database stores."""

    def middleware(request: HttpRequest) -> HttpResponse:
        text = unquote(request.META.get("QUERY_STRING", "") + request.path_info, errors="replace")
        if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            return refusal(request, 400, "The address holds characters that are not text.")
        return get_response(request)

    return middleware


def available(get_response: GetResponse) -> GetResponse:
    """Answer 503 with `Retry-After` while the database cannot be reached."""

    class Middleware:
        def __call__(self, request: HttpRequest) -> HttpResponse:
            return get_response(request)

        def process_exception(
            self, request: HttpRequest, problem: Exception
        ) -> HttpResponse | None:
            if not isinstance(problem, (OperationalError, InterfaceError)):
                return None
            logging.getLogger("kpitrack").warning("database unavailable: %s", problem)
            answer = refusal(request, 503, "The database cannot be reached. Try again shortly.")
            answer["Retry-After"] = "5"
            return answer

    return Middleware()


def refusal(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """A plain refusal in the manner of the door: problem+json under /api/, a page elsewhere."""
    if request.path_info.startswith("/api/"):
        return JsonResponse(
            {
                "type": "about:blank",
                "title": HTTPStatus(status).phrase,
                "status": status,
                "detail": detail,
                "request_id": getattr(request, "request_id", "-"),
            },
            status=status,
            content_type="application/problem+json",
        )
    return HttpResponse(f"{detail}\n", status=status, content_type="text/plain; charset=utf-8")
