"""Who is calling: tokens as Bearer, Token or HTTP Basic, checked in constant time."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from teams.models import AccessToken, User
from teams.models.token import split

REALM = 'Bearer realm="KPItrack"'
USED_EVERY = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """Accepts `Bearer kpt_…`, `Token kpt_…`, and Basic with the token as user name."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        """The token's person (their reach narrowed to the token's teams) and the token."""
        key = presented_key(request)
        if key is None:
            return None
        token = find_token(key, now=timezone.now())
        if token is None:
            raise AuthenticationFailed("The token is unknown, revoked or expired.")
        user = token.user
        if limit := [team.pk for team in token.teams.all()]:
            user.limit_to(limit)
        return user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 names in `WWW-Authenticate`."""
        return REALM


def presented_key(request: HttpRequest | Request) -> str | None:
    """The token in the Authorization header, or None where none of the spellings is used."""
    kind, _, rest = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() in ("bearer", "token"):
        return rest.strip()
    if kind.lower() == "basic":
        try:
            name = base64.b64decode(rest, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError) as problem:
            raise AuthenticationFailed("The Basic credentials cannot be read.") from problem
        return name
    return None


def find_token(key: str, *, now: datetime) -> AccessToken | None:
    """The living token with this key, its use noted to the minute; None for every other key."""
    parts = split(key)
    if parts is None:
        return None
    public_id, secret = parts
    alive = AccessToken.objects.alive(now).select_related("user").prefetch_related("teams")
    token = alive.filter(public_id=public_id).first()
    if token is None or not token.matches(secret):
        return None
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
