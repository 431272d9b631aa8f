"""The page of a meeting, and its minutes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from reviews.forms import CHOICES, ActionForm, CommentaryForm, DecisionForm
from reviews.models import Action, Decision, Review, ReviewItem
from reviews.room import Room, build_room, earlier_actions, items_of, staged
from reviews.views.gate import show_team
from teams.models import Organisation, User
from web.wording import Lens


@login_required
@require_safe
def review_detail(request: HttpRequest, review_id: int) -> HttpResponse:
    """One screen: agenda, the number in the middle, commentary and decision."""
    assert isinstance(request.user, User)
    review = visible_review(request.user, review_id)
    room = build_room(review, request.user, asked=request.GET.get("item", ""), now=timezone.now())
    context = {
        "room": room,
        "review": review,
        "may_run": Review.objects.editable_by(request.user).filter(pk=review.pk).exists(),
        "actions": review.actions.select_related("owner", "decision"),
        "editable_actions": set(
            Action.objects.editable_by(request.user)
            .filter(review__team=review.team_id)
            .values_list("pk", flat=True)
        ),
        "earlier": earlier_actions(review, request.user),
        **forms_of(review, room, request.user),
    }
    return render(request, "reviews/review_detail.html", context)


def visible_review(user: User, review_id: int) -> Review:
    """The review, where this person may see it."""
    rows = Review.objects.visible_to(user).select_related("team", "plan", "closed_by")
    return get_object_or_404(rows, pk=review_id)


def forms_of(review: Review, room: Room, user: User) -> dict[str, Any]:
    """What may be filled in about the item in the middle."""
    if not review.is_open:
        return {}
    stage, action_form = room.stage, ActionForm(team=review.team)
    if stage is None:
        return {"action_form": action_form}
    item = ReviewItem.objects.commentable_by(user).filter(pk=stage.pk)
    latest = Decision.objects.visible_to(user).filter(item=stage.pk).first()
    return {
        "may_comment": item.exists(),
        "commentary_form": CommentaryForm(
            initial={"commentary": stage.found["commentary"], "seen": stage.found["commented_at"]}
        ),
        "decision_form": DecisionForm(
            instance=latest,
            team=review.team,
            initial={"seen": latest.decided_at.isoformat() if latest else ""},
        ),
        "choices": CHOICES,
        "action_form": action_form,
    }


@login_required
@require_safe
def review_minutes(request: HttpRequest, review_id: int) -> HttpResponse:
    """The minutes of a closed review, made for paper too; an open one has none yet."""
    assert isinstance(request.user, User)
    review = visible_review(request.user, review_id)
    if review.is_open or review.closed_at is None:
        return redirect("review_detail", review.pk)
    show_team(request, review.team)
    lens = Lens.of(Organisation.current(), review.closed_at)
    items = items_of(review, request.user)
    context = {
        "review": review,
        "when": lens.clock(review.scheduled_at),
        "closed": lens.clock(review.closed_at),
        "stages": staged(review, items, lens, review.closed_at),
        "actions": review.actions.select_related("owner"),
    }
    return render(request, "reviews/review_minutes.html", context)
