"""Pages: the list of reviews, plans, and everything that is written into an open review.

The page of the meeting itself is `review_detail` in dashboards, because it draws charts.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import opening
from reviews.closing import close
from reviews.deciding import Overtaken, decide, promise
from reviews.forms import (
    CHOICES,
    ActionForm,
    CloseForm,
    CommentaryForm,
    DecisionForm,
    ReviewPlanForm,
)
from reviews.models import Action, Review, ReviewClosed, ReviewItem, ReviewPlan
from reviews.predictions import patience
from teams.access import Action as Act
from teams.models import AuditEntry, Team, User

PAGE = 30
Row = TypeVar("Row", bound=models.Model)


def person(request: HttpRequest) -> User:
    """Who is signed in; every view here asks for that first."""
    assert isinstance(request.user, User)
    return request.user


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, though it be empty; None where nothing was."""
    return request.POST if request.method == "POST" else None


def about(request: HttpRequest, team: Team) -> None:
    """Tell the frame of the page which team it is about."""
    request.team = team  # type: ignore[attr-defined]


def allowed(visible: models.QuerySet[Row], permitted: models.QuerySet[Row], pk: int) -> Row:
    """The row: 404 where it may not be seen, 403 where it may be seen but not this be done."""
    row = get_object_or_404(visible, pk=pk)
    if not permitted.filter(pk=pk).exists():
        raise PermissionDenied
    return row


def item_of(
    review_id: int,
    item_id: int,
    visible: models.QuerySet[ReviewItem],
    permitted: models.QuerySet[ReviewItem],
) -> ReviewItem:
    """An item of that very review, gated like every row."""
    item = allowed(visible.select_related("review__team", "indicator"), permitted, item_id)
    if item.review_id != review_id:
        raise Http404
    return item


