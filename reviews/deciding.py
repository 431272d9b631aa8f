"""Deciding: one decision an item and meeting, written so that nobody's words are lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from reviews.models import Action, Decision, Review, ReviewItem
from teams.models import User

FIELDS = ("kind", "reason", "doing", "owner", "check_on", "expected_effect")


class Overtaken(Exception):
    """Somebody else decided on the same item meanwhile; nothing was written."""

    def __init__(self, present: Decision | None) -> None:
        super().__init__()
        self.present = present


@transaction.atomic
def decide(
    item: ReviewItem,
    fields: Mapping[str, Any],
    *,
    by: User,
    seen: datetime | None,
    now: datetime,
) -> Decision:
    """Make or change the item's decision of this meeting.

    `seen` is the time of the decision that the writer had before them, None for none. Raises
    ReviewClosed, and Overtaken where there is another one by now. A prediction is noted as waiting.
    """
    item.review.hold()
    present = item.decisions.order_by("-decided_at", "-pk").first()
    if (present.decided_at if present else None) != seen:
        raise Overtaken(present)
    decision = present or Decision(item=item)
    for name in FIELDS:
        setattr(decision, name, fields.get(name, getattr(decision, name)))
    waits = decision.expected_effect is not None
    decision.outcome = Decision.Outcome.WAITING if waits else ""
    decision.decided_by, decision.decided_at = by, now
    decision.full_clean()
    decision.save()
    return decision


@transaction.atomic
def promise(review: Review, action: Action, *, item: ReviewItem | None = None) -> Action:
    """Add an action to a meeting, under the item's decision where there is one."""
    action.review = review.hold()
    if item is not None:
        action.decision = item.decisions.order_by("-decided_at", "-pk").first()
    action.full_clean()
    action.save()
    return action
