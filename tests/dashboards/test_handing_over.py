"""Somebody leaves: what they own is listed, handed over, and looked after until then."""

from __future__ import annotations

from datetime import datetime

import pytest

from indicators.models import Indicator, Objective
from notifications.alerts import alert_recipients
from reviews.models import Action, Review
from teams.models import AuditEntry, Team, User
from tests import factories
from tests.conftest import signed_in


@pytest.fixture
def left(alice: User, carl: User, red_team: Team, now: datetime) -> User:
    """Carl, who owned something of every kind and was deactivated."""
    factories.make_indicator(red_team, "sales", owner=carl)
    factories.make_indicator(red_team, "old", owner=carl, state="retired")
    factories.make_objective(red_team, slug="grow", owner=carl)
    review = Review.objects.create(team=red_team, title="November", scheduled_at=now, opened_at=now)
    Action.objects.create(review=review, text="Call them", owner=carl)
    Action.objects.create(review=review, text="Done it", owner=carl, done_at=now)
    Team.objects.filter(pk=red_team.pk).update(lead=carl)
    User.objects.filter(pk=carl.pk).update(is_active=False)
    return User.objects.get(pk=carl.pk)


def url(person: User) -> str:
    return f"/organisation/people/{person.pk}/handover/"


def test_deactivating_leads_to_what_they_own(dora: User, bob: User) -> None:
    sent = {"email": bob.email, "name": bob.name}
    answer = signed_in(dora).post(f"/organisation/people/{bob.pk}/", sent)
    assert answer["Location"] == url(bob)
    assert "owns nothing that is open" in signed_in(dora).get(url(bob)).content.decode()


def test_open_things_are_listed_and_handed_over(dora: User, alice: User, left: User) -> None:
    browser = signed_in(dora)
    page = browser.get(url(left)).content.decode()
    assert all(word in page for word in ("Sales", "Grow with customers", "Call them", "Red team"))
    assert "Done it" not in page and ">Old<" not in page
    answer = browser.post(url(left), {"indicators": alice.pk, "actions": alice.pk, "teams": ""})
    assert answer.status_code == 302
    assert Indicator.objects.get(key="sales").owner == alice
    assert Action.objects.get(text="Call them").owner == alice
    assert Action.objects.get(text="Done it").owner == left
    assert Objective.objects.get(slug="grow").owner == left, "left for now"
    browser.post(url(left), {"objectives": alice.pk, "teams": alice.pk})
    assert Objective.objects.get(slug="grow").owner == alice
    assert Team.objects.get(slug="red-team").lead == alice
    noted = AuditEntry.objects.filter(action="person.handed_over")
    assert [entry.detail["n"] for entry in noted] == [1, 1, 1, 1]


@pytest.mark.parametrize("to", ["left", "nobody"])
def test_nobody_who_left_takes_anything(dora: User, left: User, to: str) -> None:
    taker = left.pk if to == "left" else 999_999
    assert signed_in(dora).post(url(left), {"indicators": taker}).status_code == 422
    assert Indicator.objects.get(key="sales").owner == left


def test_until_then_the_managers_are_told(alice: User, left: User, bob: User) -> None:
    sales = Indicator.objects.get(key="sales")
    assert alert_recipients(sales) == [alice], "the lead left, too"
    Team.objects.filter(slug="red-team").update(lead=bob)
    assert alert_recipients(Indicator.objects.get(key="sales")) == [bob]


def test_managers_of_the_team_above_stand_in(left: User, charlie: User, red_team: Team) -> None:
    User.objects.filter(email="alice@example.org").update(is_active=False)
    red_team.refresh_from_db()
    red_team.parent = Team.objects.get(slug="blue-team")
    red_team.save()
    assert alert_recipients(Indicator.objects.get(key="sales")) == [charlie]


def test_pages_say_that_the_owner_left(alice: User, left: User) -> None:
    browser = signed_in(alice)
    for path in ("/indicators/sales/", "/objectives/?team=red-team"):
        assert "Carl (left)" in browser.get(path, follow=True).content.decode(), path