@login_required
@require_safe
def review_list(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Plans with their next meeting, open reviews, and past ones; of one team or of all."""
    user = person(request)
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
@require_http_methods(["GET", "HEAD", "POST"])
def review_plan_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Plan the meetings of a team."""
    teams = Team.objects.visible_to(person(request))
    team = get_object_or_404(teams, slug=slug)
    if not Team.objects.where_may(person(request), Act.REVIEW).filter(pk=team.pk).exists():
        raise PermissionDenied
    return edited_plan(request, ReviewPlan(team=team), team)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_plan_edit(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Change when a team meets."""
    plans = ReviewPlan.objects.select_related("team")
    user = person(request)
    plan = allowed(plans.visible_to(user), plans.editable_by(user), plan_id)
    return edited_plan(request, plan, plan.team)


def edited_plan(request: HttpRequest, plan: ReviewPlan, team: Team) -> HttpResponse:
    """The form of a plan; a valid one is saved with its next meeting."""
    about(request, team)
    is_new = plan.pk is None
    form = ReviewPlanForm(posted(request), instance=plan, team=team)
    if request.method == "POST" and form.is_valid():
        if not is_new:
            form.instance.reschedule(timezone.now())
        saved = form.save()
        AuditEntry.record(
            "review_plan.created" if is_new else "review_plan.changed",
            actor=person(request),
            subject=saved.name,
            team=team,
            cadence=saved.cadence,
        )
        messages.success(request, "Saved. The clock opens the next review in time.")
        return redirect("review_list", slug=team.slug)
    context = {"form": form, "team": team, "plan": plan, "is_new": is_new}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/review_plan_edit.html", context, status=status)


@login_required
@require_POST
def review_open(request: HttpRequest, slug: str) -> HttpResponse:
    """Open a review now, or go to the one that is open."""
    user = person(request)
    team = get_object_or_404(Team.objects.visible_to(user), slug=slug)
    if not Team.objects.where_may(user, Act.REVIEW).filter(pk=team.pk).exists():
        raise PermissionDenied
    review, is_new = opening.open_now(team, by=user, now=timezone.now())
    if not is_new:
        messages.info(request, "This review is open already.")
    return redirect("review_detail", review.pk)


@login_required
@require_POST
def review_comment(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """Keep commentary; where somebody else wrote meanwhile, show both texts and lose none."""
    user = person(request)
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
    return redirect(place(item))


def conflict(
    request: HttpRequest,
    item: ReviewItem,
    form: CommentaryForm,
    *,
    status: int = 409,
    is_closed: bool = False,
) -> HttpResponse:
    """Both texts side by side; sending again is then about the one that is shown."""
    about(request, item.review.team)
    context = {
        "item": item,
        "review": item.review,
        "form": form,
        "mine": request.POST.get("commentary", ""),
        "seen": item.commented_at.isoformat() if item.commented_at else "",
        "is_closed": is_closed,
        "back": place(item),
    }
    return render(request, "reviews/commentary_conflict.html", context, status=status)


def place(item: ReviewItem) -> str:
    """The item on the page of its meeting."""
    return f"{reverse('review_detail', args=[item.review_id])}?item={item.pk}"


@login_required
@require_POST
def review_decide(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """Decide on an item, and go on to the next one that needs it."""
    user = person(request)
    items = ReviewItem.objects.visible_to(user)
    item = item_of(review_id, item_id, items, items.editable_by(user))
    form = DecisionForm(request.POST, team=item.review.team)
    if not form.is_valid():
        return undecided(request, item, form, status=422)
    seen = form.cleaned_data["seen"]
    try:
        decide(item, form.cleaned_data, by=user, seen=seen, now=timezone.now())
    except Overtaken as other:
        form.add_error(None, overtaken_words(other))
        seen = other.present.decided_at if other.present else None
        return undecided(request, item, form, status=409, seen=seen)
    except ReviewClosed:
        form.add_error(None, "This review was closed meanwhile. Nothing was written.")
        return undecided(request, item, form, status=409)
    messages.success(request, f"{item.indicator}: decided.{patience_words(item, form)}")
    return redirect(place(following(item)))


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


def overtaken_words(other: Overtaken) -> str:
    """What somebody else decided, so that nobody writes over it unseen."""
    if other.present is None:
        return "The decision that was here has been taken back. Save again to decide anew."
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
    about(request, item.review.team)
    context = {
        "item": item,
        "review": item.review,
        "form": form,
        "choices": CHOICES,
        "seen": seen.isoformat() if seen else "",
        "back": place(item),
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
    user = person(request)
    review = allowed(Review.objects.visible_to(user), Review.objects.editable_by(user), review_id)
    asked = request.POST.get("item", "")
    item = review.items.filter(pk=asked).first() if asked.isdecimal() else None
    about(request, review.team)
    form = ActionForm(request.POST, team=review.team)
    back = place(item) if item else reverse("review_detail", args=[review.pk])
    if form.is_valid():
        try:
            promise(review, form.instance, item=item)
        except ReviewClosed:
            form.add_error(None, "This review is closed. Nothing was written.")
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
    user = person(request)
    actions = Action.objects.select_related("review")
    action = allowed(actions.visible_to(user), actions.editable_by(user), action_id)
    if request.POST.get("done", "1") == "1":
        action.finish(timezone.now())
    else:
        action.reopen()
    return redirect("review_detail", action.review_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_close(request: HttpRequest, review_id: int) -> HttpResponse:
    """Ask once, then freeze the review; closing again leads to the minutes."""
    user = person(request)
    review = allowed(Review.objects.visible_to(user), Review.objects.editable_by(user), review_id)
    about(request, review.team)
    form = CloseForm(posted(request))
    if request.method == "POST" and form.is_valid():
        close(
            review,
            by=user,
            now=timezone.now(),
            summary=form.cleaned_data["summary"],
            request_id=getattr(request, "request_id", ""),
        )
    elif review.is_open:
        waiting = review.items.filter(group=ReviewItem.Group.TALK, decisions=None)
        context = {
            "review": review,
            "form": form,
            "waiting": waiting.select_related("indicator"),
            "actions": review.actions.select_related("owner"),
        }
        status = 422 if form.is_bound else 200
        return render(request, "reviews/review_close.html", context, status=status)
    return redirect("review_minutes", review.pk)
