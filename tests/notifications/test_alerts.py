"""Alerts: which changes of a verdict matter, who is told, and that each is told once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from unittest.mock import patch

import pytest

from indicators.models import Indicator
from notifications import alerts
from notifications.alerts import announce_changes, news_of
from notifications.models import Notification
from notifications.tasks import announce_verdicts
from teams.models import Team, User
from tests.factories import make_indicator, make_team, make_user
from tests.threads import run_together
from verdicts.models import Verdict, VerdictChange

OCTOBER = date(2026, 10, 1)


def changed(indicator: Indicator, before: str, after: str, **fields: Any) -> VerdictChange:
    defaults: dict[str, Any] = {
        "at": datetime.fromisoformat("2026-11-20T09:00:00+00:00"),
        "period": OCTOBER,
        "from_signal": "steady",
        "to_signal": "steady",
        "reason": "20 short.",
    }
    return VerdictChange.objects.create(
        indicator=indicator, from_status=before, to_status=after, **(defaults | fields)
    )


@pytest.fixture
def tickets(red_team: Team, alice: User) -> Indicator:
    indicator = make_indicator(red_team, "tickets", owner=alice)
    Verdict.objects.filter(pk=indicator.pk).update(value=412, status="off_track")
    return indicator


# status before, status now, what the calibrated rules found, what is said
NEWS = [
    ("on_track", "at_risk", "", "worsened"),
    ("on_track", "off_track", "", "worsened"),
    ("achieved", "met_at_cost", "", "worsened"),
    ("at_risk", "off_track", "deteriorating", "worsened"),
    ("off_track", "on_track", "", "recovered"),
    ("at_risk", "achieved", "", "recovered"),
    ("off_track", "at_risk", "", ""),
    ("on_track", "achieved", "", ""),
    ("on_track", "stale", "", ""),
    ("no_target", "off_track", "", ""),
    ("on_track", "on_track", "deteriorating", "deteriorating"),
    ("off_track", "off_track", "improving", "improving"),
    ("off_track", "on_track", "improving", "improving"),
    ("no_target", "no_target", "deteriorating", "deteriorating"),
    ("", "off_track", "deteriorating", ""),
]


@pytest.mark.parametrize(("before", "after", "alert", "news"), NEWS)
def test_what_is_news(before: str, after: str, alert: str, news: str) -> None:
    change = VerdictChange(from_status=before, to_status=after, alert=alert)
    assert news_of(change, before) == news


def test_the_rules_of_the_chart_alone_are_no_news() -> None:
    change = VerdictChange(
        from_status="on_track", to_status="on_track", from_signal="steady", to_signal="improving"
    )
    assert news_of(change, "on_track") == ""


@pytest.mark.django_db
def test_owner_and_stakeholders_are_told_once(
    tickets: Indicator, alice: User, bob: User, now: datetime
) -> None:
    tickets.stakeholders.set([alice, bob])
    change = changed(tickets, "on_track", "off_track")

    assert announce_changes(now) == 2
    assert announce_changes(now) == 0
    assert announce_verdicts() == 0

    change.refresh_from_db()
    assert change.announced_at == now
    row = Notification.objects.get(recipient=bob)
    assert row.occasion == "alert:tickets:2026-10-01"
    assert row.context["status_word"] == "Off track" and row.context["was"] == "On track"
    assert row.context["value"] == "412" and row.context["period"] == "October 2026"


@pytest.mark.django_db
def test_a_change_that_was_announced_is_not_told_to_newcomers(
    tickets: Indicator, bob: User, now: datetime
) -> None:
    change = changed(tickets, "on_track", "off_track")
    announce_changes(now)
    tickets.stakeholders.set([bob])

    assert alerts.announce_one(change.pk, now) == 0
    assert not Notification.objects.filter(recipient=bob).exists()


@pytest.mark.django_db
def test_one_mail_an_indicator_and_period(tickets: Indicator, now: datetime) -> None:
    changed(tickets, "on_track", "at_risk")
    changed(tickets, "at_risk", "off_track")
    changed(tickets, "at_risk", "off_track", period=date(2026, 11, 1))

    assert announce_changes(now) == 2


@pytest.mark.django_db
def test_silence_between_two_states_does_not_hide_the_change(
    tickets: Indicator, now: datetime
) -> None:
    changed(tickets, "no_data", "on_track", period=date(2026, 8, 1))
    changed(tickets, "on_track", "stale", period=date(2026, 9, 1))
    assert announce_changes(now) == 0
    changed(tickets, "stale", "off_track")

    assert announce_changes(now) == 1
    assert Notification.objects.get().context["news"] == "worsened"


@pytest.mark.django_db
def test_coming_back_as_it_was_is_no_news(tickets: Indicator, now: datetime) -> None:
    changed(tickets, "on_track", "off_track", period=date(2026, 8, 1))
    announce_changes(now)
    changed(tickets, "off_track", "stale", period=date(2026, 9, 1))
    changed(tickets, "stale", "off_track")

    assert announce_changes(now) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["draft", "retired"])
def test_what_is_not_active_is_quiet(tickets: Indicator, now: datetime, state: str) -> None:
    Indicator.objects.update(state=state)
    change = changed(tickets, "on_track", "off_track")

    assert announce_changes(now) == 0
    change.refresh_from_db()
    assert change.announced_at == now


@pytest.mark.django_db
def test_who_may_not_see_it_any_more_is_not_told(
    tickets: Indicator, alice: User, charlie: User, now: datetime
) -> None:
    tickets.stakeholders.set([charlie])
    changed(tickets, "on_track", "off_track")
    announce_changes(now)

    assert [row.recipient for row in Notification.objects.all()] == [alice]


@pytest.mark.django_db
def test_a_persons_own_indicator_stays_with_few(red_team: Team, bob: User, now: datetime) -> None:
    carla = make_user("carla", contributor=red_team)
    own = make_indicator(red_team, "own", level="individual", owner=carla)
    own.stakeholders.set([bob])
    changed(own, "on_track", "off_track")
    announce_changes(now)

    assert [row.recipient for row in Notification.objects.all()] == [carla]


@pytest.mark.django_db
def test_one_bad_change_does_not_stop_the_others(tickets: Indicator, now: datetime) -> None:
    bad = changed(tickets, "on_track", "at_risk")
    changed(tickets, "at_risk", "off_track", period=date(2026, 11, 1))
    really = alerts.announce_one

    def fails(change_id: int, at: datetime) -> int:
        if change_id == bad.pk:
            raise ValueError
        return really(change_id, at)

    with patch.object(alerts, "announce_one", fails):
        assert announce_changes(now) == 1
    assert announce_changes(now) == 1  # and it is not forgotten


@pytest.mark.django_db
def test_a_crash_while_telling_takes_the_claim_back(tickets: Indicator, now: datetime) -> None:
    change = changed(tickets, "on_track", "off_track")
    crash = patch.object(alerts, "enqueue", side_effect=KeyboardInterrupt)
    with crash, pytest.raises(KeyboardInterrupt):
        announce_changes(now)

    change.refresh_from_db()
    assert change.announced_at is None
    assert announce_changes(now) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_each_change_once(now: datetime) -> None:
    team = make_team("Green")
    owner = make_user("gina", manager=team)
    for k in range(10):
        changed(make_indicator(team, f"one-{k}", owner=owner), "on_track", "off_track")

    told = run_together(*[lambda: announce_changes(now)] * 2)

    assert sum(told) == 10 == Notification.objects.count()
