"""Planning: when a team meets."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from reviews.forms import ReviewPlanForm
from reviews.models import ReviewPlan
from reviews.views.gate import posted, row_or_403, show_team, user_of
from teams.access import Action as Act
from teams.models import Actor, Team


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_plan_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Plan the meetings of a team."""
    teams = Team.objects.visible_to(user_of(request))
    team = get_object_or_404(teams, slug=slug)
    if not Team.objects.where_may(user_of(request), Act.REVIEW).filter(pk=team.pk).exists():
        raise PermissionDenied
    return edited_plan(request, ReviewPlan(team=team), team)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_plan_edit(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Change when a team meets."""
    user, plans = user_of(request), ReviewPlan.objects
    seen = plans.visible_to(user).select_related("team")
    plan = row_or_403(seen, plans.editable_by(user), plan_id)
    return edited_plan(request, plan, plan.team)


def edited_plan(request: HttpRequest, plan: ReviewPlan, team: Team) -> HttpResponse:
    """The form of a plan; a valid one is saved with its next meeting."""
    show_team(request, team)
    is_new = plan.pk is None
    form = ReviewPlanForm(posted(request), instance=plan, team=team)
    if request.method == "POST" and form.is_valid():
        kept = form.save(commit=False)
        who = form.cleaned_data["attendees"]
        kept.keep(actor=Actor.of(request), attendees=who, now=timezone.now())
        messages.success(request, "Plan saved. The next review opens automatically.")
        return redirect("review_list", slug=team.slug)
    context = {"form": form, "team": team, "plan": plan, "is_new": is_new}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/review_plan_edit.html", context, status=status)
