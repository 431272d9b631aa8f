"""Answer errors: problem+json under /api/, a page in our look elsewhere."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

UNREACHABLE = "The database cannot be reached or is too busy. Try again shortly."


def error_response(
    request: HttpRequest, exception: Exception | None = None, *, status: int
) -> HttpResponse:
    """Refuse in the manner of what was asked: problem+json under /api/, else a page in our look."""
    request_id = getattr(request, "request_id", "-")
    if not request.path_info.startswith("/api/"):
        context = {"request_id": request_id, "request": request}
        # What failed may be what the frame of pages needs.
        page = render_to_string(f"{status}.html", context, None if status >= 500 else request)
        return HttpResponse(page, status=status)
    known = HTTPStatus(status)
    detail = UNREACHABLE if status == 503 else known.description or known.phrase
    document = {
        "type": "about:blank",
        "title": known.phrase,
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }
    return JsonResponse(document, status=status, content_type="application/problem+json")


bad_request = partial(error_response, status=400)
forbidden = partial(error_response, status=403)
not_found = partial(error_response, status=404)
