"""Reminders: which values are missed when, each asked for exactly once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from indicators.models import Indicator
from notifications.models import Notification
from notifications.reminders import due_values, newest_due, remind_of_values, remind_owners
from notifications.tasks import remind_values
from teams.models import Organisation, Team, User
from tests.factories import make_indicator, make_measurements

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _organisation(organisation: Organisation) -> None:
    pass


def owned(team: Team, owner: User, key: str = "sales", **fields: Any) -> Indicator:
    return make_indicator(team, key, owner=owner, **({"created_at": LONG_AGO} | fields))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# grain, just before the value is missed, when it is, the period that is asked for
DUE = [
    ("day", "2026-11-20T07:59", "2026-11-20T08:00", "2026-11-18"),
    ("week", "2026-11-18T07:59", "2026-11-18T08:00", "2026-11-09"),
    ("month", "2026-11-06T07:59", "2026-11-06T08:00", "2026-10-01"),
    ("quarter", "2026-10-11T07:59", "2026-10-11T08:00", "2026-07-01"),
    ("year", "2027-01-16T07:59", "2027-01-16T08:00", "2026-01-01"),
]


@pytest.mark.parametrize(("grain", "before", "when", "period"), DUE)
def test_when_a_value_is_missed(
    red_team: Team, alice: User, grain: str, before: str, when: str, period: str
) -> None:
    indicator = owned(red_team, alice, period=grain)
    organisation = Organisation.current()
    then, now = (newest_due(indicator, organisation, at(text)) for text in (before, when))

    assert now is not None and now.period == date.fromisoformat(period)
    assert then is not None and then.period < now.period


def test_the_morning_is_that_of_the_owner(red_team: Team, alice: User) -> None:
    alice.timezone = "America/New_York"  # eight o'clock there is 13:00 UTC in winter
    alice.save()
    indicator, organisation = owned(red_team, alice), Organisation.current()
    early = newest_due(indicator, organisation, at("2026-11-06T12:59"))
    due = newest_due(indicator, organisation, at("2026-11-06T13:00"))

    assert early is not None and early.period == date(2026, 9, 1)
    assert due is not None and due.period == date(2026, 10, 1)


def test_the_period_is_that_of_the_indicators_calendar(red_team: Team, alice: User) -> None:
    indicator = owned(red_team, alice, period="day", timezone="Pacific/Auckland")
    due = newest_due(indicator, Organisation.current(), at("2026-11-20T08:00"))

    assert due is not None and due.period == date(2026, 11, 18)
    assert due.begins_at == at("2026-11-17T11:00") and due.ends_at == at("2026-11-18T11:00")


def test_the_owner_is_asked_once_a_period(red_team: Team, alice: User, now: datetime) -> None:
    owned(red_team, alice, source="the shop")

    assert remind_of_values(now) == 1
    assert remind_of_values(now + timedelta(hours=3)) == 0
    assert remind_of_values(now + timedelta(days=20)) == 1  # the next period
    row = Notification.objects.order_by("created_at").first()
    assert row is not None and row.occasion == "value-due:sales:2026-10-01"
    assert row.recipient == alice and row.context["period"] == "October 2026"
    assert row.context["source"] == "the shop"


def test_only_the_newest_missed_period_is_asked_for(
    red_team: Team, alice: User, now: datetime
) -> None:
    indicator = owned(red_team, alice)
    make_measurements(indicator, [1], first=date(2026, 3, 1))

    assert remind_of_values(now) == 1
    assert Notification.objects.get().context["period"] == "October 2026"


def test_a_value_that_is_there_is_not_asked_for(red_team: Team, alice: User, now: datetime) -> None:
    make_measurements(owned(red_team, alice), [1], first=date(2026, 10, 1))

    assert remind_of_values(now) == 0


def test_a_value_of_the_next_period_does_not_count(
    red_team: Team, alice: User, now: datetime
) -> None:
    make_measurements(owned(red_team, alice), [1], first=date(2026, 11, 1))

    assert remind_of_values(now) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "draft"},
        {"state": "retired"},
        {"source_kind": "ratio"},
        {"owner_id": None},
        {"created_at": datetime(2026, 11, 3, tzinfo=UTC)},
    ],
)
def test_nobody_is_asked_for_what_nobody_promised(
    red_team: Team, alice: User, now: datetime, fields: dict[str, Any]
) -> None:
    owned(red_team, alice)
    Indicator.objects.update(**fields)

    assert remind_of_values(now) == 0


def test_whoever_left_is_not_asked(red_team: Team, alice: User, now: datetime) -> None:
    owned(red_team, alice)
    alice.is_active = False
    alice.save()

    assert remind_of_values(now) == 0


def test_one_bad_indicator_does_not_stop_the_others(
    red_team: Team, alice: User, now: datetime
) -> None:
    owned(red_team, alice, "bad", timezone="Nowhere/Land")
    owned(red_team, alice, "good")

    assert [due.indicator.key for due in due_values(now)] == ["good"]


def test_a_reevaluation_is_asked_for_once_a_date(
    red_team: Team, alice: User, now: datetime
) -> None:
    today = now.date()
    indicator = owned(red_team, alice, reevaluate_on=today, source_kind="ratio")
    later = owned(red_team, alice, "later", reevaluate_on=today + timedelta(1), source_kind="ratio")

    assert remind_owners(now) == 1
    assert remind_owners(now) == 0
    assert Notification.objects.get().kind == "reminder_reevaluation"
    Indicator.objects.filter(pk=indicator.pk).update(reevaluate_on=today - timedelta(1))
    assert remind_owners(now) == 1
    assert later.key not in str(Notification.objects.values_list("occasion", flat=True))


def test_the_number_of_queries_does_not_grow(
    red_team: Team, alice: User, now: datetime, django_assert_num_queries: Any
) -> None:
    for k in range(30):
        owned(red_team, alice, f"one-{k}")
    remind_of_values(now)

    with django_assert_num_queries(4):
        assert remind_of_values(now) == 0


def test_the_task_and_the_command_do_the_same(red_team: Team, alice: User) -> None:
    owned(red_team, alice)

    assert remind_values() == 1
    call_command("send_reminders", verbosity=0)
    assert Notification.objects.filter(kind="reminder_value_due").count() == 1
    assert Notification.objects.get().state == "sent"
