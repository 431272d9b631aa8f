"""The gate of indicators, for pages and API; and where their pages lead."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from indicators.models import Indicator
from teams.access import Action
from teams.gate import AnyRequest, enter_team, person


def the_indicator(request: AnyRequest, key: str, action: Action = Action.SEE) -> Indicator:
    """The indicator, if the person sees it and may do `action` with it."""
    rows = Indicator.objects.visible_to(person(request)).select_related(
        "team", "owner", "verdict", "objective", "stale_mark"
    )
    indicator = get_object_or_404(rows, key=key)
    if action is not Action.SEE:  # a shared one is seen without seeing its team
        enter_team(request, indicator.team, action)
    return indicator


def done(request: HttpRequest, indicator: Indicator, words: str) -> HttpResponse:
    """Back to the indicator, saying what happened."""
    messages.success(request, words)
    return redirect("indicator_detail", indicator.key)
