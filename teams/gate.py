"""The gate of pages and API: unseen is 404, seen but not allowed is 403, overtaken is 409."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from rest_framework.request import Request

from teams.access import Action
from teams.models import Team, User
from web.api.problems import Conflict

AnyRequest: TypeAlias = HttpRequest | Request


def person(request: AnyRequest) -> User:
    """Who is signed in or calls; pages are behind `login_required`, the API behind its policy."""
    assert isinstance(request.user, User)
    return request.user


def sent(request: HttpRequest) -> QueryDict | None:
    """The posted data, perhaps empty; None unless the page was posted."""
    return request.POST if request.method == "POST" else None


def form_page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render a page with a form; 422 where what was posted needs another look."""
    return render(request, template, context, status=422 if request.method == "POST" else 200)


def refuse_unless(request: AnyRequest, action: Action, team_id: int) -> None:
    """403 where the person may not do `action` in the team."""
    if not person(request).reach.may(action, team_id):
        raise PermissionDenied("Your role in the team does not allow that.")


def refuse_unless_administrator(request: AnyRequest) -> None:
    """403 for everybody but administrators."""
    if not person(request).reach.is_administrator:
        raise PermissionDenied


def enter_team(request: AnyRequest, team: Team, action: Action) -> None:
    """403 where the person may not do `action` in the team; the frame shows the team."""
    request.team = team  # type: ignore[union-attr]
    refuse_unless(request, action, team.pk)


def the_team(request: AnyRequest, slug: str, action: Action) -> Team:
    """The team, if the person sees it and may do `action` in it."""
    team = get_object_or_404(Team.objects.visible_to(person(request)), slug=slug)
    enter_team(request, team, action)
    return team


@contextmanager
def or_conflict() -> Iterator[None]:
    """Two callers made the same thing at once: the second gets 409."""
    try:
        yield
    except IntegrityError as problem:
        raise Conflict("Somebody else has just made the same. Read it and try again.") from problem
