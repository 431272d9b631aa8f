"""The outbox: one message an occasion, person and channel; nobody is told what they declined."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import transaction

from notifications.models import Notification, Preference, Topic
from notifications.outbox import enqueue, untold
from teams.models import Team, User

pytestmark = pytest.mark.django_db


def put(people: list[User], now: datetime, *, kind: str = "alert_status", about: str = "a") -> int:
    return enqueue(kind, occasion=about, recipients=people, context={"name": "Sales"}, now=now)


def test_everybody_is_told_once_an_occasion(alice: User, bob: User, now: datetime) -> None:
    assert put([alice, bob, alice], now) == 2
    assert put([alice, bob], now) == 0
    assert put([alice], now, about="b") == 1
    assert Notification.objects.count() == 3


def test_a_newcomer_is_told_of_an_old_occasion(alice: User, bob: User, now: datetime) -> None:
    put([alice], now)

    assert put([alice, bob], now) == 1
    assert set(Notification.objects.values_list("recipient__name", flat=True)) == {"Alice", "Bob"}


def test_whoever_left_or_declined_is_not_told(
    alice: User, bob: User, carl: User, now: datetime
) -> None:
    bob.is_active = False
    bob.save()
    Preference.decline(carl.pk, Topic.ALERTS)

    assert put([alice, bob, carl], now) == 1
    assert put([carl], now, kind="reminder_value_due", about="due") == 1
    assert put([carl], now, kind="password_reset", about="reset") == 1


def test_the_message_falls_with_the_transaction_it_belongs_to(alice: User, now: datetime) -> None:
    with transaction.atomic():
        put([alice], now)
        transaction.set_rollback(True)

    assert not Notification.objects.exists()


def test_what_is_kept(alice: User, red_team: Team, now: datetime) -> None:
    enqueue(
        "alert_status",
        occasion="alert:sales:2026-10-01",
        recipients=[alice],
        context={"name": "Sales"},
        team=red_team,
        now=now,
    )

    row = Notification.objects.get()
    assert (row.state, row.attempts, row.next_attempt_at) == ("queued", 0, now)
    assert (row.team, row.recipient, row.context) == (red_team, alice, {"name": "Sales"})


def test_untold_leaves_out_what_somebody_was_told_of(alice: User, now: datetime) -> None:
    put([alice], now, about="a")

    assert untold(["a", "b"]) == {"b"}
    assert untold([]) == set()


@pytest.mark.parametrize(
    ("kind", "topic"),
    [
        ("reminder_value_due", Topic.REMINDERS),
        ("reminder_action", Topic.REMINDERS),
        ("alert_status", Topic.ALERTS),
        ("review_minutes", Topic.REVIEWS),
        ("password_reset", None),
    ],
)
def test_the_first_word_of_a_kind_is_its_topic(kind: str, topic: Topic | None) -> None:
    assert Topic.of(kind) is topic
