"""The REST doors of reviews: plans, opening, commentary, decisions, actions, closing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient
from time_machine import TimeMachineFixture

from reviews.closing import close_review
from reviews.models import Action, Decision, Review, ReviewItem
from teams.access import Scope
from teams.models import Actor, AuditEntry, Team, User
from tests.conftest import signed_in, with_token
from tests.factories import make_team
from tests.reviews.rows import item_of, judged, open_review

pytestmark = pytest.mark.django_db

ROOT = "/api/v1/reviews/"
PLANS = "/api/v1/review-plans/"
PLAN = {"team": "red-team", "cadence": "weekly", "weekday": 5, "meets_at": "09:30"}
DECISION = {"indicator": "sales", "kind": "act", "reason": "Rain"}


@pytest.fixture
def review(red_team: Team, alice: User, now: datetime) -> Review:
    return open_review(red_team, alice, now, "sales", "tickets")


def inside(review: Review, part: str) -> str:
    return f"{ROOT}{review.pk}/{part}"


def codes(answer: Any) -> set[tuple[str | None, str]]:
    return {(error["field"], error["code"]) for error in answer.json()["errors"]}


# --- every writing door and every role -------------------------------------------------------


def writes(review: Review) -> dict[str, tuple[str, str, Any]]:
    """Method, address and body of every writing door."""
    action, _ = Action.objects.get_or_create(review=review, text="promise")
    plan = review.team.review_plans.first() or review.team.review_plans.create(name="x")
    return {
        "plan": ("post", PLANS, PLAN),
        "replan": ("patch", f"{PLANS}{plan.pk}/", {"minutes": 30}),
        "open planned": ("post", f"{PLANS}{plan.pk}/open/", None),
        "open": ("post", f"{ROOT}open/", {"team": "red-team"}),
        "comment": ("patch", inside(review, "items/sales/"), {"commentary": "x"}),
        "decide": ("post", inside(review, "decisions/"), DECISION),
        "promise": ("post", inside(review, "actions/"), {"text": "do"}),
        "finish": ("patch", inside(review, f"actions/{action.pk}/"), {"done": True}),
        "close": ("post", inside(review, "close/"), {}),
    }


DOORS = [
    "plan",
    "replan",
    "open planned",
    "open",
    "comment",
    "decide",
    "promise",
    "finish",
    "close",
]


@pytest.mark.parametrize("name", DOORS)
def test_who_may_write_what(
    review: Review, alice: User, carl: User, bob: User, charlie: User, name: str
) -> None:
    method, path, body = writes(review)[name]

    def status(client: Any) -> int:
        return int(getattr(client, method)(path, body, format="json").status_code)

    assert status(APIClient()) == 401
    assert status(with_token(alice, Scope.REVIEWS_READ, Scope.INDICATORS_WRITE)) == 403
    hidden = 422 if name in ("plan", "open") else 404  # a team that is hidden is unknown
    assert status(with_token(charlie)) == hidden
    assert status(with_token(alice, teams=(make_team("Green"),))) == hidden
    assert status(with_token(bob)) == 403
    assert not Decision.objects.exists() and review.actions.count() == 1
    assert status(with_token(carl)) == (200 if name == "comment" else 403)
    expected = {"comment": 409, "replan": 200, "open": 200, "finish": 200, "close": 200}
    assert status(with_token(alice)) == expected.get(name, 201)


READS = [PLANS, ROOT, "{}", "{}items/", "{}decisions/", "{}actions/"]


@pytest.mark.parametrize("path", READS)
def test_who_may_read(review: Review, bob: User, charlie: User, path: str) -> None:
    path = path.format(inside(review, ""))
    is_list = path in (PLANS, ROOT)

    assert with_token(bob, Scope.REVIEWS_READ).get(path).status_code == 200
    assert with_token(bob, Scope.REVIEWS_WRITE).get(path).status_code == 403
    assert APIClient().get(path).status_code == 401
    stranger = with_token(charlie).get(path)
    assert stranger.status_code == (200 if is_list else 404)
    assert not is_list or stranger.json()["results"] == []
    assert with_token(bob).delete(path).status_code == 405


UNKNOWN = [
    ("get", f"{ROOT}999999/"), ("get", f"{ROOT}99999999999999999999/"),
    ("get", f"{ROOT}999999/items/"), ("post", f"{ROOT}999999/close/"),
    ("get", f"{PLANS}999999/"), ("post", f"{PLANS}999999/open/"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), UNKNOWN)
def test_what_is_not_there(alice: User, method: str, path: str) -> None:
    answer = getattr(with_token(alice), method)(path)

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("application/problem+json")


def test_the_browser_session_works_too(review: Review, alice: User) -> None:
    assert signed_in(alice).get(ROOT).status_code == 200


# --- plans -----------------------------------------------------------------------------------


def test_planning(red_team: Team, alice: User, bob: User) -> None:
    client = with_token(alice)
    made = client.post(PLANS, PLAN | {"attendees": ["Bob@example.org"]}, format="json")

    assert made.status_code == 201
    kept = made.json()
    assert (kept["team"], kept["weekday"], kept["attendees"]) == ("red-team", 5, [bob.email])
    assert datetime.fromisoformat(kept["next_at"]).isoweekday() == 5
    path = f"{PLANS}{kept['id']}/"
    changed = client.patch(path, {"weekday": 1, "attendees": []}, format="json").json()
    assert (changed["weekday"], changed["attendees"]) == (1, [])
    assert datetime.fromisoformat(changed["next_at"]).isoweekday() == 1
    assert client.get(path).json() == changed
    assert client.get(PLANS, {"team": "red-team"}).json()["results"] == [changed]
    actions = AuditEntry.objects.filter(action__startswith="review_plan")
    assert set(actions.values_list("action", flat=True)) == {
        "review_plan.created", "review_plan.changed",
    }  # fmt: skip


WRONG_PLANS = [
    ({"team": "nowhere"}, ("team", "unknown")),
    ({"cadence": "daily"}, ("cadence", "invalid_choice")),
    ({"weekday": 8}, ("weekday", "max_value")),
    ({"weekday": True}, ("weekday", "invalid")),
    ({"meets_at": "25:00"}, ("meets_at", "invalid")),
    ({"remind_days": 7}, ("remind_days", "max_value")),
    ({"attendees": ["charlie@example.org"]}, ("attendees", "stranger")),
    ({"attendees": ["nobody@example.org"]}, ("attendees", "unknown")),
    ({"next_at": "2026-12-01T10:00:00Z"}, ("next_at", "read_only")),
    ({"colour": "red"}, ("colour", "unknown")),
]


@pytest.mark.parametrize(("wrong", "problem"), WRONG_PLANS)
def test_wrong_plans(
    red_team: Team, alice: User, charlie: User, wrong: dict[str, Any], problem: tuple[str, str]
) -> None:
    answer = with_token(alice).post(PLANS, PLAN | wrong, format="json")

    assert answer.status_code == 422 and problem in codes(answer)
    assert not red_team.review_plans.exists()


def test_a_plan_stays_with_its_team(red_team: Team, alice: User) -> None:
    make_team("Green")
    client = with_token(alice)
    plan = client.post(PLANS, PLAN, format="json").json()
    answer = client.patch(f"{PLANS}{plan['id']}/", {"team": "green"}, format="json")

    assert answer.status_code == 422 and codes(answer) == {("team", "fixed")}


# --- opening and closing ---------------------------------------------------------------------


def test_opening_by_hand(red_team: Team, alice: User) -> None:
    client, body = with_token(alice), {"team": "red-team", "title": "Extra"}
    first, again = (client.post(f"{ROOT}open/", body, format="json") for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["title"], first.json()["opened_by"]) == ("Extra", alice.email)


def test_opening_what_is_planned(red_team: Team, alice: User) -> None:
    client = with_token(alice)
    plan = client.post(PLANS, PLAN, format="json").json()
    first = client.post(f"{PLANS}{plan['id']}/open/").json()
    second = client.post(f"{PLANS}{plan['id']}/open/").json()

    assert (first["plan"], first["scheduled_at"]) == (plan["id"], plan["next_at"])
    later = datetime.fromisoformat(second["scheduled_at"])
    assert later == datetime.fromisoformat(first["scheduled_at"]) + timedelta(days=7)


def test_closing(
    review: Review, alice: User, now: datetime, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(now)  # what time has changed since is judged before it is frozen
    client = with_token(alice)
    first = client.post(inside(review, "close/"), {"summary": "Good talk."}, format="json")
    again = client.post(inside(review, "close/"), {"summary": "Other."}, format="json")

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json() == client.get(inside(review, "")).json()
    assert (first.json()["state"], first.json()["summary"]) == ("closed", "Good talk.")
    item = client.get(inside(review, "items/")).json()["results"][0]
    assert (item["indicator"], item["status"]) == ("sales", "at_risk")
    assert item["frozen"]["value"] == "489"
    entry = AuditEntry.objects.get(action="review.closed")
    assert entry.token is not None and entry.request_id


def test_the_list(review: Review, alice: User, now: datetime) -> None:
    client = with_token(alice)
    assert [row["id"] for row in client.get(ROOT, {"state": "open"}).json()["results"]] == [
        review.pk
    ]
    assert client.get(ROOT, {"state": "closed"}).json()["results"] == []
    assert client.get(ROOT, {"team": "nowhere"}).json()["results"] == []
    assert client.get(ROOT, {"state": "ajar"}).status_code == 422


# --- inside ----------------------------------------------------------------------------------


def test_commentary_is_not_written_over_unseen(review: Review, carl: User) -> None:
    client, path = with_token(carl), inside(review, "items/sales/")
    first = client.patch(path, {"commentary": "Rain"}, format="json")
    assert first.status_code == 200 and first.json()["commented_by"] == carl.email

    overtaken = client.patch(path, {"commentary": "Snow"}, format="json")
    assert overtaken.status_code == 409
    body = {"commentary": "Snow", "commented_at": first.json()["commented_at"]}
    assert client.patch(path, body, format="json").status_code == 200
    assert item_of(review).commentary == "Snow"
    assert client.patch(path, {"commentary": 5}, format="json").status_code == 422
    assert client.patch(path, {"status": "on_track"}, format="json").status_code == 422
    assert client.patch(inside(review, "items/nothing/"), {}, format="json").status_code == 404


def test_deciding(review: Review, alice: User) -> None:
    client, path = with_token(alice), inside(review, "decisions/")
    body = DECISION | {"owner": alice.email, "expected_effect": -50, "check_on": "2027-01-13"}
    made = client.post(path, body, format="json")

    assert made.status_code == 201
    kept = made.json()
    assert (kept["indicator"], kept["expected_effect"], kept["outcome"]) == (
        "sales",
        -50,
        "waiting",
    )
    assert client.post(path, DECISION, format="json").status_code == 409
    other = client.post(path, DECISION | {"kind": "keep", "replaces": kept["id"]}, format="json")
    entry = AuditEntry.objects.get(action="decision.changed")
    assert (
        entry.detail["before"] | {"kind": kept["kind"], "reason": kept["reason"]}
        == (entry.detail["before"])
    )
    assert entry.detail["before"]["decided_by"] == alice.email
    assert entry.detail["after"]["kind"] == "keep"
    assert entry.token is not None and entry.team == review.team
    assert other.status_code == 201 and other.json()["id"] == kept["id"]
    assert client.get(path).json()["results"] == [other.json()]


WRONG_DECISIONS = [
    ({"indicator": "nothing"}, ("indicator", "unknown")),
    ({"indicator": 5}, ("indicator", "invalid")),
    ({"kind": "dither"}, ("kind", "invalid_choice")),
    ({"reason": ""}, ("reason", "blank")),
    ({"owner": "charlie@example.org"}, ("owner", "stranger")),
    ({"expected_effect": -5}, (None, "invalid")),
    ({"expected_effect": "many"}, ("expected_effect", "number")),
    ({"check_on": "2026"}, ("check_on", "invalid")),
    ({"outcome": "moved"}, ("outcome", "read_only")),
]


@pytest.mark.parametrize(("wrong", "problem"), WRONG_DECISIONS)
def test_wrong_decisions(
    review: Review, alice: User, charlie: User, wrong: dict[str, Any], problem: tuple[str, str]
) -> None:
    answer = with_token(alice).post(inside(review, "decisions/"), DECISION | wrong, format="json")

    assert answer.status_code == 422, answer.json()
    assert problem in codes(answer)
    assert not Decision.objects.exists()


def test_promising(review: Review, alice: User, carl: User) -> None:
    client, path = with_token(alice), inside(review, "actions/")
    client.post(inside(review, "decisions/"), DECISION, format="json")
    body = {"text": "Buy umbrellas", "owner": carl.email, "due_on": "2026-12-01"}
    made = client.post(path, body | {"indicator": "sales"}, format="json")

    assert made.status_code == 201 and made.json()["indicator"] == "sales"
    one = f"{path}{made.json()['id']}/"
    done = with_token(carl).patch(one, {"done": True}, format="json").json()
    assert (
        done["done_at"]
        == with_token(carl).patch(one, {"done": True}, format="json").json()["done_at"]
    )
    assert with_token(carl).patch(one, {"done": False}, format="json").json()["done_at"] is None
    assert client.patch(one, {"done": "yes"}, format="json").status_code == 422
    assert (
        client.post(path, {"text": "x", "indicator": "nothing"}, format="json").status_code == 422
    )
    plain = client.post(path, {"text": "Call"}, format="json").json()
    assert [row["id"] for row in client.get(path).json()["results"]] == [
        made.json()["id"], plain["id"],
    ]  # fmt: skip


def test_nothing_is_written_after_the_end(review: Review, alice: User, now: datetime) -> None:
    close_review(review, actor=Actor(alice), now=now)
    client = with_token(alice)

    for name in ("comment", "decide", "promise"):
        method, path, body = writes(review)[name]
        answer = getattr(client, method)(path, body, format="json")
        assert answer.status_code == 409 and "closed" in answer.json()["detail"]
    assert not Decision.objects.exists()


def test_a_persons_own_indicator_is_not_listed(
    review: Review, alice: User, bob: User, carl: User
) -> None:
    indicator = item_of(review).indicator
    indicator.level, indicator.owner = "individual", carl
    indicator.save()

    def keys(user: User) -> list[str]:
        rows = with_token(user).get(inside(review, "items/")).json()["results"]
        return [row["indicator"] for row in rows]

    assert keys(carl) == ["sales", "tickets"] and keys(bob) == ["tickets"]


def test_lists_take_the_same_queries_however_long(
    review: Review, red_team: Team, bob: User, now: datetime,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    client, path = with_token(bob), inside(review, "items/")
    with django_assert_max_num_queries(12) as few:
        client.get(path)
    for k in range(12):
        ReviewItem.objects.create(review=review, indicator=judged(red_team, f"one-{k}", now))
    with django_assert_max_num_queries(len(few)):
        assert len(client.get(path).json()["results"]) == 14
