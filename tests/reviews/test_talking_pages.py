"""What is written into a meeting: commentary, decisions and actions; nobody's words are lost."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from reviews.closing import close_review
from reviews.deciding import decide
from reviews.models import Action, Decision, Review
from reviews.opening import open_now
from teams.models import Actor, Team, User
from tests.conftest import signed_in
from tests.reviews.rows import (
    deciding,
    door,
    item_of,
    open_review,
    page,
    stamp,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(red_team: Team, alice: User, now: datetime) -> Review:
    return open_review(red_team, alice, now, "sales", "tickets")


def said(client: Client, review: Review, text: str, seen: str = "") -> Any:
    return client.post(door(review, "comment"), {"commentary": text, "seen": seen})


def test_commentary_is_kept(review: Review, carl: User) -> None:
    answer = said(signed_in(carl), review, "It rained <b>cats</b>.")

    item = item_of(review)
    assert answer["Location"] == f"/reviews/{review.pk}/?item={item.pk}"
    assert (item.commentary, item.commented_by) == ("It rained <b>cats</b>.", carl)
    text = signed_in(carl).get(page(review)).text
    assert "It rained &lt;b&gt;cats&lt;/b&gt;." in text and stamp(item.commented_at) in text


def test_two_people_at_once_lose_nothing(review: Review, alice: User, carl: User) -> None:
    said(signed_in(carl), review, "Carl's words")
    answer = said(signed_in(alice), review, "Alice's words")  # she saw the empty field

    assert answer.status_code == 409
    assert "Carl&#x27;s words" in answer.text and "Alice&#x27;s words" in answer.text
    assert item_of(review).commentary == "Carl's words"
    seen = re.search(r'name="seen" value="([^"]+)"', answer.text)
    assert seen is not None
    assert said(signed_in(alice), review, "Both", seen[1]).status_code == 302
    assert item_of(review).commentary == "Both"


def test_the_last_word_counts_when_it_was_seen(review: Review, carl: User) -> None:
    client = signed_in(carl)
    said(client, review, "first")

    assert said(client, review, "second", stamp(item_of(review).commented_at)).status_code == 302
    assert item_of(review).commentary == "second"


@pytest.mark.parametrize("seen", ["yesterday", "2026-11-21T12:00:00", "2026-11-21"])
def test_a_forged_page_is_refused_and_the_text_kept(review: Review, carl: User, seen: str) -> None:
    answer = said(signed_in(carl), review, "my words", seen)

    assert answer.status_code == 422 and "my words" in answer.text
    assert item_of(review).commentary == ""


def test_too_long_commentary_is_shown_again(review: Review, carl: User) -> None:
    answer = said(signed_in(carl), review, "word " * 1001)

    assert answer.status_code == 422 and "word word" in answer.text


def test_commentary_after_the_end_is_shown_to_be_copied(
    review: Review, alice: User, carl: User, now: datetime
) -> None:
    close_review(review, actor=Actor(alice), now=now)
    answer = said(signed_in(carl), review, "too late")

    assert answer.status_code == 409
    assert "too late" in answer.text and "closed before your commentary arrived" in answer.text


def test_a_decision_leads_to_the_next_item(review: Review, alice: User) -> None:
    client = signed_in(alice)
    body = deciding(doing="Umbrellas", owner=alice.pk, check_on="2027-01-13", expected_effect="9")
    answer = client.post(door(review, "decide"), body)

    assert answer["Location"] == f"/reviews/{review.pk}/?item={item_of(review, 'tickets').pk}"
    decision = Decision.objects.get()
    assert (decision.kind, decision.reason, decision.doing) == ("act", "Rain", "Umbrellas")
    assert (decision.owner, decision.decided_by, decision.outcome) == (alice, alice, "waiting")
    assert (str(decision.expected_effect), decision.check_on) == ("9", date(2027, 1, 13))
    text = client.get(page(review)).text
    assert "<b>1</b> of 2" in text and re.search(
        r"<h2>Done</h2>(?:(?!</ol>).)*Sales", text, re.DOTALL
    )
    assert "An effect of that size can be told from noise after" in text


def test_a_decision_is_changed_until_the_end(review: Review, alice: User) -> None:
    client = signed_in(alice)
    client.post(door(review, "decide"), deciding(check_on="2027-01-13", expected_effect="9"))
    seen = stamp(Decision.objects.get().decided_at)
    client.post(door(review, "decide"), deciding(kind="keep", seen=seen))

    decision = Decision.objects.get()
    assert (decision.kind, decision.expected_effect, decision.outcome) == ("keep", None, "")


def test_two_managers_at_once_lose_nothing(review: Review, alice: User, dora: User) -> None:
    signed_in(dora).post(door(review, "decide"), deciding(kind="retire", reason="Dora's reason"))
    answer = signed_in(alice).post(door(review, "decide"), deciding(reason="Alice's reason"))

    assert answer.status_code == 409
    assert "Dora decided meanwhile: retire, “Dora&#x27;s reason”" in answer.text
    assert "Alice&#x27;s reason" in answer.text
    assert Decision.objects.get().kind == "retire"


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"kind": "nonsense"}, "Choose one of the list."),
        ({"reason": " "}, "Fill in this field."),
        ({"expected_effect": "-5"}, "An expected effect needs a day"),
        ({"expected_effect": "many"}, "Write a number."),
        ({"check_on": "soon"}, "Write a day, such as"),
    ],
)
def test_a_wrong_decision_is_shown_again(
    review: Review, alice: User, wrong: dict[str, Any], problem: str
) -> None:
    body = deciding(doing="Keep these words") | wrong
    answer = signed_in(alice).post(door(review, "decide"), body)

    assert answer.status_code == 422
    assert "Keep these words" in answer.text and problem in answer.text
    assert not Decision.objects.exists()


def test_a_stranger_cannot_be_made_responsible(review: Review, alice: User, charlie: User) -> None:
    answer = signed_in(alice).post(door(review, "decide"), deciding(owner=charlie.pk))

    assert answer.status_code == 422 and not Decision.objects.exists()


def test_deciding_after_the_end(review: Review, alice: User, now: datetime) -> None:
    close_review(review, actor=Actor(alice), now=now)
    answer = signed_in(alice).post(door(review, "decide"), deciding(reason="too late"))

    assert answer.status_code == 409 and "too late" in answer.text
    assert not Decision.objects.exists()


def test_actions(review: Review, alice: User, carl: User, now: datetime) -> None:
    item = item_of(review)
    decision = decide(item, {"kind": "act", "reason": "x"}, by=alice, seen=None, now=now)
    body = {"text": "Buy umbrellas", "owner": carl.pk, "due_on": "2026-12-01", "item": item.pk}
    signed_in(alice).post(page(review, "actions/"), body)

    action = Action.objects.get()
    assert (action.owner, action.due_on, action.decision) == (carl, date(2026, 12, 1), decision)
    close_review(review, actor=Actor(alice), now=now)
    path = f"/actions/{action.pk}/done/"
    for _ in range(2):  # its owner ticks it off, though the review is closed
        assert signed_in(carl).post(path).status_code == 302
    action.refresh_from_db()
    assert action.done_at is not None
    signed_in(carl).post(path, {"done": "0"})
    action.refresh_from_db()
    assert action.done_at is None


def test_a_wrong_action_is_shown_again(review: Review, alice: User) -> None:
    answer = signed_in(alice).post(page(review, "actions/"), {"text": "", "due_on": "2026-12-01"})

    assert answer.status_code == 422 and "2026-12-01" in answer.text
    assert not Action.objects.exists()


def test_no_action_after_the_end(review: Review, alice: User, now: datetime) -> None:
    close_review(review, actor=Actor(alice), now=now)
    answer = signed_in(alice).post(page(review, "actions/"), {"text": "too late"})

    assert answer.status_code == 409 and "too late" in answer.text


def test_open_actions_of_earlier_meetings_are_on_the_table(
    review: Review, red_team: Team, alice: User, now: datetime
) -> None:
    Action.objects.create(review=review, text="Still to do")
    Action.objects.create(review=review, text="Was done", done_at=now)
    close_review(review, actor=Actor(alice), now=now)
    following, _ = open_now(red_team, by=alice, now=now + timedelta(days=7))

    text = signed_in(alice).get(page(following)).text
    assert "Still to do" in text and "Was done" not in text
