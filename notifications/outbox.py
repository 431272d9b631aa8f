"""Put messages into the outbox, once an occasion, and send what is due, one at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from notifications.channels import email
from notifications.models import Notification, Preference, Topic
from teams.models import Team, User
from web.loops import isolated

log = logging.getLogger(__name__)

# A pass ends well within the lease of a message and within the worker's time limit.
PASS = timedelta(seconds=60)

CHANNELS = {Notification.Channel.EMAIL: email.send}


def enqueue(
    kind: str,
    *,
    occasion: str,
    recipients: Iterable[User],
    context: Mapping[str, Any],
    now: datetime,
    team: Team | None = None,
) -> int:
    """Put a message to each recipient into the outbox, in the caller's transaction.

    `occasion` names what it is about, such as `value-due:conversion:2026-11-01`: a person is told
    once of it, however often this is called. `context` is plain data that the templates
    `emails/<kind>.*` are rendered with. Whoever declined the topic or left is not told. Returns how
    many messages are new.
    """
    people = {person.pk for person in recipients if person.is_active}
    if topic := Topic.of(kind):
        declined = Preference.objects.declining(topic).filter(user_id__in=people)
        people -= set(declined.values_list("user_id", flat=True))
    rows = [
        Notification(
            occasion=occasion,
            kind=kind,
            recipient_id=person_id,
            team=team,
            context=dict(context),
            next_attempt_at=now,
            created_at=now,
        )
        for person_id in sorted(people)  # in order: concurrent inserts must not deadlock
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    return Notification.objects.filter(pk__in=[row.pk for row in rows]).count()


def untold(occasions: Iterable[str]) -> set[str]:
    """Those occasions of which nobody has been told yet, in one query."""
    asked = set(occasions)
    told = Notification.objects.filter(occasion__in=asked).values_list("occasion", flat=True)
    return asked - set(told)


def deliver_due(now: datetime) -> int:
    """Send what is due at `now` until nothing is left or the pass has lasted long enough.

    Any number of these may run side by side. Returns how many messages went out.
    """
    until = time.monotonic() + PASS.total_seconds()
    sent = 0
    while time.monotonic() < until and (row := Notification.objects.claim(now)) is not None:
        sent += deliver_one(row, now)
    return sent


def deliver_one(row: Notification, now: datetime) -> bool:
    """Send a claimed message and note the outcome; no problem of one stops the others."""
    if row.was_tried_enough:
        row.mark_dead("Every attempt ended without an answer.")
    elif not row.recipient.is_active:
        row.mark_dead("The recipient is not active any more.")
    else:
        with isolated(log, "notification %s not sent", row.pk, level=logging.WARNING) as attempt:
            CHANNELS[Notification.Channel(row.channel)](row)
        if (problem := attempt.problem) is None:
            return row.mark_sent(now)
        row.mark_failed(f"{type(problem).__name__}: {problem}", now)
    return False
