"""What is written into an open review: commentary, decisions, actions; nobody's words are lost."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from reviews.deciding import DecisionOvertaken, decide, promise
from reviews.forms import CHOICES, ActionForm, CommentaryForm, DecisionForm
from reviews.models import Action, Review, ReviewClosed, ReviewItem
from reviews.predictions import patience
from reviews.views.gate import item_of, place_of, row_or_403, show_team, user_of
from teams.models import Actor


@login_required
@require_POST
def review_comment(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """Keep commentary; where somebody else wrote meanwhile, show both texts and lose none."""
    user = user_of(request)
    items = ReviewItem.objects.visible_to(user)
    item = item_of(review_id, item_id, items, items.commentable_by(user))
    form = CommentaryForm(request.POST)
    if not form.is_valid():
        return conflict(request, item, form, status=422)
    text, seen = form.cleaned_data["commentary"], form.cleaned_data["seen"]
    try:
        done = item.comment(text, by=user, seen=seen, now=timezone.now())
    except ReviewClosed:
        return conflict(request, item, form, is_closed=True)
    if not done:
        return conflict(request, item, form)
    messages.success(request, "Commentary saved.")
    return redirect(place_of(item))


def conflict(
    request: HttpRequest,
    item: ReviewItem,
    form: CommentaryForm,
    *,
    status: int = 409,
    is_closed: bool = False,
) -> HttpResponse:
    """Both texts side by side; sending again is then about the one that is shown."""
    show_team(request, item.review.team)
    context = {
        "item": item,
        "review": item.review,
        "form": form,
        "mine": request.POST.get("commentary", ""),
        "seen": item.commented_at.isoformat() if item.commented_at else "",
        "is_closed": is_closed,
        "back": place_of(item),
    }
    return render(request, "reviews/commentary_conflict.html", context, status=status)


@login_required
@require_POST
def review_decide(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """Decide on an item, and go on to the next one that needs it."""
    user = user_of(request)
    items = ReviewItem.objects.visible_to(user)
    item = item_of(review_id, item_id, items, items.editable_by(user))
    form = DecisionForm(request.POST, team=item.review.team)
    if not form.is_valid():
        return undecided(request, item, form, status=422)
    seen = form.cleaned_data["seen"]
    try:
        now, actor = timezone.now(), Actor.of(request)
        decide(item, form.cleaned_data, by=user, seen=seen, now=now, actor=actor)
    except DecisionOvertaken as other:
        form.add_error(None, overtaken_words(other))
        seen = other.present.decided_at if other.present else None
        return undecided(request, item, form, status=409, seen=seen)
    except ReviewClosed:
        form.add_error(None, "This review has been closed in the meantime. Nothing was saved.")
        return undecided(request, item, form, status=409)
    messages.success(request, f"{item.indicator}: decision saved.{patience_words(item, form)}")
    return redirect(place_of(following(item)))


def patience_words(item: ReviewItem, form: DecisionForm) -> str:
    """How long it takes to see the expected effect, so that nobody looks for it too early."""
    size = form.cleaned_data["expected_effect"]
    if not size:
        return ""
    needed = patience(item.indicator, size, timezone.now())
    grain = item.indicator.period
    if needed is None:
        return f" Whether there is an effect of that size, the {grain}s so far cannot tell."
    plural = "" if needed == 1 else "s"
    return f" An effect of that size can be told from noise after {needed} {grain}{plural}."


def overtaken_words(other: DecisionOvertaken) -> str:
    """What somebody else decided, so that nobody writes over it unseen."""
    if other.present is None:
        return "The decision has been withdrawn in the meantime. Save again to decide anew."
    by = other.present.decided_by or "Somebody"
    return (
        f"{by} decided meanwhile: {other.present.get_kind_display().lower()}, "
        f"“{other.present.reason}” Save again to replace it with yours."
    )


def undecided(
    request: HttpRequest,
    item: ReviewItem,
    form: DecisionForm,
    *,
    status: int,
    seen: datetime | None = None,
) -> HttpResponse:
    """The form again with everything that was filled in."""
    show_team(request, item.review.team)
    context = {
        "item": item,
        "review": item.review,
        "form": form,
        "choices": CHOICES,
        "seen": seen.isoformat() if seen else "",
        "back": place_of(item),
    }
    return render(request, "reviews/decision_again.html", context, status=status)


def following(item: ReviewItem) -> ReviewItem:
    """The next item that needs a decision and has none, else the same one."""
    waiting = item.review.items.filter(group=ReviewItem.Group.TALK, decisions=None)
    after = waiting.filter(position__gt=item.position).order_by("position").first()
    return after or waiting.order_by("position").first() or item


@login_required
@require_POST
def review_act(request: HttpRequest, review_id: int) -> HttpResponse:
    """Add an action to an open review, perhaps to one of its items."""
    user = user_of(request)
    review = row_or_403(
        Review.objects.visible_to(user), Review.objects.editable_by(user), review_id
    )
    asked = request.POST.get("item", "")
    item = review.items.filter(pk=asked).first() if asked.isdecimal() else None
    show_team(request, review.team)
    form = ActionForm(request.POST, team=review.team)
    back = place_of(item) if item else reverse("review_detail", args=[review.pk])
    if form.is_valid():
        try:
            promise(review, form.instance, item=item)
        except ReviewClosed:
            form.add_error(None, "This review is closed. Nothing was saved.")
        else:
            messages.success(request, "Action added.")
            return redirect(back)
    context = {"review": review, "item": item, "form": form, "back": back}
    status = 422 if form.has_error("text") or not form.non_field_errors() else 409
    return render(request, "reviews/action_again.html", context, status=status)


@login_required
@require_POST
def action_done(request: HttpRequest, action_id: int) -> HttpResponse:
    """Tick an action off, or take that back: its owner and managers, closed review or not."""
    user, actions = user_of(request), Action.objects
    seen = actions.visible_to(user).select_related("review")
    action = row_or_403(seen, actions.editable_by(user), action_id)
    if request.POST.get("done", "1") == "1":
        action.finish(timezone.now())
    else:
        action.reopen()
    return redirect("review_detail", action.review_id)
