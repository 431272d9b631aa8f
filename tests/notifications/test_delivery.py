"""Delivery: claimed once, sent once, tried again in growing steps, given up visibly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import Message
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from notifications import outbox
from notifications.models import LEASE, RETRY_AFTER, Notification
from notifications.outbox import deliver_due, enqueue
from notifications.tasks import deliver_messages
from teams.models import User
from tests.factories import make_user
from tests.threads import run_together

CONTEXT = {
    "news": "worsened",
    "name": "Tickets & <b>calls</b>",
    "team": "Red team",
    "status": "off_track",
    "status_word": "Off track",
    "tone": "bad",
    "symbol": "✕",
    "was": "On track",
    "signal_word": "Steady",
    "reason": "12 above the target.",
    "value": "412",
    "period": "October 2026",
    "path": "/indicators/tickets/",
    "link_label": "See why",
}


@pytest.fixture
def row(alice: User, now: datetime) -> Notification:
    enqueue("alert_status", occasion="a", recipients=[alice], context=CONTEXT, now=now)
    return Notification.objects.get()


@pytest.fixture
def broken_server() -> Iterator[list[int]]:
    """A mail server that refuses, and counts how often it was asked."""
    asked: list[int] = []

    def refuse(*args: object) -> None:
        asked.append(1)
        raise OSError("connection refused")

    with patch.object(EmailMultiAlternatives, "send", refuse):
        yield asked


def sent_message(number: int = 0) -> Message:
    return mail.outbox[number].message()


@pytest.mark.django_db
def test_a_due_message_goes_out_once(row: Notification, now: datetime) -> None:
    assert deliver_due(now) == 1
    assert deliver_due(now) == 0
    assert deliver_messages() == 0

    row.refresh_from_db()
    assert (row.state, row.sent_at, row.attempts, row.error) == ("sent", now, 1, "")
    assert [message.to for message in mail.outbox] == [["alice@example.org"]]


@pytest.mark.django_db
def test_the_mail(row: Notification, now: datetime) -> None:
    deliver_due(now)

    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    text, html = str(message.body), str(message.alternatives[0][0])
    assert message.subject == "✕ Tickets & <b>calls</b> is off track (October 2026)"
    assert "Tickets & <b>calls</b>, 412 in October 2026" in text
    assert "Tickets &amp; &lt;b&gt;calls&lt;/b&gt;" in html and "<b>calls</b>" not in html
    assert "12 above the target." in text and "12 above the target." in html
    assert "http://127.0.0.1:8000/indicators/tickets/" in text and "/indicators/tickets/" in html


@pytest.mark.django_db
def test_its_headers(row: Notification, now: datetime) -> None:
    deliver_due(now)

    message = sent_message()
    assert message["Message-ID"] == f"<{row.pk}@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"].startswith("<http://127.0.0.1:8000/notifications/unsub")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.django_db
def test_a_subject_of_several_lines_becomes_one(alice: User, now: datetime) -> None:
    context = CONTEXT | {"name": "Sales\r\nBcc: everybody@example.org"}
    enqueue("alert_status", occasion="a", recipients=[alice], context=context, now=now)
    deliver_due(now)

    assert "\n" not in mail.outbox[0].subject
    assert sent_message()["Bcc"] is None


@pytest.mark.django_db
def test_a_failed_message_waits_longer_each_time_and_is_given_up_in_the_end(
    row: Notification, now: datetime, broken_server: list[int]
) -> None:
    for wait in RETRY_AFTER:
        assert deliver_due(now) == 0
        row.refresh_from_db()
        assert (row.state, row.next_attempt_at) == ("failed", now + wait)
        assert deliver_due(row.next_attempt_at - timedelta(seconds=1)) == 0  # not yet
        now = row.next_attempt_at
    deliver_due(now)
    row.refresh_from_db()
    deliver_due(now + timedelta(days=30))

    assert (row.state, row.error) == ("dead", "OSError: connection refused")
    assert len(broken_server) == len(RETRY_AFTER) + 1


@pytest.mark.django_db
def test_a_message_that_was_given_up_is_sent_again_on_demand(
    row: Notification, now: datetime
) -> None:
    Notification.objects.update(state="dead", attempts=8)
    row.refresh_from_db()

    assert row.send_again(now)
    assert not row.send_again(now)  # it is queued now
    assert deliver_due(now) == 1


@pytest.mark.django_db
def test_one_bad_row_does_not_stop_the_others(row: Notification, bob: User, now: datetime) -> None:
    enqueue("alert_unknown", occasion="0", recipients=[bob], context={}, now=now)
    Notification.objects.filter(kind="alert_unknown").update(next_attempt_at=now - LEASE)

    assert deliver_due(now) == 1
    bad = Notification.objects.get(kind="alert_unknown")
    assert bad.state == "failed" and "alert_unknown.subject" in bad.error


@pytest.mark.django_db
def test_nobody_who_left_gets_mail(row: Notification, alice: User, now: datetime) -> None:
    alice.is_active = False
    alice.save()

    assert deliver_due(now) == 0
    row.refresh_from_db()
    assert row.state == "dead" and not mail.outbox


@pytest.mark.django_db
def test_a_crash_between_sending_and_noting_repeats_it_with_the_same_id(
    row: Notification, now: datetime
) -> None:
    dies_after_sending = patch.object(Notification, "mark_sent", side_effect=KeyboardInterrupt)
    with dies_after_sending, pytest.raises(KeyboardInterrupt):
        deliver_due(now)

    assert deliver_due(now + LEASE) == 0  # the lease still holds
    assert deliver_due(now + LEASE + timedelta(seconds=1)) == 1
    assert len(mail.outbox) == 2
    assert sent_message(0)["Message-ID"] == sent_message(1)["Message-ID"]


@pytest.mark.django_db
def test_a_message_that_kills_its_sender_is_given_up(row: Notification, now: datetime) -> None:
    with patch.dict(outbox.CHANNELS, email=lambda row: (_ for _ in ()).throw(SystemExit)):
        for _ in range(len(RETRY_AFTER) + 1):
            with pytest.raises(SystemExit):
                deliver_due(now)
            now += LEASE + timedelta(seconds=1)
        assert deliver_due(now) == 0

    row.refresh_from_db()
    assert (row.state, row.error) == ("dead", "Every attempt ended without an answer.")


@pytest.mark.django_db
def test_a_sender_that_lost_its_lease_changes_nothing(row: Notification, now: datetime) -> None:
    slow = Notification.objects.claim(now)
    assert slow is not None
    later = now + LEASE + timedelta(seconds=1)
    assert deliver_due(later) == 1

    assert not slow.mark_failed("timed out", later)
    row.refresh_from_db()
    assert (row.state, row.sent_at) == ("sent", later)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_nothing_twice(now: datetime) -> None:
    people = [make_user(f"person{k}") for k in range(12)]
    enqueue("alert_status", occasion="a", recipients=people, context=CONTEXT, now=now)

    sent = run_together(*[lambda: deliver_due(now)] * 2)

    addresses = [message.to[0] for message in mail.outbox]
    assert sorted(addresses) == sorted(person.email for person in people)
    assert sum(sent) == 12


@pytest.mark.django_db
def test_times_in_a_mail_are_those_of_the_reader(alice: User, now: datetime) -> None:
    alice.timezone = "Asia/Tokyo"
    alice.save()
    context = {"title": "November review", "team": "Red", "points": [], "more": 0, "path": "/x/"}
    context["scheduled_at"] = "2026-12-08T10:00:00+00:00"
    enqueue("review_opened", occasion="r", recipients=[alice], context=context, now=now)
    deliver_due(now)

    assert mail.outbox[0].subject == "November review, 8 December, 19:00: nothing needs a decision"
