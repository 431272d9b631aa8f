"""Closing: freezes a review on what was known then, in one transaction, and sends the minutes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from analysis.statuses import look_of
from indicators import lineage
from indicators.models import StaleMark
from notifications.alerts import SYMBOLS
from notifications.outbox import enqueue
from reviews.invitations import attendees, review_context
from reviews.models import Review, ReviewItem
from reviews.snapshots import Snapshot, as_number, number_format, snapshots
from teams.access import Action
from teams.models import Actor, User
from verdicts import judging
from web.formats import written
from web.wording import as_date

ATTEMPTS = 3  # the word of a guard, or values that arrive meanwhile, ask for a further judgement
NOT_JUDGED = "Not closed yet: new values are still being judged. Close it again in a moment."


class NotJudged(Exception):
    """Some verdict of a review is older than what is known."""


def close_review(review: Review, *, actor: Actor, now: datetime, summary: str = "") -> bool:
    """Judge what waits for it, freeze every item, end the review, and send the minutes.

    Closing again changes nothing and returns False. `NotJudged` where some verdict stays behind
    what is known; then nothing is frozen.
    """
    for attempt in range(1, ATTEMPTS + 1):
        if review.is_open:
            judging.judge_waiting(review_basis(review), now=now)
        try:
            return freeze(review, actor=actor, now=now, summary=summary)
        except NotJudged:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def review_basis(review: Review) -> set[int]:
    """The indicators on whose verdicts a review rests."""
    return lineage.resting_basis(list(review.items.values_list("indicator_id", flat=True)))


@transaction.atomic
def freeze(review: Review, *, actor: Actor, now: datetime, summary: str) -> bool:
    """Freeze a review whose verdicts are up to date, or raise `NotJudged`.

    Whoever writes holds the review too, so what was accepted before is in it and what comes after
    is refused; and a delivery that ends meanwhile waits to ask for another judgement.
    """
    held = Review.objects.select_for_update(no_key=True).select_related("team").get(pk=review.pk)
    if not held.is_open:
        return False
    basis = StaleMark.objects.locked(review_basis(held))  # nobody sets them meanwhile
    if any(mark.is_stale_at(now) for mark in basis.values()):
        raise NotJudged(NOT_JUDGED)
    items = list(held.items.all())
    taken = snapshots(held, items, now)
    for item in items:
        item.frozen = taken[item.pk]
        item.status, item.signal = item.frozen["status"], item.frozen["signal"]
    ReviewItem.objects.bulk_update(items, ["frozen", "status", "signal"])
    held.state, held.closed_at, held.closed_by = Review.State.CLOSED, now, actor.user
    held.summary = summary.strip()
    held.save(update_fields=["state", "closed_at", "closed_by", "summary"])
    actor.note(
        "review.closed", subject=held.title, team=held.team, review=held.pk, items=len(items)
    )
    send_minutes(held, items, now)
    return True


def send_minutes(review: Review, items: list[ReviewItem], now: datetime) -> int:
    """The minutes by mail to those who come, to owners, and to whoever took something on."""
    found = sorted(items, key=lambda item: item.position)
    talked: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for point in (minutes_point(item.frozen) for item in found if item.frozen):
        (talked if point["decisions"] or point["commentary"] else others).append(point)
    return enqueue(
        "review_minutes",
        occasion=f"review-minutes:{review.pk}",
        recipients=minutes_recipients(review),
        context=review_context(review)
        | {
            "summary": review.summary,
            "closed_at": review.closed_at and review.closed_at.isoformat(),
            "talked": talked,
            "others": others,
            "actions": [
                {
                    "text": row.text,
                    "owner": str(row.owner or ""),
                    "due": f"{row.due_on.day} {row.due_on:%B}" if row.due_on else "",
                }
                for row in review.actions.select_related("owner")
            ],
            "path": reverse("review_minutes", args=[review.pk]),
            "link_label": "Open the minutes",
        },
        team=review.team,
        now=now,
    )


def minutes_recipients(review: Review) -> list[User]:
    """Attendees and the owners of decisions and actions, as far as they may see the review."""
    busy = set(review.actions.values_list("owner_id", flat=True))
    busy |= set(review.items.values_list("decisions__owner_id", flat=True))
    people = {person.pk: person for person in attendees(review)}
    others = review.team.people_who_may(Action.SEE).filter(pk__in=busy - {None} - set(people))
    return [*people.values(), *others]


def minutes_point(found: Snapshot) -> dict[str, Any]:
    """One indicator in the mail: sign and word, value, what was said and decided."""
    return {
        "name": found["name"],
        "symbol": SYMBOLS[look_of(found["status"]).tone],
        "tone": look_of(found["status"]).tone,
        "link": settings.BASE_URL + reverse("indicator_detail", args=[found["key"]]),
        "status_word": found["status_word"],
        "value": written(as_number(found["value"]), number_format(found)),
        "period": found["period_name"],
        "commentary": found["commentary"],
        "decisions": [
            {name: decision[name] for name in ("word", "reason", "doing", "owner")}
            | {"check_on": f"{on.day} {on:%B %Y}" if on else ""}
            for decision in found["decisions"]
            for on in [as_date(decision["check_on"])]
        ],
    }
