"""The gate of the pages: unseen is 404, seen but not allowed is 403; where pages lead."""

from __future__ import annotations

from typing import TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect

from indicators.models import Indicator
from teams.access import Action
from teams.models import Team, User

Row = TypeVar("Row", bound=models.Model)


def person(request: HttpRequest) -> User:
    """The signed-in person; pages are behind `login_required`."""
    assert isinstance(request.user, User)
    return request.user


def sent(request: HttpRequest) -> QueryDict | None:
    """What was posted, perhaps nothing at all; None where nobody posted."""
    return request.POST if request.method == "POST" else None


def allowed(request: HttpRequest, team: Team, action: Action) -> None:
    """403 where the person may not do `action` in the team; the frame shows the team."""
    request.team = team  # type: ignore[attr-defined]
    if not person(request).reach.may(action, team.pk):
        raise PermissionDenied


def the_indicator(request: HttpRequest, key: str, action: Action) -> Indicator:
    """The indicator, if the person sees it and may do `action` with it."""
    rows = Indicator.objects.visible_to(person(request)).select_related(
        "team", "owner", "verdict", "objective"
    )
    indicator = get_object_or_404(rows, key=key)
    allowed(request, indicator.team, action)
    return indicator


def the_team(request: HttpRequest, slug: str, action: Action) -> Team:
    """The team, if the person sees it and may do `action` in it."""
    team = get_object_or_404(Team.objects.visible_to(person(request)), slug=slug)
    allowed(request, team, action)
    return team


def done(request: HttpRequest, indicator: Indicator, words: str) -> HttpResponse:
    """Back to the indicator, saying what happened."""
    messages.success(request, words)
    return redirect("indicator_detail", indicator.key)
