"""The gate of the REST doors: unseen is 404, seen but not allowed is 403, a collision is 409."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import IntegrityError, models
from django.http import Http404
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from indicators.models import Indicator
from teams.access import Action
from teams.models import User
from web.api.problems import Conflict

Row = TypeVar("Row", bound=models.Model)


def caller(request: Request) -> User:
    """The person who calls; the policy has let nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def named(rows: models.QuerySet[Row], **name: str) -> Row:
    """The row with this name among those that the caller may see."""
    found = rows.filter(**name).first()
    if found is None:
        raise Http404
    return found


def seen(request: Request, key: str) -> Indicator:
    """The indicator, if the caller may see it."""
    rows = Indicator.objects.visible_to(caller(request))
    return named(rows.select_related("team", "verdict", "stale_mark"), key=key)


def allowed(request: Request, indicator: Indicator, action: Action) -> Indicator:
    """The indicator, if the caller may do `action` with it."""
    refuse_unless(request, action, indicator.team_id)
    return indicator


def refuse_unless(request: Request, action: Action, team_id: int) -> None:
    """403 where the caller may not do `action` in the team."""
    if not caller(request).reach.may(action, team_id):
        raise PermissionDenied("Your role in the team does not allow that.")


@contextmanager
def or_conflict() -> Iterator[None]:
    """Two callers made the same thing at once: the second is told so."""
    try:
        yield
    except IntegrityError as problem:
        raise Conflict("Somebody else has just made the same. Read it and try again.") from problem
