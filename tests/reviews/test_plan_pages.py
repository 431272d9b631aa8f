"""The pages of plans, and the list of reviews."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from reviews.closing import close_review
from reviews.models import Review
from teams.models import Actor, AuditEntry, Team, User
from tests.conftest import signed_in
from tests.factories import make_team, make_user
from tests.reviews.rows import (
    open_review,
    page,
    planning,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(red_team: Team, alice: User, now: datetime) -> Review:
    return open_review(red_team, alice, now, "sales", "tickets")


def test_planning(red_team: Team, alice: User, bob: User) -> None:
    client = signed_in(alice)
    path = f"/teams/{red_team.slug}/review-plans/new/"
    assert client.get(path).status_code == 200
    client.post(path, planning(attendees=[bob.pk]))

    plan = red_team.review_plans.get()
    assert (plan.cadence, plan.nth, plan.weekday) == ("monthly", 2, 2)
    assert plan.next_at is not None and list(plan.attendees.all()) == [bob]
    before, edit = plan.next_at, f"/review-plans/{plan.pk}/"
    assert 'value="10:00"' in client.get(edit).text
    client.post(edit, planning(cadence="weekly", weekday="5"))
    plan.refresh_from_db()
    assert plan.next_at != before
    assert plan.next_at.isoweekday() == 5 and not plan.attendees.exists()
    assert "Every week" in client.get(f"/teams/{red_team.slug}/reviews/").text
    noted = AuditEntry.objects.order_by("pk").values_list("action", "actor", "team")
    assert list(noted) == [
        (f"review_plan.{act}", alice.pk, red_team.pk) for act in ("created", "changed")
    ]


def test_only_managers_change_a_plan(red_team: Team, alice: User, bob: User, charlie: User) -> None:
    signed_in(alice).post(f"/teams/{red_team.slug}/review-plans/new/", planning())
    path = f"/review-plans/{red_team.review_plans.get().pk}/"

    for method in ("get", "post"):
        assert getattr(signed_in(bob), method)(path).status_code == 403
        assert getattr(signed_in(charlie), method)(path).status_code == 404
        assert getattr(Client(), method)(path).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [{"weekday": "8"}, {"nth": "0"}, {"meets_at": "25:00"}, {"minutes": "0"}, {"remind_days": "9"},
     {"cadence": "daily"}, {"name": ""}],
)  # fmt: skip
def test_a_wrong_plan_is_refused(red_team: Team, alice: User, wrong: dict[str, str]) -> None:
    path = f"/teams/{red_team.slug}/review-plans/new/"
    answer = signed_in(alice).post(path, planning(**wrong))

    assert answer.status_code == 422 and not red_team.review_plans.exists()


def test_strangers_cannot_be_invited(red_team: Team, alice: User, charlie: User) -> None:
    path = f"/teams/{red_team.slug}/review-plans/new/"
    answer = signed_in(alice).post(path, planning(attendees=[charlie.pk]))

    assert answer.status_code == 422 and charlie.name not in answer.text


def test_opening_by_hand_leads_to_the_open_one(red_team: Team, alice: User) -> None:
    path = f"/teams/{red_team.slug}/reviews/open/"
    first, second = signed_in(alice).post(path), signed_in(alice).post(path)

    assert first["Location"] == second["Location"] == page(Review.objects.get())


def test_the_list_is_of_teams_that_may_be_seen(
    review: Review, alice: User, charlie: User, now: datetime
) -> None:
    blue = make_team("Open blue")
    open_review(blue, make_user("gina", manager=blue), now)
    close_review(review, actor=Actor(alice), now=now)

    mine, theirs = signed_in(alice).get("/reviews/").text, signed_in(charlie).get("/reviews/").text
    assert "Red team" in mine and "Open blue" in mine
    assert "Red team" not in theirs and "Open blue" in theirs
    assert page(review, "minutes/") in mine
    assert signed_in(charlie).get("/teams/red-team/reviews/").status_code == 404
