"""Deciding: one decision an item and meeting, written so that nobody's words are lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from reviews.models import Action, Decision, Review, ReviewItem
from teams.models import Actor, User

FIELDS = ("kind", "reason", "doing", "owner", "check_on", "expected_effect")


class DecisionOvertaken(Exception):
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
    actor: Actor | None = None,
) -> Decision:
    """Make or change the item's decision of this meeting; a replaced one stays in the audit trail.

    `seen` is the time of the decision that the writer had before them, None for none. Raises
    ReviewClosed, and Overtaken where there is another one by now. A prediction is noted as waiting.
    """
    item.review.hold()
    present = item.decisions.order_by("-decided_at", "-pk").first()
    if (present.decided_at if present else None) != seen:
        raise DecisionOvertaken(present)
    decision = present or Decision(item=item)
    before = words_of(decision)
    for name in FIELDS:
        setattr(decision, name, fields.get(name, getattr(decision, name)))
    waits = decision.expected_effect is not None
    decision.outcome = Decision.Outcome.WAITING if waits else ""
    decision.decided_by, decision.decided_at = by, now
    decision.full_clean()
    decision.save()
    (actor or Actor(by)).note(
        "decision.changed" if present else "decision.made",
        subject=str(item.indicator),
        team=item.review.team,
        review=item.review_id,
        indicator=item.indicator.key,
        **({"before": before} if present else {}),
        after=words_of(decision),
    )
    return decision


def words_of(decision: Decision) -> dict[str, Any]:
    """Return a decision as plain data: its fields, who decided and when."""
    found = {name: getattr(decision, name) for name in FIELDS if name != "owner"}
    people = {"owner": decision.owner, "decided_by": decision.decided_by}
    named = {name: person.email if person else None for name, person in people.items()}
    return found | named | {"decided_at": decision.decided_at}


@transaction.atomic
def promise(review: Review, action: Action, *, item: ReviewItem | None = None) -> Action:
    """Add an action to a meeting, under the item's decision where there is one."""
    action.review = review.hold()
    if item is not None:
        action.decision = item.decisions.order_by("-decided_at", "-pk").first()
    action.full_clean()
    action.save()
    return action
