"""The doors of a meeting: what each role may see and do, the page, the end, and the list."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from indicators.models import Indicator
from reviews.closing import close_review
from reviews.deciding import decide
from reviews.models import Action, Decision, Review, ReviewItem
from reviews.opening import open_now
from teams.models import Actor, Team, User
from tests.conftest import signed_in
from tests.reviews.rows import (
    deciding,
    door,
    item_of,
    judged,
    open_review,
    page,
    planning,
    stamp,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(red_team: Team, alice: User, now: datetime) -> Review:
    return open_review(red_team, alice, now, "sales", "tickets")


def posts(review: Review) -> dict[str, tuple[str, dict[str, Any]]]:
    """Every writing door with a body that it accepts."""
    Action.objects.get_or_create(review=review, text="promise")
    action = Action.objects.get(text="promise")
    return {
        "comment": (door(review, "comment"), {"commentary": "x", "seen": ""}),
        "decide": (door(review, "decide"), deciding()),
        "act": (page(review, "actions/"), {"text": "do"}),
        "done": (f"/actions/{action.pk}/done/", {}),
        "close": (page(review, "close/"), {"summary": ""}),
        "open": (f"/teams/{review.team.slug}/reviews/open/", {}),
        "plan": (f"/teams/{review.team.slug}/review-plans/new/", planning()),
    }


DOORS = ["comment", "decide", "act", "done", "close", "open", "plan"]


@pytest.mark.parametrize("name", DOORS)
def test_who_may_write_what(
    review: Review, alice: User, carl: User, bob: User, charlie: User, dora: User, name: str
) -> None:
    path, body = posts(review)[name]
    carls = 302 if name == "comment" else 403

    assert signed_in(charlie).post(path, body).status_code == 404
    assert signed_in(bob).post(path, body).status_code == 403
    anonymous = Client().post(path, body)
    assert anonymous.status_code == 302 and "/accounts/login/" in anonymous["Location"]
    assert not Decision.objects.exists() and Review.objects.get().is_open
    assert signed_in(carl).post(path, body).status_code == carls
    body = body | ({"seen": stamp(item_of(review).commented_at)} if name == "comment" else {})
    assert signed_in(alice).post(path, body).status_code == 302
    if name != "comment":
        assert signed_in(dora).post(path, body).status_code in (302, 409)


@pytest.mark.parametrize("name", ["comment", "decide", "act", "done", "open"])
def test_writing_doors_are_not_read(review: Review, alice: User, name: str) -> None:
    path, _ = posts(review)[name]
    assert signed_in(alice).get(path).status_code == 405


@pytest.mark.parametrize("path", ["/reviews/{}/", "/reviews/{}/close/", "/reviews/"])
def test_who_may_read(review: Review, alice: User, bob: User, charlie: User, path: str) -> None:
    path = path.format(review.pk)
    hidden = 200 if path == "/reviews/" else 404

    assert signed_in(alice).get(path).status_code == 200
    assert signed_in(bob).get(path).status_code == (403 if "close" in path else 200)
    assert signed_in(charlie).get(path).status_code == hidden
    assert Client().get(path).status_code == 302
    assert "Review of 21 November" not in signed_in(charlie).get(path).text


UNKNOWN = [
    "/reviews/999999/",
    "/reviews/99999999999999999999/",
    "/reviews/999999/minutes/",
    "/reviews/999999/close/",
    "/review-plans/999999/",
    "/teams/nowhere/reviews/",
]


@pytest.mark.parametrize("path", UNKNOWN)
def test_what_is_not_there(alice: User, path: str) -> None:
    assert signed_in(alice).get(path).status_code == 404
    assert signed_in(alice).delete(path).status_code in (404, 405)


def test_an_item_of_another_review_is_not_found(
    review: Review, red_team: Team, alice: User, now: datetime
) -> None:
    close_review(review, actor=Actor(alice), now=now)
    other, _ = open_now(red_team, by=alice, now=now + timedelta(days=7))
    path = f"/reviews/{other.pk}/items/{item_of(review).pk}/decide/"

    assert signed_in(alice).post(path, deciding()).status_code == 404


def test_the_page_shows_the_first_that_needs_a_decision(review: Review, alice: User) -> None:
    text = signed_in(alice).get(page(review)).text

    assert re.search(r"<h2>Sales</h2>", text)
    assert "Needs a decision" in text and "≥" in text and "489" in text
    assert text.count('<svg class="chart') >= 2
    assert "style=" not in text and "<script>" not in text


def test_another_item_can_be_asked_for(review: Review, alice: User) -> None:
    client, tickets = signed_in(alice), item_of(review, "tickets")

    assert "<h2>Tickets</h2>" in client.get(page(review), {"item": tickets.pk}).text
    for strange in ("0", "x", "99999999999999999999"):
        assert "<h2>Sales</h2>" in client.get(page(review), {"item": strange}).text


def test_viewers_read_what_contributors_and_managers_fill_in(
    review: Review, alice: User, carl: User, bob: User
) -> None:
    found = {who: signed_in(who).get(page(review)).text for who in (alice, carl, bob)}

    assert "Save and next</button>" in found[alice] and "Close review" in found[alice]
    assert "Save commentary" in found[carl] and "Save and next</button>" not in found[carl]
    assert "Save commentary" not in found[bob] and "Not decided yet." in found[bob]


def test_a_persons_own_indicator_is_not_shown_to_others(
    review: Review, alice: User, carl: User, bob: User
) -> None:
    Indicator.objects.filter(key="sales").update(level="individual", owner=carl)

    assert "Sales" in signed_in(carl).get(page(review)).text
    assert "Sales" in signed_in(alice).get(page(review)).text  # manages the team
    assert "Sales" not in signed_in(bob).get(page(review)).text
    assert signed_in(bob).post(door(review, "comment"), {}).status_code == 404


def test_an_empty_agenda(red_team: Team, alice: User, now: datetime) -> None:
    empty, _ = open_now(red_team, by=alice, now=now)

    assert "Nothing on the agenda" in signed_in(alice).get(page(empty)).text
    assert signed_in(alice).post(page(empty, "close/")).status_code == 302
    assert "Nothing on the agenda" in signed_in(alice).get(page(empty, "minutes/")).text


def test_the_number_of_queries_does_not_grow(
    review: Review, red_team: Team, alice: User, now: datetime,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    client = signed_in(alice)
    client.get(page(review))
    with django_assert_max_num_queries(40) as few:
        client.get(page(review))
    for k in range(20):
        ReviewItem.objects.create(review=review, indicator=judged(red_team, f"one-{k}", now))
    with django_assert_max_num_queries(len(few)):
        client.get(page(review))


def test_the_end_is_asked_for_once(review: Review, alice: User) -> None:
    client = signed_in(alice)
    question = client.get(page(review, "close/")).text
    assert "Close this review?" in question and "Sales" in question
    assert Review.objects.get().is_open

    for _ in range(2):
        answer = client.post(page(review, "close/"), {"summary": "Good talk."})
        assert answer["Location"] == page(review, "minutes/")
    assert client.get(page(review, "close/")).status_code == 302


def test_the_effect_on_a_percentage_is_in_percentage_points(
    red_team: Team, alice: User, now: datetime
) -> None:
    review = open_review(red_team, alice, now, "sales")
    indicator = Indicator.objects.get(key="sales")
    Indicator.objects.filter(pk=indicator.pk).update(unit="percent", unit_label="")
    client = signed_in(alice)
    html = client.get(page(review)).content.decode()
    assert "percentage points" in html.split('name="expected_effect"')[1][:400]
    sent = deciding(check_on="2027-01-13", expected_effect="2")
    assert client.post(door(review, "decide"), sent).status_code == 302
    client.post(page(review, "close/"), {"summary": ""})
    minutes = client.get(page(review, "minutes/")).content.decode().replace("\u00a0", " ")
    assert "+2.0 pp" in minutes and "+2.0 %" not in minutes


def test_the_minutes(review: Review, alice: User, bob: User, charlie: User, now: datetime) -> None:
    reader = signed_in(bob)
    assert reader.get(page(review, "minutes/"))["Location"] == page(review)
    body = {"kind": "act", "reason": "Rain", "doing": "Umbrellas"}
    decide(item_of(review), body, by=alice, seen=None, now=now)
    close_review(review, actor=Actor(alice), now=now, summary="Good <i>talk</i>.")

    text = reader.get(page(review, "minutes/")).text
    for words in ("Good &lt;i&gt;talk&lt;/i&gt;.", "Umbrellas", "Sales", "Tickets", "489"):
        assert words in text
    assert "Changed since" not in text
    assert signed_in(charlie).get(page(review, "minutes/")).status_code == 404
    assert reader.post(page(review, "minutes/")).status_code == 405


def test_a_closed_review_shows_what_was_known_then(
    review: Review, alice: User, now: datetime
) -> None:
    close_review(review, actor=Actor(alice), now=now)
    Indicator.objects.filter(key="sales").update(name="Turnover", state="retired")
    text = signed_in(alice).get(page(review)).text

    assert "<h2>Sales</h2>" in text and "Turnover" not in text
    assert "Save and next</button>" not in text and "Save commentary" not in text
    assert "You see what was known then." in text
