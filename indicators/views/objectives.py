"""Objectives of teams, and the perspectives they stand under."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from indicators import objectives
from indicators.author import Author
from indicators.forms.objectives import ObjectiveForm, PerspectiveForm
from indicators.gate import allowed, person, sent, the_team
from indicators.models import Objective, Perspective
from teams.access import Action
from teams.forms import problems_shown
from teams.models import Team

TAKEN = "Somebody else has just created the same. Save again."


@login_required
@require_GET
def objective_list(request: HttpRequest) -> HttpResponse:
    """All objectives that the person sees; `?team=` those of one."""
    user = person(request)
    seen = Objective.objects.visible_to(user).select_related("team", "owner", "perspective")
    serving = Count("indicators", filter=Q(indicators__state="active"))
    rows = seen.annotate(serving=serving).order_by("team__name", "statement")
    slug = request.GET.get("team", "")
    team = get_object_or_404(Team.objects.visible_to(user), slug=slug) if slug else None
    if team is not None:
        request.team = team  # type: ignore[attr-defined]
        rows = rows.filter(team=team)
    mine = user.reach.teams_for(Action.DEFINE)
    context = {
        "team": team,
        "objectives": rows,
        "mine": mine,
        "teams": Team.objects.where_may(user, Action.DEFINE),
    }
    return render(request, "indicators/objective_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def objective_new(request: HttpRequest, slug: str) -> HttpResponse:
    """State what a team wants to reach."""
    return objective_page(request, the_team(request, slug, Action.DEFINE), None)


@login_required
@require_http_methods(["GET", "POST"])
def objective_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change an objective."""
    seen = Objective.objects.visible_to(person(request)).select_related("team")
    objective = get_object_or_404(seen, slug=slug)
    allowed(request, objective.team, Action.DEFINE)
    return objective_page(request, objective.team, objective)


def objective_page(request: HttpRequest, team: Team, objective: Objective | None) -> HttpResponse:
    """The form; back to the list when it is saved."""
    user = person(request)
    form = ObjectiveForm(sent(request), instance=objective, team=team, user=user)
    if request.method == "POST" and form.is_valid():
        with problems_shown(form, taken=TAKEN):
            objectives.save(form.filled(), author=Author.of(request))
            messages.success(request, "Saved.")
            return redirect("objective_list")
    status = 422 if request.method == "POST" else 200
    context = {"team": team, "objective": objective, "form": form}
    return render(request, "indicators/objective_form.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def perspective_list(request: HttpRequest) -> HttpResponse:
    """The perspectives of the scorecard; administrators add and rename them (`?edit=slug`)."""
    user = person(request)
    if request.method == "POST" and not user.reach.is_administrator:
        raise PermissionDenied
    rows = Perspective.objects.annotate(serving=Count("objectives"))
    edited = rows.filter(slug=request.GET.get("edit", "")).first()
    form = PerspectiveForm(sent(request), instance=edited)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("perspective_list")
    status = 422 if request.method == "POST" else 200
    context = {
        "perspectives": rows,
        "form": form,
        "edited": edited,
        "may_edit": user.reach.is_administrator,
    }
    return render(request, "indicators/perspective_list.html", context, status=status)
