"""How often one caller may ask the API, where the installation sets a limit: counted in Redis."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from teams.models import AccessToken
from web import wake

if TYPE_CHECKING:
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

PREFIX = "kpitrack:rate:"


class CallerRate(SimpleRateThrottle):
    """At most `API_RATE` requests of one token, or of one person with a session.

    All web processes count together. Requests beyond the limit do not prolong the wait, and a
    Redis that cannot be reached limits nobody.
    """

    scope = "caller"
    num_requests: int | None
    duration: int | None

    def get_rate(self) -> str | None:
        """As `API_RATE` says; None is no limit, and asks no server."""
        return settings.API_RATE or None

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether this request is within the limit; it is counted."""
        self.left: float | None = None
        if self.num_requests is None or self.duration is None or not request.user.is_authenticated:
            return True
        try:
            count, self.left = counted(caller_of(request), seconds=self.duration)
        except redis.RedisError as problem:
            logger.warning("requests are not counted: %s", problem)
            return True
        return count <= self.num_requests

    def wait(self) -> float | None:
        """Seconds until this caller may ask again."""
        return self.left


def caller_of(request: Request) -> str:
    """Whose requests are counted together."""
    if isinstance(request.auth, AccessToken):
        return f"token:{request.auth.pk}"
    return f"user:{request.user.pk}"


def counted(caller: str, *, seconds: int) -> tuple[int, float]:
    """The number of this request since the caller's first of the span, and its seconds left."""
    name = f"{PREFIX}{caller}:{seconds}"
    asked = wake.server().pipeline()
    asked.set(name, 0, ex=seconds, nx=True)
    asked.incr(name)
    asked.pttl(name)
    _, count, left = asked.execute()
    return count, math.ceil(max(left, 1) / 1000)
