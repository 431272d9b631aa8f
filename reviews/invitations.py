"""Invitations: who is told of a meeting, asked for commentary, and reminded of promises."""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from notifications.outbox import enqueue, untold
from reviews.models import Action, Review, ReviewItem
from teams.access import Action as Act
from teams.models import Organisation, User
from web.links import address
from web.loops import isolated

log = logging.getLogger(__name__)

# An action is recalled the day before it is due, and again when it is a week late.
BEFORE, LATE = timedelta(days=1), timedelta(days=7)
NAMED = 12


def remind_attendees(now: datetime) -> int:
    """Everything about reviews that somebody is to be reminded of; returns how many are new."""
    return remind_of_commentary(now) + remind_of_actions(now)


def invite_attendees(review: Review, now: datetime) -> int:
    """Tell those who come that the agenda stands."""
    talk = review.items.filter(group=ReviewItem.Group.TALK)
    points = talk.select_related("indicator").order_by("position")
    return enqueue(
        "review_opened",
        occasion=f"review-opened:{review.pk}",
        recipients=attendees(review),
        context=review_context(review)
        | {
            "minutes": review.plan.minutes if review.plan else None,
            "points": [{"name": p.indicator.name, "reason": p.reason} for p in points[:NAMED]],
            "more": max(0, len(points) - NAMED),
            "inform": review.items.filter(group=ReviewItem.Group.INFORM).count(),
            "link_label": "Open the agenda",
        },
        team=review.team,
        now=now,
    )


def attendees(review: Review) -> list[User]:
    """Those of the plan who still see the team; without any named, the members of the team.

    Whoever comes to the planned meetings comes to one that was opened by hand.
    """
    plans = [review.plan] if review.plan else list(review.team.review_plans.all())
    active = User.objects.filter(is_active=True)
    named = list(active.filter(review_plans__in=plans).distinct())
    if not named:
        return list(active.filter(memberships__team=review.team).distinct())
    see = review.team.people_who_may(Act.SEE).filter(pk__in=[person.pk for person in named])
    seeing = set(see.values_list("pk", flat=True))
    return [person for person in named if person.pk in seeing]


def remind_of_commentary(now: datetime) -> int:
    """Ask each owner once a review, before it begins, for commentary on what is theirs.

    What is asked for is on the agenda as needing talk, and nobody has commented on it yet.
    """
    wanting = (
        ReviewItem.objects.filter(
            review__state=Review.State.OPEN,
            review__scheduled_at__gt=now,
            group=ReviewItem.Group.TALK,
            commented_at=None,
            indicator__owner__is_active=True,
        )
        .select_related("review__team", "indicator__owner")
        .order_by("review_id", "position")
    )
    by: dict[tuple[Review, User], list[ReviewItem]] = defaultdict(list)
    for item in wanting:
        assert item.indicator.owner is not None
        by[item.review, item.indicator.owner].append(item)
    told = 0
    for (review, owner), items in by.items():
        with isolated(log, "user %s not asked for commentary on review %s", owner.pk, review.pk):
            told += ask_for_commentary(review, owner, items, now)
    return told


def ask_for_commentary(review: Review, owner: User, items: list[ReviewItem], now: datetime) -> int:
    """One message for all of a person's items of a review that they may comment on."""
    may = ReviewItem.objects.commentable_by(owner).filter(pk__in=[item.pk for item in items])
    allowed = set(may.values_list("pk", flat=True))
    mine = [item for item in items if item.pk in allowed]
    if not mine:
        return 0
    return enqueue(
        "reminder_review",
        occasion=f"commentary-due:{review.pk}",
        recipients=[owner],
        context=review_context(review)
        | {
            "points": [{"name": one.indicator.name, "reason": one.reason} for one in mine],
            "path": address("review_detail", review.pk, item=mine[0].pk),
            "link_label": "Write commentary",
        },
        team=review.team,
        now=now,
    )


def remind_of_actions(now: datetime) -> int:
    """Each owner of an open action once before it is due, and once more when it is late."""
    today = now.astimezone(ZoneInfo(Organisation.current().timezone)).date()
    soon = Q(due_on__lte=today + BEFORE)
    waiting = Action.objects.open().filter(soon, owner__is_active=True, due_on__isnull=False)
    by: dict[str, Action] = {}
    for action in waiting.select_related("review__team", "owner"):
        assert action.due_on is not None
        turn = "late" if action.due_on + LATE <= today else "due"
        by[f"action-{turn}:{action.pk}:{action.due_on}"] = action
    told = 0
    for occasion in sorted(untold(by)):
        with isolated(log, "%s not reminded of", occasion):
            told += remind_of_action(by[occasion], occasion, now)
    return told


def remind_of_action(action: Action, occasion: str, now: datetime) -> int:
    """Remind of one promise, if its review may still be seen."""
    assert action.owner is not None
    assert action.due_on is not None
    if not Action.objects.visible_to(action.owner).filter(pk=action.pk).exists():
        return 0
    return enqueue(
        "reminder_action",
        occasion=occasion,
        recipients=[action.owner],
        context=review_context(action.review)
        | {
            "text": action.text,
            "due": f"{action.due_on.day} {action.due_on:%B}",
            "link_label": "Mark it as done",
        },
        team=action.review.team,
        now=now,
    )


def review_context(review: Review) -> dict[str, Any]:
    """What every mail about a review says."""
    return {
        "title": review.title,
        "team": review.team.name,
        "scheduled_at": review.scheduled_at.isoformat(),
        "path": address("review_detail", review.pk),
    }
