"""The middleware that tells times on pages by the reader's clock."""

from __future__ import annotations

from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dashboards.frame import organisation_of

GetResponse = Callable[[HttpRequest], HttpResponse]
PROGRAMS = ("/api/", "/healthz", "/readyz")


def local_time(get_response: GetResponse) -> GetResponse:
    """Show pages in the zone of the person or of the organisation; programs are answered in UTC."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_of(request)):
            return get_response(request)

    return middleware


def zone_of(request: HttpRequest) -> str | None:
    """The reader's time zone, None for programs and for who has not signed in."""
    if request.path_info.startswith(PROGRAMS):
        return None
    try:
        if request.user.is_authenticated:
            return request.user.timezone or organisation_of(request).timezone
    except (OperationalError, InterfaceError):
        pass  # the view meets it too, and answers 503
    return None
