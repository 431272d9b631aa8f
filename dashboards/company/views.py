"""Show the list of a team's indicators, the company overview, the scorecard, and search."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.board import first_steps
from dashboards.board.views import board_links
from dashboards.company.listing import ListQuery, build_listing
from dashboards.company.overview import build_overview, build_scorecard
from dashboards.company.searching import MORE, MOST, create_address, find_anything
from dashboards.frame import file_links, organisation_of, team_or_404
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
        "files": file_links("team", team.slug),
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
            request.user, organisation, teams=found["teams"]
        ),
        "may_found": bool(
            request.user.reach.is_administrator or request.user.reach.teams_for(Action.MANAGE)
        ),
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


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What is called like the question, among what this person may see."""
    assert isinstance(request.user, User)
    question = request.GET.get("q", "").strip()[:80]
    is_palette = request.headers.get("HX-Request") == "true"
    results = find_anything(request.user, question, most=MOST if is_palette else MORE)
    create_url = "" if results else create_address(request.user, question)
    context = {"query": question, "results": results, "create_url": create_url}
    part = "components/search_results.html" if is_palette else "dashboards/search.html"
    return render(request, part, context)
