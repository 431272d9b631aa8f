"""The list of a team's indicators, the company overview, and the scorecard."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards import first_steps
from dashboards.frame import organisation_of, team_or_404
from dashboards.links import team_files
from dashboards.listing import ListQuery, build_listing
from dashboards.overview import build_overview
from dashboards.scorecard import build_scorecard
from dashboards.views.board import board_links
from teams.access import Action
from teams.models import User
from web.links import address


@login_required
@require_safe
def team_indicators(request: HttpRequest, slug: str) -> HttpResponse:
    """All indicators of a team: searched, filtered, sorted."""
    assert isinstance(request.user, User)
    team = team_or_404(request, request.user, slug)
    listing = build_listing(
        team,
        request.user,
        ListQuery.of(request.GET),
        now=timezone.now(),
        organisation=organisation_of(request),
    )
    context = {
        "listing": listing,
        "team": team,
        "links": board_links(team),
        "files": team_files(team),
    }
    return render(request, "dashboards/team_indicators.html", context)


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Every team's KVI side by side."""
    assert isinstance(request.user, User)
    organisation = organisation_of(request)
    found = build_overview(request.user, now=timezone.now(), organisation=organisation)
    context = {
        "overview": found,
        "objectives_url": address("objective_list"),
        "first_steps": first_steps.installation_first_steps(
            request.user, organisation, teams=found.teams
        ),
        "may_found": may_found(request.user),
    }
    return render(request, "dashboards/overview.html", context)


@login_required
@require_safe
def scorecard(request: HttpRequest) -> HttpResponse:
    """Objectives by perspective with what serves them."""
    assert isinstance(request.user, User)
    organisation = organisation_of(request)
    found = build_scorecard(request.user, now=timezone.now(), organisation=organisation)
    context = {
        "scorecard": found,
        "organisation": organisation,
        "objectives_url": address("objective_list"),
    }
    return render(request, "dashboards/scorecard.html", context)


def may_found(user: User) -> bool:
    """Whether this person may make a team somewhere."""
    return user.reach.is_administrator or bool(user.reach.teams_for(Action.MANAGE))
