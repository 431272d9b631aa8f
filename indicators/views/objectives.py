"""Objectives of teams, and the perspectives they stand under."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from indicators import defining
from indicators.author import Author
from indicators.forms.definition import nameable_people
from indicators.models import Objective, Perspective
from teams.access import Action
from teams.forms import CheckedLaterForm, problems_shown
from teams.gate import enter_team, form_page, person, refuse_unless_administrator, sent, the_team
from teams.models import Team, User
from web.form_fields import day_input, short_text
from web.slugs import free_slug


class ObjectiveForm(CheckedLaterForm[Objective]):
    """What a team wants to reach, and why."""

    class Meta:
        model = Objective
        fields = ["statement", "why", "owner", "perspective", "parent", "starts_on", "ends_on"]
        labels = {
            "statement": "What do you want to reach?",
            "why": "Why?",
            "parent": "Serves",
            "starts_on": "From",
            "ends_on": "Until",
        }
        widgets = {"why": short_text(3), "starts_on": day_input(), "ends_on": day_input()}

    def __init__(self, *args: Any, team: Team, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.team = team
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = nameable_people(team)
        others = Objective.objects.visible_to(user).exclude(pk=self.instance.pk)
        fields["parent"].queryset = others


class PerspectiveForm(forms.ModelForm[Perspective]):
    """A view of the scorecard."""

    class Meta:
        model = Perspective
        fields = ["name", "position"]

    def save(self, commit: bool = True) -> Perspective:  # noqa: FBT001, FBT002  # Django's signature
        """Save; the slug comes from the first name and stays."""
        found = super().save(commit=False)
        found.slug = found.slug or free_slug(
            found.name, Perspective.objects.all(), longest=40, otherwise="perspective"
        )
        if commit:
            found.save()
        return found


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
    enter_team(request, objective.team, Action.DEFINE)
    return objective_page(request, objective.team, objective)


def objective_page(request: HttpRequest, team: Team, objective: Objective | None) -> HttpResponse:
    """The form; back to the list when it is saved."""
    user = person(request)
    form = ObjectiveForm(sent(request), instance=objective, team=team, user=user)
    if request.method == "POST" and form.is_valid():
        with problems_shown(form):
            defining.save_objective(form.filled(), author=Author.of(request))
            messages.success(request, "Saved.")
            return redirect("objective_list")
    context = {"team": team, "objective": objective, "form": form}
    return form_page(request, "indicators/objective_form.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def perspective_list(request: HttpRequest) -> HttpResponse:
    """The perspectives of the scorecard; administrators add and rename them (`?edit=slug`)."""
    user = person(request)
    if request.method == "POST":
        refuse_unless_administrator(request)
    rows = Perspective.objects.annotate(serving=Count("objectives"))
    edited = rows.filter(slug=request.GET.get("edit", "")).first()
    form = PerspectiveForm(sent(request), instance=edited)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("perspective_list")
    context = {
        "perspectives": rows,
        "form": form,
        "edited": edited,
        "may_edit": user.reach.is_administrator,
    }
    return form_page(request, "indicators/perspective_list.html", context)
