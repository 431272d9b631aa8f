"""Where a person arrives, and the board of a team."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.board import first_steps
from dashboards.board.board import build_board
from dashboards.frame import number_asked, organisation_of, team_or_404
from indicators.models.indicator import FOCUS_BUDGET
from teams.models import Membership, Team, User
from web.links import address

POLLS = 3  # how often a page asks for numbers that are being computed


@login_required
@require_safe
def home_page(request: HttpRequest) -> HttpResponse:
    """The board of the person's first team; without one, all teams."""
    assert isinstance(request.user, User)
    membership = request.user.memberships.select_related("team").order_by("pk").first()
    if membership is None:
        return redirect("overview")
    return redirect("team_board", slug=membership.team.slug)


@login_required
@require_safe
def team_board(request: HttpRequest, slug: str) -> HttpResponse:
    """The KVI as hero, key indicators, supporting ones, the next review."""
    assert isinstance(request.user, User)
    team = team_or_404(request, request.user, slug)
    span, poll = request.GET.get("span", ""), number_asked(request, "poll", digits=3)
    board = build_board(
        team,
        request.user,
        now=timezone.now(),
        span=span,
        organisation=organisation_of(request),
    )
    poll_url = address("team_board", team.slug, span=span, poll=poll + 1)
    context = {
        "board": board,
        "budget": FOCUS_BUDGET,
        "team": team,
        "poll_url": poll_url if board.is_recomputing and poll < POLLS else "",
        "links": board_links(team),
        "first_steps": first_steps.team_first_steps(board),
        "managers": managers_of(team) if board.is_empty and not board.rights.define else (),
    }
    is_part = request.headers.get("HX-Request") == "true" and "poll" in request.GET
    part = "dashboards/board_tiles.html" if is_part else "dashboards/team_board.html"
    return render(request, part, context)


def board_links(team: Team) -> dict[str, str]:
    """Where the buttons of a team's pages lead."""
    return {
        "note": address("annotation_new", team=team.slug),
        "new": address("indicator_new", team.slug),
        "settings": address("team_settings", team.slug),
        "list": address("team_indicators", team.slug),
        "plan": address("review_plan_new", team.slug),
    }


def managers_of(team: Team) -> tuple[User, ...]:
    """Who defines here, for those who wait for it; administrators where nobody else does."""
    held = Membership.objects.filter(
        team__in=[*team.ancestor_ids, team.pk], role=Membership.RoleChoice.MANAGER
    )
    people = User.objects.filter(is_active=True)
    found = people.filter(memberships__in=held).distinct()[:3]
    return tuple(found) or tuple(people.filter(is_administrator=True)[:3])
