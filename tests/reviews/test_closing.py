"""Closing: freezes what was known, once; corrections stand beside it; minutes go out."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from time_machine import TimeMachineFixture

from indicators.models import Indicator
from measurements.delivery import deliver
from measurements.models import Batch, Measurement
from measurements.row import Row, Sender
from notifications.models import Notification
from notifications.outbox import deliver_due
from reviews.closing import close_review
from reviews.deciding import decide, promise
from reviews.models import Action, Decision, Review, ReviewClosed, ReviewItem
from reviews.opening import open_now
from reviews.snapshots import changed_since, snapshots
from teams.access import Scope
from teams.models import Actor, AuditEntry, Team, User
from tests.conftest import signed_in, with_token
from tests.factories import make_indicator, make_measurements, make_team, make_user
from tests.judged import judge_now
from tests.reviews.rows import item_of, judged, open_review, page
from tests.threads import run_together
from verdicts import judging
from verdicts.models import Verdict

LATER = timedelta(hours=1)


@pytest.fixture
def review(red_team: Team, alice: User, now: datetime) -> Review:
    return open_review(red_team, alice, now, "sales")


@pytest.mark.django_db
def test_everything_the_page_shows_is_frozen(review: Review, alice: User, now: datetime) -> None:
    item = item_of(review)
    item.comment("It rained.", by=alice, seen=None, now=now)
    fields = {"kind": "act", "reason": "Rain", "doing": "Umbrellas", "expected_effect": Decimal(9)}
    decide(item, fields | {"check_on": date(2027, 1, 13)}, by=alice, seen=None, now=now)

    assert close_review(review, actor=Actor(alice), now=now + LATER, summary="  Good talk. ")
    item.refresh_from_db()
    review.refresh_from_db()
    found = item.frozen
    assert found is not None
    assert (review.state, review.closed_at, review.closed_by) == ("closed", now + LATER, alice)
    assert review.summary == "Good talk."
    assert (item.status, item.signal) == ("at_risk", found["signal"])
    assert (found["value"], found["period"], found["period_name"]) == (
        "489", "2026-10-01", "October 2026",
    )  # fmt: skip
    assert found["target"]["words"] == "≥\N{NO-BREAK SPACE}500\N{NO-BREAK SPACE}kr"
    assert found["reason"] and found["spark_values"][-1] == 489.0
    assert [point["value"] for point in found["analysis"]["points"]][-2:] == [488, 489]
    assert (found["commentary"], found["commented_by"]) == ("It rained.", "Alice")
    assert found["decisions"][0]["word"] == "Act"
    assert found["decisions"][0]["expected_effect"] == "9"


@pytest.mark.django_db
def test_closing_twice_is_harmless(review: Review, alice: User, bob: User, now: datetime) -> None:
    assert close_review(review, actor=Actor(alice), now=now, summary="first")
    mails = Notification.objects.count()

    assert not close_review(review, actor=Actor(bob), now=now + LATER, summary="second")
    review.refresh_from_db()
    assert (review.summary, review.closed_by, review.closed_at) == ("first", alice, now)
    assert AuditEntry.objects.filter(action="review.closed").count() == 1
    assert Notification.objects.count() == mails


@pytest.mark.django_db
def test_nothing_can_be_written_afterwards(review: Review, alice: User, now: datetime) -> None:
    close_review(review, actor=Actor(alice), now=now)
    item = item_of(review)

    with pytest.raises(ReviewClosed):
        item.comment("Too late.", by=alice, seen=None, now=now)
    with pytest.raises(ReviewClosed):
        decide(item, {"kind": "keep", "reason": "late"}, by=alice, seen=None, now=now)
    with pytest.raises(ReviewClosed):
        promise(review, Action(text="late"))
    item.refresh_from_db()
    assert (item.commentary, Decision.objects.count(), Action.objects.count()) == ("", 0, 0)


@pytest.mark.django_db
def test_later_corrections_are_said_beside_it(review: Review, alice: User, now: datetime) -> None:
    close_review(review, actor=Actor(alice), now=now)
    item = item_of(review)
    before = copy.deepcopy(item.frozen)
    assert changed_since([item]) == {item.pk: []}

    october = datetime(2026, 10, 1, tzinfo=UTC)
    Measurement.objects.filter(at=october).update(value=Decimal("510.5"))
    judge_now([item.indicator_id], now=now + LATER)

    item.refresh_from_db()
    assert item.frozen == before and item.status == "at_risk"
    assert Verdict.objects.get(pk=item.indicator_id).status == "on_track"
    sentence = changed_since([item])[item.pk][0].replace("\N{NO-BREAK SPACE}", " ")
    assert sentence == "October 2026 was 489 kr; corrected since to 511 kr."


@pytest.mark.django_db
def test_new_periods_are_no_correction(review: Review, alice: User, now: datetime) -> None:
    close_review(review, actor=Actor(alice), now=now)
    item = item_of(review)
    make_measurements(item.indicator, [700], first=date(2026, 11, 1))
    judge_now([item.indicator_id], now=datetime(2026, 12, 5, tzinfo=UTC))

    assert changed_since([item]) == {item.pk: []}


@pytest.mark.django_db
def test_a_withdrawn_value_and_a_new_definition_are_said(
    review: Review, alice: User, now: datetime
) -> None:
    close_review(review, actor=Actor(alice), now=now)
    item = item_of(review)
    Measurement.objects.filter(at__gte=datetime(2026, 10, 1, tzinfo=UTC)).delete()
    item.indicator.record_version(effective_on=None, by=alice)
    judge_now([item.indicator_id], now=now + LATER)

    words = changed_since([item])[item.pk]
    assert len(words) == 2
    assert "has been withdrawn since" in words[0]
    assert words[1] == "The definition has changed since: version 1 then, 2 now."


@pytest.mark.django_db
def test_what_the_clock_found_of_a_decision_is_said(
    review: Review, alice: User, now: datetime
) -> None:
    item = item_of(review)
    decide(item, {"kind": "act", "reason": "x"}, by=alice, seen=None, now=now)
    close_review(review, actor=Actor(alice), now=now)
    Decision.objects.update(outcome="nothing", checked_at=now + LATER)

    item.refresh_from_db()
    assert changed_since([item])[item.pk] == [
        "Decision checked on 21 November 2026: no detectable effect."
    ]


@pytest.mark.django_db
def test_the_minutes_go_out_once(
    review: Review, alice: User, bob: User, carl: User, charlie: User, now: datetime
) -> None:
    item = item_of(review)
    item.comment("It rained & poured.", by=alice, seen=None, now=now)
    fields = {"kind": "keep", "reason": "Wait", "check_on": date(2027, 1, 13), "owner": carl}
    decide(item, fields, by=alice, seen=None, now=now)
    promise(review, Action(text="Buy umbrellas", owner=carl, due_on=date(2026, 12, 1)))
    Notification.objects.all().delete()
    close_review(review, actor=Actor(alice), now=now, summary="Good talk.")
    deliver_due(now)

    assert {message.to[0] for message in mail.outbox} == {
        "alice@example.org", "bob@example.org", "carl@example.org",
    }  # fmt: skip
    message = mail.outbox[0]
    assert message.subject == "Minutes: Review of 21 November 2026, Red team, 1 action"
    text = message.body.replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "Good talk.",
        "▲ Sales: 489 kr in October 2026, at risk",
        "It rained & poured.",
        "Keep: Wait (Carl, checked on 13 January 2027)",
        "Buy umbrellas, Carl, by 1 December",
        f"/reviews/{review.pk}/minutes/",
    ):
        assert words in text
    assert isinstance(message, EmailMultiAlternatives)
    assert "It rained &amp; poured." in str(message.alternatives[0][0])


@pytest.mark.django_db
def test_a_snapshot_takes_the_same_queries_however_many_items(
    red_team: Team, review: Review, now: datetime, django_assert_num_queries: Any
) -> None:
    items = list(review.items.all())
    with django_assert_num_queries(7):
        snapshots(review, items, now)
    for k in range(12):
        ReviewItem.objects.create(review=review, indicator=judged(red_team, f"one-{k}", now))
    items = list(review.items.all())
    with django_assert_num_queries(7):
        assert len(snapshots(review, items, now)) == 13


@pytest.mark.django_db
def test_an_indicator_without_values_can_be_frozen(
    red_team: Team, alice: User, now: datetime
) -> None:
    make_indicator(red_team, "empty")
    review, _ = open_now(red_team, by=alice, now=now)

    assert close_review(review, actor=Actor(alice), now=now)
    item = review.items.get()
    assert item.frozen is not None
    assert (item.status, item.frozen["value"], item.frozen["analysis"]["n"]) == ("no_data", None, 0)
    assert changed_since([item]) == {item.pk: []}


@pytest.mark.django_db
def test_what_was_decided_last_time_is_recalled(
    red_team: Team, review: Review, alice: User, now: datetime
) -> None:
    decide(item_of(review), {"kind": "act", "reason": "Rain"}, by=alice, seen=None, now=now)
    close_review(review, actor=Actor(alice), now=now)
    Decision.objects.update(outcome="moved")
    following, _ = open_now(red_team, by=alice, now=now + timedelta(days=7))
    item = following.items.get()

    recall = snapshots(following, [item], now)[item.pk]["recall"]
    assert (recall["reason"], recall["value_then"]) == ("Rain", "489")
    assert recall["outcome_word"] == "Moved beyond limits"
    assert snapshots(review, [item_of(review)], now)[item_of(review).pk]["recall"] is None


@pytest.mark.django_db(transaction=True)
def test_nothing_slips_in_while_it_is_closed(now: datetime) -> None:
    """Two close and four comment at once: it closes once, and what was accepted is frozen."""
    team = make_team("Green")
    gina = make_user("gina", manager=team)
    indicators = [make_indicator(team, f"one-{k}") for k in range(4)]
    review, _ = open_now(team, by=gina, now=now)
    items = {item.indicator_id: item for item in review.items.all()}
    accepted, closed = [], []

    def comment(indicator: Indicator) -> None:
        item = items[indicator.pk]
        with suppress(ReviewClosed):
            if item.comment("said", by=gina, seen=None, now=now):
                accepted.append(item.pk)

    def end() -> None:
        closed.append(close_review(review, actor=Actor(gina), now=now))

    run_together(*(partial(comment, one) for one in indicators), end, end)

    assert sorted(closed) == [False, True]
    said = {i.pk for i in review.items.all() if i.commentary}
    frozen = {i.pk for i in review.items.all() if i.frozen and i.frozen["commentary"]}
    assert said == frozen == set(accepted)


# --- judged before it is frozen ---------------------------------------------------------------


def arrive(key: str, value: str, now: datetime, at: str = "2026-10") -> None:
    """Store a measurement as every door does, without a worker that judges it."""
    row = Row(index=0, indicator=key, at=at, value=value)
    assert not deliver([row], Sender(actor=None, door=Batch.Door.COMMAND), now=now).rejected


def frozen(review: Review, key: str = "sales") -> dict[str, Any]:
    found: dict[str, Any] | None = item_of(review, key).frozen
    assert found is not None
    return found


@pytest.mark.django_db
def test_what_is_not_judged_yet_is_judged_before_it_is_frozen(
    review: Review, alice: User, now: datetime, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(now)
    arrive("sales", "600", now)
    assert signed_in(alice).post(page(review, "close/"), {"summary": ""}).status_code == 302

    found = frozen(review)
    assert (found["value"], found["analysis"]["points"][-1]["value"]) == ("600", 600)
    assert Verdict.objects.get(indicator__key="sales").is_fresh


@pytest.mark.django_db
def test_what_time_alone_has_changed_is_judged_too(
    review: Review, alice: User, now: datetime
) -> None:
    later = now + timedelta(days=200)
    assert close_review(review, actor=Actor(alice), now=later)
    assert frozen(review)["status"] == "no_data"


@pytest.mark.django_db
def test_what_it_is_made_of_is_judged_first(red_team: Team, alice: User, now: datetime) -> None:
    judged(red_team, "sales", now)
    make_indicator(red_team, "double", source_kind="formula", formula="sales * 2", inputs=["sales"])
    judging.judge_stale(now)
    review, _ = open_now(red_team, by=alice, now=now)
    arrive("sales", "600", now)

    assert close_review(review, actor=Actor(alice), now=now)
    assert (frozen(review)["value"], frozen(review, "double")["value"]) == ("600", "1200")


@pytest.mark.django_db
def test_what_guards_it_is_judged_first(red_team: Team, alice: User, now: datetime) -> None:
    guard = judged(red_team, "guard", now)
    judged(red_team, "sales", now, guard=guard)
    arrive("sales", "600", now)
    arrive("guard", "600", now)
    judging.judge_stale(now)
    judging.judge_stale(now)  # the guard's new word
    review, _ = open_now(red_team, by=alice, now=now)
    assert Verdict.objects.get(indicator__key="sales").status == "on_track"
    arrive("guard", "1", now)

    assert close_review(review, actor=Actor(alice), now=now)
    assert (frozen(review, "guard")["status"], frozen(review)["status"]) == (
        "off_track", "met_at_cost",
    )  # fmt: skip


@pytest.mark.django_db
def test_what_cannot_be_judged_is_not_frozen(
    review: Review, alice: User, now: datetime, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(now)
    arrive("sales", "600", now)
    browser, api = signed_in(alice), with_token(alice, *Scope)
    url = f"/api/v1/reviews/{review.pk}/close/"
    with patch.object(judging, "judge_one", side_effect=ValueError):
        refused, problem = browser.post(page(review, "close/"), {"summary": "x"}), api.post(url)
    review.refresh_from_db()
    assert review.is_open and item_of(review).frozen is None
    words = "Not closed yet: new values are still being judged. Close it again in a moment."
    assert refused.status_code == 409 and words in refused.text
    assert ">x</textarea>" in refused.text.replace("\n", "")
    assert problem.status_code == 409 and problem.json()["detail"] == words

    assert api.post(url).status_code == 200
    assert frozen(review)["value"] == "600"


@pytest.mark.django_db
def test_what_arrives_between_judging_and_freezing_is_judged(
    review: Review, alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, real = ["700", "600"], judging.judge_waiting

    def late(indicator_ids: Iterable[int], *, now: datetime) -> None:
        real(indicator_ids, now=now)
        if waiting:
            arrive("sales", waiting.pop(), now)

    arrive("sales", "550", now)
    monkeypatch.setattr(judging, "judge_waiting", late)
    assert close_review(review, actor=Actor(alice), now=now)
    assert frozen(review)["value"] == "700"
