"""Show reviews and plans, open and close them, and take commentary, decisions and actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import opening
from reviews.closing import NotJudged, close_review
from reviews.deciding import DecisionOvertaken, decide, promise
from reviews.forms import (
    CHOICES,
    ActionForm,
    CloseForm,
    CommentaryForm,
    DecisionForm,
    ReviewPlanForm,
)
from reviews.gate import review_of, row_or_403, user_of
from reviews.models import Action, Decision, Review, ReviewClosed, ReviewItem, ReviewPlan
from reviews.predictions import patience
from reviews.room import build_room, item_url, items_of, staged
from teams.access import Action as Act
from teams.models import Actor, Organisation, Team, User
from web.wording import Lens, counted

PAGE = 30


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, though it be empty; None where nothing was."""
    return request.POST if request.method == "POST" else None


def show_team(request: HttpRequest, team: Team) -> None:
    """Tell the frame of the page which team it is about."""
    request.team = team  # type: ignore[attr-defined]


def team_run_by(request: HttpRequest, slug: str) -> Team:
    """The team, if this person sees it and runs its reviews; the frame shows it."""
    team = get_object_or_404(Team.objects.visible_to(user_of(request)), slug=slug)
    if not user_of(request).reach.may(Act.REVIEW, team.pk):
        raise PermissionDenied
    show_team(request, team)
    return team


def review_run_by(request: HttpRequest, review_id: int) -> Review:
    """The review, if this person sees it and runs it; the frame shows its team."""
    rows, user = Review.objects, user_of(request)
    review = row_or_403(rows.visible_to(user), rows.editable_by(user), pk=review_id)
    show_team(request, review.team)
    return review


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
    past = rows.filter(state=Review.State.CLOSED).order_by("-scheduled_at", "-pk")
    past = past.annotate(
        decided=models.Count("items__decisions", distinct=True),
        promised=models.Count("actions", distinct=True),
    )
    return render(
        request,
        "reviews/review_list.html",
        {
            "team": team,
            "plans": plans.order_by("next_at"),
            "open_reviews": rows.open().order_by("scheduled_at"),
            "page": Paginator(past, PAGE).get_page(request.GET.get("page")),
            "run_ids": set(runs.values_list("pk", flat=True)),
            "teams_to_run": runs if team is None else runs.filter(pk=team.pk),
        },
    )


@login_required
@require_POST
def review_open(request: HttpRequest, slug: str) -> HttpResponse:
    """Open a review now, or go to the one that is open."""
    team = team_run_by(request, slug)
    review, is_new = opening.open_now(team, by=user_of(request), now=timezone.now())
    if not is_new:
        messages.info(request, "This review is open already.")
    return redirect("review_detail", review.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_close(request: HttpRequest, review_id: int) -> HttpResponse:
    """Ask once, then freeze the review; closing again leads to the minutes."""
    review = review_run_by(request, review_id)
    form = CloseForm(posted(request))
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            summary = form.cleaned_data["summary"]
            close_review(review, actor=Actor.of(request), now=timezone.now(), summary=summary)
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


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_plan_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Plan the meetings of a team."""
    team = team_run_by(request, slug)
    return edited_plan(request, ReviewPlan(team=team), team)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_plan_edit(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Change when a team meets."""
    user, plans = user_of(request), ReviewPlan.objects
    seen = plans.visible_to(user).select_related("team")
    plan = row_or_403(seen, plans.editable_by(user), pk=plan_id)
    return edited_plan(request, plan, plan.team)


def edited_plan(request: HttpRequest, plan: ReviewPlan, team: Team) -> HttpResponse:
    """The form of a plan; a valid one is saved with its next meeting."""
    show_team(request, team)
    is_new = plan.pk is None
    form = ReviewPlanForm(posted(request), instance=plan, team=team)
    if request.method == "POST" and form.is_valid():
        who = form.cleaned_data["attendees"]
        form.instance.keep(actor=Actor.of(request), attendees=who, now=timezone.now())
        messages.success(request, "Plan saved. The next review opens automatically.")
        return redirect("review_list", slug=team.slug)
    context = {"form": form, "team": team, "plan": plan, "is_new": is_new}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/review_plan_edit.html", context, status=status)


@login_required
@require_safe
def review_detail(request: HttpRequest, review_id: int) -> HttpResponse:
    """One screen: agenda, the number in the middle, commentary and decision."""
    assert isinstance(request.user, User)
    review = review_of(request, review_id)
    # promises of earlier meetings of the team that are still open
    earlier = Action.objects.visible_to(request.user).open().filter(review__team=review.team_id)
    earlier = earlier.exclude(review=review)
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
        "earlier": earlier.select_related("review", "owner"),
        **forms_of(review, room, request.user),
    }
    return render(request, "reviews/review_detail.html", context)


