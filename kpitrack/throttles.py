"""How often one caller may ask the API, where the installation sets a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from teams.models import AccessToken

if TYPE_CHECKING:
    from rest_framework.views import APIView


class CallerRate(SimpleRateThrottle):
    """At most `API_RATE` requests of one token, or of one person with a session.

    The shared cache counts them, so all web processes count together.
    """

    scope = "caller"

    def get_rate(self) -> str | None:
        """Return `API_RATE`; None is no limit and asks no cache."""
        return settings.API_RATE or None

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        """Name whose requests count together; None, for strangers, is no limit."""
        if not request.user.is_authenticated:
            return None
        if isinstance(request.auth, AccessToken):
            ident = f"token-{request.auth.pk}"
        else:
            ident = f"user-{request.user.pk}"
        return self.cache_format % {"scope": self.scope, "ident": ident}
