"""Error answers: problem+json under /api/, a page in our look elsewhere."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

DETAILS = {503: "The database cannot be reached or is too busy. Try again shortly."}


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return error_response(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: seen, but not allowed."""
    return error_response(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: unknown, or not to be seen by this person."""
    return error_response(request, 404)


def error_response(request: HttpRequest, status: int) -> HttpResponse:
    """The refusal in the manner of the door that was knocked at."""
    request_id = getattr(request, "request_id", "-")
    if not request.path_info.startswith("/api/"):
        context = {"request_id": request_id, "request": request}
        # What failed may be what the frame of pages needs.
        page = render_to_string(f"{status}.html", context, None if status >= 500 else request)
        return HttpResponse(page, status=status)
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": DETAILS.get(status)
        or HTTPStatus(status).description
        or HTTPStatus(status).phrase,
        "request_id": request_id,
    }
    return JsonResponse(document, status=status, content_type="application/problem+json")
