"""What every request gets: an id, safe headers, readable text, and its answer."""

from __future__ import annotations

import contextvars
import logging
import re
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.middleware.common import CommonMiddleware

GetResponse = Callable[[HttpRequest], HttpResponse]

access = logging.getLogger("kpitrack.access")
current_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


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
        begin = time.perf_counter()
        try:
            response = get_response(request)
            took = 1000 * (time.perf_counter() - begin)
            path, status = request.get_full_path(), response.status_code
            access.info("%s %s %d %.0f ms", request.method, path, status, took)
        finally:
            current_request_id.reset(mark)
        response["X-Request-Id"] = made
        return response

    return middleware


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
        if names_somebody(request) or settings.SESSION_COOKIE_NAME in response.cookies:
            response.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def names_somebody(request: HttpRequest) -> bool:
    """Whether a session or a token comes with it, whatever it is worth; asks no database."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers


def readable_input(get_response: GetResponse) -> GetResponse:
    """Refuse a path or query string with NUL or half a surrogate pair, which no database stores."""

    def middleware(request: HttpRequest) -> HttpResponse:
        text = unquote(request.META.get("QUERY_STRING", "") + request.path_info, errors="replace")
        if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            return refusal(request, 400, "The address holds characters that are not text.")
        return get_response(request)

    return middleware


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
