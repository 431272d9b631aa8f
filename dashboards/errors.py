"""Error answers: problem+json under /api/, a page in our look elsewhere."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: seen, but not allowed."""
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: unknown, or not to be seen by this person."""
    return answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our mistake."""
    return answer(request, 500)


def answer(request: HttpRequest, status: int) -> HttpResponse:
    """The refusal in the manner of the door that was knocked at."""
    request_id = getattr(request, "request_id", "-")
    if not request.path_info.startswith("/api/"):
        return render(request, f"{status}.html", {"request_id": request_id}, status=status)
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": HTTPStatus(status).description or HTTPStatus(status).phrase,
        "request_id": request_id,
    }
    return JsonResponse(document, status=status, content_type="application/problem+json")