def forms_of(review: Review, room: dict[str, Any], user: User) -> dict[str, Any]:
    """What may be filled in about the item in the middle."""
    if not review.is_open:
        return {}
    stage, action_form = room["stage"], ActionForm(team=review.team)
    if stage is None:
        return {"action_form": action_form}
    found = stage["found"]
    item = ReviewItem.objects.commentable_by(user).filter(pk=stage["pk"])
    latest = Decision.objects.visible_to(user).filter(item=stage["pk"]).first()
    return {
        "may_comment": item.exists(),
        "commentary_form": CommentaryForm(
            initial={"commentary": found["commentary"], "seen": found["commented_at"]}
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
    review = review_of(request, review_id)
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


@login_required
@require_POST
def review_comment(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """Keep commentary; where somebody else wrote meanwhile, show both texts and lose none.

    Sending again is then about the text that is shown.
    """
    user, status, is_closed = user_of(request), 422, False
    items = ReviewItem.objects.visible_to(user).select_related("review__team", "indicator")
    item = row_or_403(items, ReviewItem.objects.commentable_by(user), pk=item_id, review=review_id)
    form = CommentaryForm(request.POST)
    if form.is_valid():
        status = 409
        text, seen = form.cleaned_data["commentary"], form.cleaned_data["seen"]
        try:
            if item.comment(text, by=user, seen=seen, now=timezone.now()):
                messages.success(request, "Commentary saved.")
                return redirect(item_url(item))
        except ReviewClosed:
            is_closed = True
    mine, seen = request.POST.get("commentary", ""), item.commented_at
    context = {"mine": mine, "seen": seen.isoformat() if seen else "", "is_closed": is_closed}
    return ask_again(request, "commentary_conflict", item, form, context, status=status)


@login_required
@require_POST
def review_decide(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """Decide on an item, and go on to the next one that needs it."""
    user, status, seen = user_of(request), 422, None
    items = ReviewItem.objects.visible_to(user).select_related("review__team", "indicator")
    item = row_or_403(items, ReviewItem.objects.editable_by(user), pk=item_id, review=review_id)
    form = DecisionForm(request.POST, team=item.review.team)
    if form.is_valid():
        status, given, now, actor = 409, form.cleaned_data, timezone.now(), Actor.of(request)
        try:
            decide(item, given, by=user, seen=given["seen"], now=now, actor=actor)
        except DecisionOvertaken as other:
            form.add_error(None, overtaken_words(other))
            seen = other.present.decided_at if other.present else None
        except ReviewClosed:
            form.add_error(None, "This review has been closed in the meantime. Nothing was saved.")
        else:
            words = f"{item.indicator}: decision saved.{patience_words(item, form)}"
            messages.success(request, words)
            return redirect(item_url(following(item)))
    context = {"choices": CHOICES, "seen": seen.isoformat() if seen else ""}
    return ask_again(request, "decision_again", item, form, context, status=status)


def ask_again(
    request: HttpRequest,
    template: str,
    item: ReviewItem,
    form: forms.BaseForm,
    context: dict[str, Any],
    *,
    status: int,
) -> HttpResponse:
    """Show everything that was filled in once more, and what stands in its way."""
    show_team(request, item.review.team)
    context |= {"item": item, "review": item.review, "form": form, "back": item_url(item)}
    return render(request, f"reviews/{template}.html", context, status=status)


def patience_words(item: ReviewItem, form: DecisionForm) -> str:
    """How long it takes to see the expected effect, so that nobody looks for it too early."""
    size = form.cleaned_data["expected_effect"]
    if not size:
        return ""
    needed = patience(item.indicator, size, timezone.now())
    grain = item.indicator.period
    if needed is None:
        return f" Whether there is an effect of that size, the {grain}s so far cannot tell."
    return f" An effect of that size can be told from noise after {counted(needed, grain)}."


def overtaken_words(other: DecisionOvertaken) -> str:
    """What somebody else decided, so that nobody writes over it unseen."""
    if other.present is None:
        return "The decision has been withdrawn in the meantime. Save again to decide anew."
    by = other.present.decided_by or "Somebody"
    return (
        f"{by} decided meanwhile: {other.present.get_kind_display().lower()}, "
        f"“{other.present.reason}” Save again to replace it with yours."
    )


def following(item: ReviewItem) -> ReviewItem:
    """The next item that needs a decision and has none, else the same one."""
    waiting = item.review.items.filter(group=ReviewItem.Group.TALK, decisions=None)
    after = waiting.filter(position__gt=item.position).order_by("position").first()
    return after or waiting.order_by("position").first() or item


@login_required
@require_POST
def review_act(request: HttpRequest, review_id: int) -> HttpResponse:
    """Add an action to an open review, perhaps to one of its items."""
    review = review_run_by(request, review_id)
    asked = request.POST.get("item", "")
    item = review.items.filter(pk=asked).first() if asked.isdecimal() else None
    form = ActionForm(request.POST, team=review.team)
    back = item_url(item) if item else reverse("review_detail", args=[review.pk])
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
    action = row_or_403(seen, actions.editable_by(user), pk=action_id)
    action.mark(done=request.POST.get("done", "1") == "1", now=timezone.now())
    return redirect("review_detail", action.review_id)
