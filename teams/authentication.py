"""Who is calling: tokens as Bearer, Token or HTTP Basic, checked in constant time."""

from __future__ import annotations

import base64
import binascii
import copy
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from teams.models import AccessToken, Team, User, memory
from teams.models.token import hash_secret, split_key

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
            raise AuthenticationFailed(
                "The token is unknown, revoked or expired, or its teams no longer exist."
            )
        return copy.copy(token.user), token

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 names in `WWW-Authenticate`."""
        return REALM


def presented_key(request: HttpRequest | Request) -> str | None:
    """The token in the Authorization header, or None where none of the spellings is used."""
    header: str = request.META.get("HTTP_AUTHORIZATION", "")
    kind, _, rest = header.partition(" ")
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
    """The living token with this key, its use noted to the minute; None for every other key.

    A token that was found is remembered for seconds by the hash of its key.
    """
    parts = split_key(key)
    if parts is None:
        return None
    name = f"token {hash_secret(key)}"
    known: AccessToken | None = memory.recall(name)
    if known is not None and known.is_alive(now):
        return known
    token = read_token(*parts, now=now)
    if token is not None:
        note_use(token, now=now)
        memory.remember(name, token)
    return token


def read_token(public_id: str, secret: str, *, now: datetime) -> AccessToken | None:
    """The living token from the database, with its person and their narrowed reach."""
    alive = AccessToken.objects.alive(now).select_related("user").prefetch_related("teams")
    token = alive.filter(public_id=public_id).first()
    if token is None or not token.matches(secret) or token.has_lost_its_teams:
        return None
    _ = token.user.reach
    if token.is_limited:
        token.user.limit_to(with_those_below(list(token.teams.all())))
    return token


def with_those_below(teams: list[Team]) -> list[int]:
    """The teams and all under them: a token for a department works in its teams."""
    under = reduce(or_, (Q(path__startswith=team.path) for team in teams))
    return list(Team.objects.filter(under).values_list("pk", flat=True))


def note_use(token: AccessToken, *, now: datetime) -> None:
    """Keep when the token was used last, to the minute."""
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
