"""Closing: freezes a review on what was known then, in one transaction, and sends the minutes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from indicators import lineage
from indicators.models import StaleMark
from notifications.alerts import symbol, tone
from notifications.outbox import enqueue
from reviews.invitations import attendees, context_of
from reviews.models import Review, ReviewItem
from reviews.snapshots import Snapshot, as_number, number_format, snapshots
from teams.access import Action
from teams.models import AccessToken, AuditEntry, User
from verdicts import judging
from web.formats import written

ATTEMPTS = 3  # the word of a guard, or values that arrive meanwhile, ask for a further judgement
NOT_JUDGED = "Not closed yet: new values are still being judged. Close it again in a moment."


class NotJudged(Exception):
    """Some verdict of a review is older than what is known."""


def close(
    review: Review,
    *,
    by: User,
    now: datetime,
    summary: str = "",
    token: AccessToken | None = None,
    request_id: str = "",
) -> bool:
    """Judge what waits for it, freeze every item, end the review, and send the minutes.

    Closing again changes nothing and returns False. `NotJudged` where some verdict stays behind
    what is known; then nothing is frozen.
    """
    for attempt in range(1, ATTEMPTS + 1):
        if review.is_open:
            judging.judge_waiting(basis_of(review), now=now)
        try:
            return freeze(
                review, by=by, now=now, summary=summary, token=token, request_id=request_id
            )
        except NotJudged:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def basis_of(review: Review) -> set[int]:
    """The indicators on whose verdicts a review rests."""
    return lineage.resting_basis(list(review.items.values_list("indicator_id", flat=True)))


@transaction.atomic
def freeze(
    review: Review,
    *,
    by: User,
    now: datetime,
    summary: str,
    token: AccessToken | None,
    request_id: str,
) -> bool:
    """Freeze a review whose verdicts are up to date, or raise `NotJudged`.

    Whoever writes holds the review too, so what was accepted before is in it and what comes after
    is refused; and a delivery that ends meanwhile waits to ask for another judgement.
    """
    held = Review.objects.select_for_update(no_key=True).select_related("team").get(pk=review.pk)
    if not held.is_open:
        return False
    basis = StaleMark.objects.locked(basis_of(held))  # nobody sets them meanwhile
    if any(mark.is_stale_at(now) for mark in basis.values()):
        raise NotJudged(NOT_JUDGED)
    items = list(held.items.all())
    taken = snapshots(held, items, now)
    for item in items:
        item.frozen = taken[item.pk]
        item.status, item.signal = item.frozen["status"], item.frozen["signal"]
    ReviewItem.objects.bulk_update(items, ["frozen", "status", "signal"])
    held.state, held.closed_at, held.closed_by = Review.State.CLOSED, now, by
    held.summary = summary.strip()
    held.save(update_fields=["state", "closed_at", "closed_by", "summary"])
    AuditEntry.record(
        "review.closed",
        actor=by,
        subject=held.title,
        team=held.team,
        token=token,
        request_id=request_id,
        review=held.pk,
        items=len(items),
    )
    send_minutes(held, items, now)
    return True


def send_minutes(review: Review, items: list[ReviewItem], now: datetime) -> int:
    """The minutes by mail to those who come, to owners, and to whoever took something on."""
    found = sorted(items, key=lambda item: item.position)
    points = [point_of(item.frozen) for item in found if item.frozen]
    return enqueue(
        "review_minutes",
        occasion=f"review-minutes:{review.pk}",
        recipients=concerned(review),
        context=context_of(review)
        | {
            "summary": review.summary,
            "closed_at": review.closed_at and review.closed_at.isoformat(),
            "talked": [point for point in points if point["decisions"] or point["commentary"]],
            "others": [
                point for point in points if not (point["decisions"] or point["commentary"])
            ],
            "actions": actions_of(review),
            "path": reverse("review_minutes", args=[review.pk]),
            "link_label": "Open the minutes",
        },
        team=review.team,
        now=now,
    )


def concerned(review: Review) -> list[User]:
    """Attendees and the owners of decisions and actions, as far as they may see the review."""
    busy = set(review.actions.values_list("owner_id", flat=True))
    busy |= set(review.items.values_list("decisions__owner_id", flat=True))
    people = {person.pk: person for person in attendees(review)}
    others = review.team.people_who_may(Action.SEE).filter(pk__in=busy - {None} - set(people))
    return [*people.values(), *others]


def point_of(found: Snapshot) -> dict[str, Any]:
    """One indicator in the mail: sign and word, value, what was said and decided."""
    return {
        "name": found["name"],
        "symbol": symbol(found["status"]),
        "tone": tone(found["status"]),
        "link": settings.BASE_URL + reverse("indicator_detail", args=[found["key"]]),
        "status_word": found["status_word"],
        "value": written(as_number(found["value"]), number_format(found)),
        "period": found["period_name"],
        "commentary": found["commentary"],
        "decisions": [
            {name: decision[name] for name in ("word", "reason", "doing", "owner")}
            | {"check_on": day(decision["check_on"])}
            for decision in found["decisions"]
        ],
    }


def day(text: str | None) -> str:
    """A day of a snapshot in words: "13 January 2027"; empty for none."""
    on = date.fromisoformat(text) if text else None
    return f"{on.day} {on:%B %Y}" if on else ""


def actions_of(review: Review) -> list[dict[str, Any]]:
    """What was promised."""
    rows = review.actions.select_related("owner")
    return [
        {
            "text": row.text,
            "owner": str(row.owner) if row.owner else "",
            "due": f"{row.due_on.day} {row.due_on:%B}" if row.due_on else "",
        }
        for row in rows
    ]
