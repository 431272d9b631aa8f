"""The outbox as a page, sending again, preferences, and unsubscribing from a mail."""

from __future__ import annotations

import uuid
from datetime import datetime

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from notifications.channels.email import unsubscribe_url
from notifications.models import Notification, Preference
from notifications.outbox import deliver_due, enqueue
from teams.models import User
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

LIST = "/notifications/"


@pytest.fixture
def row(alice: User, now: datetime) -> Notification:
    context = {"name": "Tickets <script>", "period": "October 2026", "path": "/x/"}
    enqueue("reminder_value_due", occasion="a", recipients=[alice], context=context, now=now)
    return Notification.objects.get()


def again(row: Notification) -> str:
    return reverse("notification_send_again", args=[row.pk])


def test_a_person_sees_their_own(row: Notification, alice: User, bob: User) -> None:
    mine, other = signed_in(alice).get(LIST), signed_in(bob).get(LIST)

    assert "Tickets &lt;script&gt;" in mine.text and "Queued" in mine.text
    assert "Tickets" not in other.text and other.status_code == 200


def test_an_administrator_sees_all_with_the_error(row: Notification, dora: User) -> None:
    Notification.objects.update(state="dead", error="SMTPException: mailbox full")
    page = signed_in(dora).get(LIST)

    assert "mailbox full" in page.text and again(row) in page.text
    assert "mailbox full" not in signed_in(dora).get(LIST, {"state": "sent"}).text
    assert "mailbox full" in signed_in(dora).get(LIST, {"state": "dead", "page": "99"}).text
    assert signed_in(dora).get(LIST, {"state": "nonsense"}).status_code == 200


def test_sending_again(row: Notification, dora: User, now: datetime) -> None:
    Notification.objects.update(state="dead", attempts=8)

    assert signed_in(dora).post(again(row)).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("queued", 0)


def test_what_was_sent_is_not_sent_again(row: Notification, dora: User, now: datetime) -> None:
    deliver_due(now)
    page = signed_in(dora).post(again(row), follow=True)

    assert "Only messages that failed" in page.text
    row.refresh_from_db()
    assert row.state == "sent"


def test_only_administrators_send_again(row: Notification, alice: User, bob: User) -> None:
    Notification.objects.update(state="dead")

    assert signed_in(alice).post(again(row)).status_code == 403  # seen, not allowed
    assert signed_in(bob).post(again(row)).status_code == 404  # not even seen
    assert Client().post(again(row)).status_code == 302
    row.refresh_from_db()
    assert row.state == "dead"


def test_unknown_rows_and_wrong_methods(row: Notification, dora: User) -> None:
    client = signed_in(dora)

    assert client.post(f"/notifications/{uuid.uuid4()}/send-again/").status_code == 404
    assert client.get(again(row)).status_code == 405
    assert client.post(LIST).status_code == 405
    assert client.get("/notifications/preferences/").status_code == 405
    assert Client().get(LIST).status_code == 302


def test_preferences(alice: User) -> None:
    client = signed_in(alice)
    assert client.get(LIST).text.count("checked") == 3
    client.post("/notifications/preferences/", {"alerts": "on"})
    client.post("/notifications/preferences/", {"alerts": "on"})

    kept = Preference.objects.get()
    assert (kept.user, kept.alerts, kept.reminders, kept.reviews) == (alice, True, False, False)


def test_unsubscribing_asks_first_and_needs_no_sign_in(row: Notification, alice: User) -> None:
    path = unsubscribe_url(row).removeprefix("http://127.0.0.1:8000")
    client = Client(enforce_csrf_checks=True)

    assert "Unsubscribe from these e-mails" in client.get(path).text
    assert not Preference.objects.exists()  # a link that is only looked at does nothing
    for _ in range(2):
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Preference.objects.get(user=alice).reminders
    assert Preference.objects.get(user=alice).alerts


def test_a_forged_address_unsubscribes_nobody(row: Notification, alice: User) -> None:
    path = unsubscribe_url(row).removeprefix("http://127.0.0.1:8000")

    assert Client().post(path[:-3] + "xx/").status_code == 404
    assert Client().put(path).status_code == 405
    alice.is_active = False
    alice.save()
    assert Client().post(path).status_code == 404
    assert not Preference.objects.exists()


def test_after_unsubscribing_nothing_more_comes(
    alice: User, row: Notification, now: datetime
) -> None:
    Client().post(unsubscribe_url(row).removeprefix("http://127.0.0.1:8000"))
    deliver_due(now)
    again = enqueue("reminder_value_due", occasion="b", recipients=[alice], context={}, now=now)

    assert again == 0
    assert len(mail.outbox) == 1  # what was on its way arrives
