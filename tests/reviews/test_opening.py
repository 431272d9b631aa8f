"""Opening: once a slot, only the latest of missed ones, with agenda, audit and invitation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from indicators.models import Indicator
from notifications.models import Notification
from reviews import opening
from reviews.models import Decision, Review, ReviewItem, ReviewPlan
from reviews.opening import (
    fill_agenda,
    open_at,
    open_due_reviews,
    open_now,
    renew_agendas,
    title_of,
)
from reviews.tasks import open_due
from teams.models import AuditEntry, Team, User
from tests.factories import make_indicator, make_team, make_user
from tests.threads import run_together
from verdicts.models import Verdict


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MEETING = at("2026-12-08T10:00")
OPENS = MEETING - timedelta(days=2)


@pytest.fixture
def plan(red_team: Team, alice: User) -> ReviewPlan:
    make_indicator(red_team, "sales")
    Verdict.objects.update(status="off_track", reason="20 short.")
    return ReviewPlan.objects.create(team=red_team, next_at=MEETING)


@pytest.mark.django_db
def test_nothing_is_opened_too_early(plan: ReviewPlan) -> None:
    assert open_due_reviews(OPENS - timedelta(seconds=1)) == 0
    assert not Review.objects.exists()


@pytest.mark.django_db
@pytest.mark.at("2026-12-06T10:00Z")
def test_the_clock_opens_a_review_once(plan: ReviewPlan, alice: User) -> None:
    assert [open_due_reviews(OPENS), open_due_reviews(OPENS), open_due()] == [1, 0, 0]

    review = Review.objects.get()
    assert (review.plan, review.team, review.scheduled_at) == (plan, plan.team, MEETING)
    assert (review.title, review.state, review.opened_at) == ("November review", "open", OPENS)
    plan.refresh_from_db()
    assert plan.next_at == at("2027-01-12T10:00")
    item = review.items.get()
    assert (item.indicator.key, item.group, item.reason) == ("sales", "talk", "20 short")
    entry = AuditEntry.objects.get(action="review.opened")
    assert (entry.actor, entry.detail["review"]) == (None, review.pk)
    invitation = Notification.objects.get(kind="review_opened")
    assert invitation.recipient == alice
    assert invitation.context["points"] == [{"name": "Sales", "reason": "20 short"}]


@pytest.mark.django_db
def test_of_missed_slots_only_the_latest_is_opened(plan: ReviewPlan) -> None:
    ReviewPlan.objects.update(next_at=at("2026-08-11T10:00"))

    assert open_due_reviews(at("2026-12-20T12:00")) == 1
    assert Review.objects.get().scheduled_at == MEETING
    plan.refresh_from_db()
    assert plan.next_at == at("2027-01-12T10:00")


@pytest.mark.django_db
def test_a_slot_that_has_its_review_is_not_opened_again(plan: ReviewPlan) -> None:
    open_due_reviews(OPENS)
    ReviewPlan.objects.update(next_at=MEETING)  # as if it had been restored from a backup

    assert open_due_reviews(OPENS) == 0
    assert Review.objects.count() == 1 == Notification.objects.count()


@pytest.mark.django_db
def test_a_plan_that_was_changed_meanwhile_is_left_as_it_is(plan: ReviewPlan) -> None:
    read_before = ReviewPlan.objects.get()
    moved = MEETING + timedelta(days=1)
    ReviewPlan.objects.update(next_at=moved)

    assert open_at(read_before, MEETING, by=None, now=OPENS) is None
    assert ReviewPlan.objects.get().next_at == moved
    assert not Review.objects.exists()


@pytest.mark.django_db
def test_a_paused_plan_opens_nothing(plan: ReviewPlan) -> None:
    ReviewPlan.objects.update(is_active=False)

    assert open_due_reviews(MEETING) == 0


@pytest.mark.django_db
def test_a_failure_leaves_nothing_behind_and_is_repaired(plan: ReviewPlan) -> None:
    with patch.object(opening, "invite_attendees", side_effect=ValueError):
        assert open_due_reviews(OPENS) == 0
    assert not Review.objects.exists() and not AuditEntry.objects.exists()

    assert open_due_reviews(OPENS) == 1


@pytest.mark.django_db
def test_one_bad_plan_does_not_stop_the_others(plan: ReviewPlan) -> None:
    other = ReviewPlan.objects.create(team=make_team("Other"), next_at=MEETING)
    really = opening.open_slot

    def fails(plan_id: int, now: datetime) -> Review | None:
        if plan_id == plan.pk:
            raise ValueError
        return really(plan_id, now)

    with patch.object(opening, "open_slot", fails):
        assert open_due_reviews(OPENS) == 1
    assert Review.objects.get().plan == other


@pytest.mark.django_db(transaction=True)
def test_two_clocks_open_each_slot_once() -> None:
    for k in range(6):
        team = make_team(f"Team {k}")
        make_user(f"person{k}", manager=team)
        ReviewPlan.objects.create(team=team, next_at=MEETING)

    opened = run_together(*[lambda: open_due_reviews(OPENS)] * 2)

    assert sum(opened) == 6 == Review.objects.count()
    assert Notification.objects.count() == 6


TITLES = [
    ("weekly", "2026-11-17T10:00", "Week 46 review"),
    ("weekly", "2027-01-05T10:00", "Week 53 review"),
    ("monthly", "2026-12-08T10:00", "November review"),
    ("monthly", "2026-12-29T10:00", "December review"),
    ("quarterly", "2027-01-12T10:00", "Q4 2026 review"),
    ("quarterly", "2026-10-29T10:00", "Q3 2026 review"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("cadence", "slot", "title"), TITLES)
def test_it_is_called_after_what_it_looks_back_on(cadence: str, slot: str, title: str) -> None:
    assert title_of(ReviewPlan(cadence=cadence), at(slot)) == title


@pytest.mark.django_db
def test_opening_by_hand(red_team: Team, alice: User, now: datetime) -> None:
    make_indicator(red_team, "sales")
    review, is_new = open_now(red_team, by=alice, now=now)
    again, second = open_now(red_team, by=alice, now=now + timedelta(minutes=1))

    assert (is_new, second, again) == (True, False, review)
    assert (review.title, review.opened_by) == ("Review of 21 November 2026", alice)
    assert review.items.count() == 1
    assert AuditEntry.objects.get(action="review.opened").actor == alice


@pytest.mark.django_db
def test_the_agenda_is_built_again_when_the_meeting_begins(plan: ReviewPlan) -> None:
    open_due_reviews(OPENS)
    review = Review.objects.get()
    Verdict.objects.update(status="on_track", reason="Fine.")
    make_indicator(plan.team, "new")

    assert renew_agendas(MEETING - timedelta(seconds=1)) == 0
    assert review.items.get().group == "talk"
    assert [renew_agendas(MEETING), renew_agendas(MEETING)] == [1, 0]
    found = {item.indicator.key: item for item in review.items.all()}
    assert set(found) == {"sales", "new"}
    assert (found["sales"].group, found["sales"].reason) == ("inform", "Fine")


@pytest.mark.django_db
def test_nobodys_words_are_lost_when_the_agenda_changes(
    plan: ReviewPlan, alice: User, now: datetime
) -> None:
    for key in ("said", "decided", "silent"):
        make_indicator(plan.team, key)
    open_due_reviews(OPENS)
    review = Review.objects.get()
    items = {item.indicator.key: item for item in review.items.all()}
    items["said"].comment("It rained.", by=alice, seen=None, now=now)
    Decision.objects.create(item=items["decided"], kind="keep", reason="fine")
    Indicator.objects.exclude(key="sales").update(state="retired")
    fill_agenda(review, now)

    kept = {item.indicator.key: item for item in review.items.all()}
    assert set(kept) == {"sales", "said", "decided"}
    assert kept["said"].commentary == "It rained."


@pytest.mark.django_db
def test_a_closed_review_keeps_its_agenda(plan: ReviewPlan) -> None:
    open_due_reviews(OPENS)
    Review.objects.update(state="closed", closed_at=OPENS)
    make_indicator(plan.team, "new")

    assert renew_agendas(MEETING) == 0
    assert ReviewItem.objects.count() == 1
