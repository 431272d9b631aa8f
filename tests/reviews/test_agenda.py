"""The agenda's order and words: one table without a database, and what is read for it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from indicators.models import Sharing
from reviews.agenda import AgendaFacts, Turn, arranged, build_agenda, entry_of
from reviews.models import Action, Decision, Review, ReviewItem
from teams.models import Team, User
from tests.factories import make_indicator, make_team
from verdicts.models import Verdict, VerdictChange

TODAY = date(2026, 11, 21)


def facts(
    name: str = "x", status: str = "on_track", signal: str = "steady", **rest: Any
) -> AgendaFacts:
    return AgendaFacts(indicator_id=1, name=name, status=status, signal=signal, **rest)


# what is known, the turn, the group, the words
TABLE: list[tuple[dict[str, Any], Turn, str, str]] = [
    ({"signal": "deteriorating"}, Turn.SIGNAL, "talk", "Getting worse"),
    ({"signal": "improving"}, Turn.SIGNAL, "talk", "Getting better"),
    (
        {"status": "off_track", "signal": "deteriorating", "reason": "20 short."},
        Turn.SIGNAL,
        "talk",
        "Getting worse · 20 short",
    ),
    (
        {"status": "at_risk", "before": "on_track"},
        Turn.CHANGED,
        "talk",
        "At risk, was on track",
    ),
    (
        {"status": "on_track", "before": "off_track"},
        Turn.CHANGED,
        "talk",
        "On track, was off track",
    ),
    (
        {"status": "off_track", "before": "off_track", "reason": "20 short."},
        Turn.MISS,
        "talk",
        "20 short",
    ),
    ({"status": "at_risk"}, Turn.MISS, "talk", "At risk"),
    ({"status": "met_at_cost"}, Turn.MISS, "talk", "Met at a cost"),
    ({"status": "stale", "before": "on_track"}, Turn.SILENT, "talk", "Stale"),
    ({"status": "no_data"}, Turn.SILENT, "talk", "No data"),
    (
        {"reevaluate_on": date(2026, 11, 1)},
        Turn.REEVALUATE,
        "talk",
        "Re-evaluation due since 1 November",
    ),
    ({"reevaluate_on": TODAY}, Turn.REEVALUATE, "talk", "Re-evaluation due since 21 November"),
    ({"reevaluate_on": date(2026, 11, 22)}, Turn.ROUTINE, "inform", "On track"),
    ({"check": ""}, Turn.CHECK, "talk", "Effect of the last decision: to be looked at"),
    (
        {"check": "no detectable effect"},
        Turn.CHECK,
        "talk",
        "Effect of the last decision: no detectable effect",
    ),
    ({"actions": 2, "overdue": 1}, Turn.ACTIONS, "talk", "2 open actions, 1 overdue"),
    ({"actions": 1}, Turn.ACTIONS, "talk", "1 open action"),
    ({"before": "on_track"}, Turn.ROUTINE, "inform", "On track"),
    ({"status": "no_target"}, Turn.ROUTINE, "inform", "No target"),
    ({"status": "provisional"}, Turn.ROUTINE, "inform", "Provisional"),
    ({"status": "on_track", "before": "no_data"}, Turn.ROUTINE, "inform", "On track"),
]


@pytest.mark.parametrize(("known", "turn", "group", "words"), TABLE)
def test_why_something_is_talked_about(
    known: dict[str, Any], turn: Turn, group: str, words: str
) -> None:
    entry = entry_of(facts(**known), TODAY)
    assert (entry.turn, entry.group, entry.reason) == (turn, group, words)


def test_the_order() -> None:
    in_order = [
        facts("worse", signal="deteriorating"),
        facts("better", signal="improving"),
        facts("worsened", "at_risk", before="on_track"),
        facts("recovered", "on_track", before="at_risk"),
        facts("miss", "off_track", before="off_track"),
        facts("near miss", "at_risk", severity=70),
        facts("a nearer miss", "at_risk", severity=60),
        facts("stale", "stale"),
        facts("silent", "no_data"),
        facts("re-evaluate", reevaluate_on=TODAY),
        facts("check", check=""),
        facts("late promise", actions=1, overdue=1),
        facts("promise", actions=3),
        facts("a routine", severity=10),
        facts("B routine", severity=10),
    ]
    numbered = [
        AgendaFacts(
            **{name: getattr(one, name) for name in AgendaFacts.__slots__} | {"indicator_id": k}
        )
        for k, one in enumerate(in_order)
    ]

    found = arranged(reversed(numbered), TODAY)
    names = [in_order[entry.indicator_id].name for entry in found]
    assert names == [one.name for one in in_order]


def test_every_reason_is_said_and_the_words_fit_the_column() -> None:
    entry = entry_of(
        facts("x", "off_track", "deteriorating", before="on_track", check="", actions=1), TODAY
    )
    assert entry.reason.split(" · ") == [
        "Getting worse",
        "Off track, was on track",
        "Effect of the last decision: to be looked at",
        "1 open action",
    ]
    long = entry_of(facts("x", "off_track", reason="long " * 100), TODAY)
    assert len(long.reason) == 300


# --- what is read ----------------------------------------------------------------------------


@pytest.fixture
def review(red_team: Team, now: datetime) -> Review:
    return Review.objects.create(team=red_team, title="Now", scheduled_at=now, opened_at=now)


def judged(key: str, status: str, **fields: Any) -> None:
    Verdict.objects.filter(indicator__key=key).update(status=status, **fields)


@pytest.mark.django_db
def test_the_board_of_the_team_is_on_it(red_team: Team, review: Review, now: datetime) -> None:
    blue = make_team("Blue")
    shared = make_indicator(blue, "shared")
    Sharing.objects.create(indicator=shared, team=red_team)
    make_indicator(red_team, "own")
    make_indicator(red_team, "draft", state="draft")
    make_indicator(red_team, "retired", state="retired")
    make_indicator(red_team, "private", level="individual")
    make_indicator(blue, "theirs")

    keys = {entry.indicator_id for entry in build_agenda(review, now)}
    names = set(type(shared).objects.filter(pk__in=keys).values_list("key", flat=True))
    assert names == {"shared", "own"}


@pytest.mark.django_db
def test_the_last_closed_review_tells_what_changed(
    red_team: Team, review: Review, now: datetime
) -> None:
    one = make_indicator(red_team, "one")
    judged("one", "off_track")
    before = now - timedelta(days=30)
    last = Review.objects.create(
        team=red_team, title="Last", scheduled_at=before, opened_at=before,
        state="closed", closed_at=before,
    )  # fmt: skip
    ReviewItem.objects.create(review=last, indicator=one, status="on_track")

    (entry,) = build_agenda(review, now)
    assert (entry.turn, entry.reason) == (Turn.CHANGED, "Off track, was on track")


@pytest.mark.django_db
def test_after_a_review_that_nobody_closed_the_changes_tell(
    red_team: Team, review: Review, now: datetime
) -> None:
    one = make_indicator(red_team, "one")
    judged("one", "off_track")
    before = now - timedelta(days=30)
    Review.objects.create(team=red_team, title="Last", scheduled_at=before, opened_at=before)
    for days, was, became in ((40, "no_data", "on_track"), (20, "on_track", "at_risk"),
                              (10, "at_risk", "off_track")):  # fmt: skip
        VerdictChange.objects.create(
            indicator=one, at=now - timedelta(days=days), from_status=was, to_status=became,
            to_signal="steady",
        )  # fmt: skip

    (entry,) = build_agenda(review, now)
    assert entry.reason == "Off track, was on track"


@pytest.mark.django_db
def test_decisions_and_promises_come_back(
    red_team: Team, review: Review, alice: User, now: datetime
) -> None:
    one = make_indicator(red_team, "one")
    judged("one", "on_track")
    last = Review.objects.create(
        team=red_team, title="Last", scheduled_at=now - timedelta(days=30), opened_at=now
    )
    item = ReviewItem.objects.create(review=last, indicator=one)
    decision = Decision.objects.create(
        item=item, kind="act", reason="x", check_on=TODAY, decided_at=now - timedelta(days=30)
    )
    Action.objects.create(review=last, decision=decision, text="do", due_on=TODAY - timedelta(1))
    Action.objects.create(review=last, decision=decision, text="done", done_at=now)

    (entry,) = build_agenda(review, now)
    assert entry.turn is Turn.CHECK
    assert entry.reason.endswith("to be looked at · 1 open action, 1 overdue")
    Decision.objects.filter(pk=decision.pk).update(check_on=TODAY + timedelta(1))
    assert build_agenda(review, now)[0].turn is Turn.ACTIONS


@pytest.mark.django_db
def test_a_newer_decision_ends_the_question_about_the_old_one(
    red_team: Team, review: Review, now: datetime
) -> None:
    one = make_indicator(red_team, "one")
    judged("one", "on_track")
    item = ReviewItem.objects.create(review=review, indicator=one)
    Decision.objects.create(
        item=item, kind="act", reason="x", check_on=TODAY, decided_at=now - timedelta(days=30)
    )
    assert build_agenda(review, now)[0].turn is Turn.CHECK
    Decision.objects.create(item=item, kind="keep", reason="y", decided_at=now)
    assert build_agenda(review, now)[0].turn is Turn.ROUTINE


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow(
    red_team: Team, review: Review, now: datetime, django_assert_num_queries: Any
) -> None:
    make_indicator(red_team, "first")
    with django_assert_num_queries(5):
        build_agenda(review, now)
    for k in range(30):
        make_indicator(red_team, f"one-{k}")
    with django_assert_num_queries(5):
        assert len(build_agenda(review, now)) == 31
