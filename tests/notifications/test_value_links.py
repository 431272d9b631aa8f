"""Reminders that carry a one-time link, and managers who ask an owner for a value."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from indicators.models import Indicator
from measurements.models import EntryLink, Measurement
from notifications.models import Notification, Preference, Topic
from notifications.outbox import deliver_due
from notifications.reminders import remind_of_values
from teams.models import AuditEntry, Membership, Team, User
from tests import clock
from tests.conftest import signed_in
from tests.factories import make_indicator

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
ASK = "/indicators/sales/values/ask/"


@pytest.fixture
def sales(red_team: Team, carl: User) -> Indicator:
    return make_indicator(red_team, "sales", owner=carl, created_at=LONG_AGO)


def links_in(message: Any) -> set[str]:
    """The one-time links of a mail, in its text and its page."""
    both = message.body + "".join(str(part[0]) for part in message.alternatives)
    return set(re.findall(r"https?://[^/]+(/enter/\w+/\w+/)", both))


class TestReminder:
    def test_its_link_takes_the_value(self, sales: Indicator, carl: User) -> None:
        now = clock.now()
        assert remind_of_values(now) == 1
        assert deliver_due(now) == 1
        message = mail.outbox[0]
        (path,) = links_in(message)
        assert "without signing in" in message.body and "/entry/?show=due" in message.body
        label = Notification.objects.get().context["period"]
        page = Client().get(path).content.decode()
        assert label in page and label in message.subject
        assert Client().post(path, {"value": "5", "seen": ""}).status_code == 200
        row, link = Measurement.objects.get(), EntryLink.objects.get()
        assert row.at.date() == link.period and link.made_by is None and link.user == carl

    def test_no_secret_waits_in_the_outbox(self, sales: Indicator, now: datetime) -> None:
        remind_of_values(now)
        (link,) = EntryLink.objects.all()
        context = Notification.objects.get().context
        assert context["entry_link"] == link.public_id
        assert EntryLink.secret_of(link.public_id) not in str(context)

    def test_a_mail_that_is_tried_again_has_the_same_link(
        self, sales: Indicator, now: datetime
    ) -> None:
        remind_of_values(now)
        deliver_due(now)
        Notification.objects.update(state="failed")
        Notification.objects.get().send_again(now)
        deliver_due(now)
        assert len(mail.outbox) == 2 and links_in(mail.outbox[0]) == links_in(mail.outbox[1])

    def test_a_second_pass_makes_no_second_link(self, sales: Indicator, now: datetime) -> None:
        remind_of_values(now)
        assert remind_of_values(now + timedelta(hours=3)) == 0
        assert [link.revoked_at for link in EntryLink.objects.all()] == [None]

    def test_the_next_reminder_ends_the_link_of_the_last(
        self, sales: Indicator, now: datetime
    ) -> None:
        remind_of_values(now)
        remind_of_values(now + timedelta(days=20))
        found = [
            (link.period, link.revoked_at is None) for link in EntryLink.objects.order_by("period")
        ]
        assert found == [(date(2026, 10, 1), False), (date(2026, 11, 1), True)]

    def test_whoever_wants_no_reminders_gets_no_link_either(
        self, sales: Indicator, carl: User, now: datetime
    ) -> None:
        Preference.decline(carl.pk, Topic.REMINDERS)
        assert remind_of_values(now) == 0
        assert not EntryLink.objects.exists() and not AuditEntry.objects.exists()

    def test_an_owner_who_may_not_enter_is_reminded_without_a_link(
        self, sales: Indicator, now: datetime
    ) -> None:
        Membership.objects.update(role="viewer")
        assert remind_of_values(now) == 1
        deliver_due(now)
        assert not links_in(mail.outbox[0]) and "/entry/?show=due" in mail.outbox[0].body

    def test_one_value_of_many_is_not_asked_for_by_link(
        self, sales: Indicator, now: datetime
    ) -> None:
        Indicator.objects.update(entry_period="day")
        assert remind_of_values(now) == 1
        assert not EntryLink.objects.exists()


class TestAsking:
    def test_the_owner_gets_a_link_and_the_manager_never_sees_it(
        self, sales: Indicator, alice: User, carl: User
    ) -> None:
        page = signed_in(alice).get("/indicators/sales/values/").content.decode()
        assert ASK in page
        answer = signed_in(alice).post(ASK, follow=True)
        assert answer.redirect_chain == [("/indicators/sales/values/", 302)]
        text = answer.content.decode()
        assert "A link goes to Carl" in text and "/enter/" not in text
        deliver_due(clock.now())
        (message,) = mail.outbox
        assert message.to == ["carl@example.org"] and "Alice asks you for" in message.body
        (path,) = links_in(message)
        assert Client().get(path).status_code == 200
        link = EntryLink.objects.get()
        assert (link.user, link.made_by) == (carl, alice)
        assert AuditEntry.objects.get(action="entry_link.issued").actor == alice

    def test_asking_again_sends_another_and_ends_the_first(
        self, sales: Indicator, alice: User
    ) -> None:
        for _ in range(2):
            signed_in(alice).post(ASK)
        assert Notification.objects.count() == 2
        ends = sorted(link.revoked_at is None for link in EntryLink.objects.all())
        assert ends == [False, True]

    def test_there_may_be_nobody_to_ask(self, sales: Indicator, alice: User, carl: User) -> None:
        Preference.decline(carl.pk, Topic.REMINDERS)
        text = signed_in(alice).post(ASK, follow=True).content.decode()
        assert "Nobody to send it to" in text
        Indicator.objects.update(owner=None)
        assert "Nobody to send it to" in signed_in(alice).post(ASK, follow=True).content.decode()
        assert ASK not in signed_in(alice).get("/indicators/sales/values/").content.decode()
        assert not EntryLink.objects.exists() and not Notification.objects.exists()

    def test_roles(self, sales: Indicator, bob: User, carl: User, charlie: User) -> None:
        statuses = [signed_in(user).post(ASK).status_code for user in (bob, carl, charlie)]
        assert statuses == [403, 403, 404]
        assert ASK not in signed_in(carl).get("/indicators/sales/values/").content.decode()
        assert Client().post(ASK).status_code == 302
        assert signed_in(carl).get(ASK).status_code == 405
        assert signed_in(carl).post("/indicators/nothing/values/ask/").status_code == 404
        assert not EntryLink.objects.exists()
