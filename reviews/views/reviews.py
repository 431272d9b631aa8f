"""The list of reviews, opening one by hand, and closing."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import opening
from reviews.closing import NotJudged, close_review
from reviews.forms import CloseForm
from reviews.models import Review, ReviewItem, ReviewPlan
from reviews.views.gate import posted, row_or_403, show_team, user_of
from teams.access import Action as Act
from teams.models import Team

PAGE = 30


@login_required
@require_safe
def review_list(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Plans with their next meeting, open reviews, and past ones; of one team or of all."""
    user = user_of(request)
    teams = Team.objects.visible_to(user)
    team = get_object_or_404(teams, slug=slug) if slug else None
    plans = ReviewPlan.objects.visible_to(user).select_related("team")
    rows = Review.objects.visible_to(user).select_related("team", "plan")
    if team is not None:
        plans, rows = plans.filter(team=team), rows.filter(team=team)
    runs = Team.objects.where_may(user, Act.REVIEW)
    return render(
        request,
        "reviews/review_list.html",
        {
            "team": team,
            "plans": plans.order_by("next_at"),
            "open_reviews": rows.open().order_by("scheduled_at"),
            "page": Paginator(counted(rows.filter(state=Review.State.CLOSED)), PAGE).get_page(
                request.GET.get("page")
            ),
            "run_ids": set(runs.values_list("pk", flat=True)),
            "teams_to_run": runs if team is None else runs.filter(pk=team.pk),
        },
    )


def counted(rows: models.QuerySet[Review]) -> models.QuerySet[Review]:
    """With how many decisions and actions came out of each."""
    return rows.order_by("-scheduled_at", "-pk").annotate(
        decided=models.Count("items__decisions", distinct=True),
        promised=models.Count("actions", distinct=True),
    )


@login_required
@require_POST
def review_open(request: HttpRequest, slug: str) -> HttpResponse:
    """Open a review now, or go to the one that is open."""
    user = user_of(request)
    team = get_object_or_404(Team.objects.visible_to(user), slug=slug)
    if not Team.objects.where_may(user, Act.REVIEW).filter(pk=team.pk).exists():
        raise PermissionDenied
    review, is_new = opening.open_now(team, by=user, now=timezone.now())
    if not is_new:
        messages.info(request, "This review is open already.")
    return redirect("review_detail", review.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_close(request: HttpRequest, review_id: int) -> HttpResponse:
    """Ask once, then freeze the review; closing again leads to the minutes."""
    user = user_of(request)
    review = row_or_403(
        Review.objects.visible_to(user), Review.objects.editable_by(user), review_id
    )
    show_team(request, review.team)
    form = CloseForm(posted(request))
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            close_review(
                review,
                by=user,
                now=timezone.now(),
                summary=form.cleaned_data["summary"],
                request_id=getattr(request, "request_id", ""),
            )
            return redirect("review_minutes", review.pk)
        except NotJudged as problem:
            form.add_error(None, str(problem))
            status = 409
    if not review.is_open:
        return redirect("review_minutes", review.pk)
    waiting = review.items.filter(group=ReviewItem.Group.TALK, decisions=None)
    context = {
        "review": review,
        "form": form,
        "waiting": waiting.select_related("indicator"),
        "actions": review.actions.select_related("owner"),
    }
    return render(request, "reviews/review_close.html", context, status=status)
