"""The outbox: the one way to tell somebody something, exactly once an occasion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from notifications.models import Notification, Preference, Topic
from teams.models import Team, User


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
    people = willing(recipients, Topic.of(kind))
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
        for person_id in people
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    return Notification.objects.filter(pk__in=[row.pk for row in rows]).count()


def willing(recipients: Iterable[User], topic: Topic | None) -> list[int]:
    """The ids of those who want to hear of it, in order: concurrent inserts must not deadlock."""
    asked = {person.pk for person in recipients if person.is_active}
    if topic is not None and asked:
        declined = Preference.objects.declining(topic).filter(user_id__in=asked)
        asked -= set(declined.values_list("user_id", flat=True))
    return sorted(asked)


def untold(occasions: Iterable[str]) -> set[str]:
    """Those occasions of which nobody has been told yet, in one query."""
    asked = set(occasions)
    told = Notification.objects.filter(occasion__in=asked).values_list("occasion", flat=True)
    return asked - set(told)
