"""The doors of a meeting: what each role may see and do, and that nobody's words are lost."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from indicators.models import Indicator
from reviews.closing import close
from reviews.deciding import decide
from reviews.models import Action, Decision, Review, ReviewItem
from reviews.opening import open_now
from teams.models import Team, User
from tests.conftest import signed_in
from tests.factories import make_team, make_user
from tests.reviews.rows import item_of, judged, open_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(red_team: Team, alice: User, now: datetime) -> Review:
    return open_review(red_team, alice, now, "sales", "tickets")


def page(review: Review, part: str = "") -> str:
    return f"/reviews/{review.pk}/{part}"


def door(review: Review, verb: str, key: str = "sales") -> str:
    return page(review, f"items/{item_of(review, key).pk}/{verb}/")


def said(client: Client, review: Review, text: str, seen: str = "") -> Any:
    return client.post(door(review, "comment"), {"commentary": text, "seen": seen})


def deciding(**fields: Any) -> dict[str, Any]:
    return {"kind": "act", "reason": "Rain", "doing": "", "seen": ""} | fields


# --- every door and every role ---------------------------------------------------------------


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
        "plan": (f"/teams/{review.team.slug}/review-plans/new/", plan_fields()),
    }


def plan_fields(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Monthly review", "cadence": "monthly", "nth": "2", "weekday": "2",
        "meets_at": "10:00", "minutes": "45", "remind_days": "2", "is_active": "on",
    } | fields  # fmt: skip


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
    close(review, by=alice, now=now)
    other, _ = open_now(red_team, by=alice, now=now + timedelta(days=7))
    path = f"/reviews/{other.pk}/items/{item_of(review).pk}/decide/"

    assert signed_in(alice).post(path, deciding()).status_code == 404


# --- the page --------------------------------------------------------------------------------


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

    assert "Save and next</button>" in found[alice] and "End review" in found[alice]
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


# --- commentary ------------------------------------------------------------------------------


def stamp(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


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
    close(review, by=alice, now=now)
    answer = said(signed_in(carl), review, "too late")

    assert answer.status_code == 409
    assert "too late" in answer.text and "closed before your commentary arrived" in answer.text


# --- decisions and actions -------------------------------------------------------------------


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
    assert "<b>1</b> of 2" in text and re.search(r"<h2>Done</h2>.*Sales", text)
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
        ({"kind": "nonsense"}, "Select a valid choice."),
        ({"reason": " "}, "This field is required."),
        ({"expected_effect": "-5"}, "An expected effect needs a day"),
        ({"expected_effect": "many"}, "Enter a number."),
        ({"check_on": "soon"}, "Enter a valid date."),
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
    close(review, by=alice, now=now)
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
    close(review, by=alice, now=now)
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
    close(review, by=alice, now=now)
    answer = signed_in(alice).post(page(review, "actions/"), {"text": "too late"})

    assert answer.status_code == 409 and "too late" in answer.text


def test_open_actions_of_earlier_meetings_are_on_the_table(
    review: Review, red_team: Team, alice: User, now: datetime
) -> None:
    Action.objects.create(review=review, text="Still to do")
    Action.objects.create(review=review, text="Was done", done_at=now)
    close(review, by=alice, now=now)
    following, _ = open_now(red_team, by=alice, now=now + timedelta(days=7))

    text = signed_in(alice).get(page(following)).text
    assert "Still to do" in text and "Was done" not in text


# --- the end ---------------------------------------------------------------------------------


def test_the_end_is_asked_for_once(review: Review, alice: User) -> None:
    client = signed_in(alice)
    question = client.get(page(review, "close/")).text
    assert "End this review?" in question and "Sales" in question
    assert Review.objects.get().is_open

    for _ in range(2):
        answer = client.post(page(review, "close/"), {"summary": "Good talk."})
        assert answer["Location"] == page(review, "minutes/")
    assert client.get(page(review, "close/")).status_code == 302


def test_the_minutes(review: Review, alice: User, bob: User, charlie: User, now: datetime) -> None:
    reader = signed_in(bob)
    assert reader.get(page(review, "minutes/"))["Location"] == page(review)
    body = {"kind": "act", "reason": "Rain", "doing": "Umbrellas"}
    decide(item_of(review), body, by=alice, seen=None, now=now)
    close(review, by=alice, now=now, summary="Good <i>talk</i>.")

    text = reader.get(page(review, "minutes/")).text
    for words in ("Good &lt;i&gt;talk&lt;/i&gt;.", "Umbrellas", "Sales", "Tickets", "489"):
        assert words in text
    assert "Changed since" not in text
    assert signed_in(charlie).get(page(review, "minutes/")).status_code == 404
    assert reader.post(page(review, "minutes/")).status_code == 405


def test_a_closed_review_shows_what_was_known_then(
    review: Review, alice: User, now: datetime
) -> None:
    close(review, by=alice, now=now)
    Indicator.objects.filter(key="sales").update(name="Turnover", state="retired")
    text = signed_in(alice).get(page(review)).text

    assert "<h2>Sales</h2>" in text and "Turnover" not in text
    assert "Save and next</button>" not in text and "Save commentary" not in text
    assert "You see what was known then." in text


# --- plans and the list ----------------------------------------------------------------------


def test_planning(red_team: Team, alice: User, bob: User) -> None:
    client = signed_in(alice)
    path = f"/teams/{red_team.slug}/review-plans/new/"
    assert client.get(path).status_code == 200
    client.post(path, plan_fields(attendees=[bob.pk]))

    plan = red_team.review_plans.get()
    assert (plan.cadence, plan.nth, plan.weekday) == ("monthly", 2, 2)
    assert plan.next_at is not None and list(plan.attendees.all()) == [bob]
    before, edit = plan.next_at, f"/review-plans/{plan.pk}/"
    assert 'value="10:00"' in client.get(edit).text
    client.post(edit, plan_fields(cadence="weekly", weekday="5"))
    plan.refresh_from_db()
    assert plan.next_at != before
    assert plan.next_at.isoweekday() == 5 and not plan.attendees.exists()
    assert "Every week" in client.get(f"/teams/{red_team.slug}/reviews/").text


def test_only_managers_change_a_plan(red_team: Team, alice: User, bob: User, charlie: User) -> None:
    signed_in(alice).post(f"/teams/{red_team.slug}/review-plans/new/", plan_fields())
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
    answer = signed_in(alice).post(path, plan_fields(**wrong))

    assert answer.status_code == 422 and not red_team.review_plans.exists()


def test_strangers_cannot_be_invited(red_team: Team, alice: User, charlie: User) -> None:
    path = f"/teams/{red_team.slug}/review-plans/new/"
    answer = signed_in(alice).post(path, plan_fields(attendees=[charlie.pk]))

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
    close(review, by=alice, now=now)

    mine, theirs = signed_in(alice).get("/reviews/").text, signed_in(charlie).get("/reviews/").text
    assert "Red team" in mine and "Open blue" in mine
    assert "Red team" not in theirs and "Open blue" in theirs
    assert page(review, "minutes/") in mine
    assert signed_in(charlie).get("/teams/red-team/reviews/").status_code == 404
