"""Every loop of the worker: one bad row never stops it, the time limit always does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest.mock import Mock, patch

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from indicators.models import Indicator
from notifications.alerts import announce_changes
from notifications.outbox import deliver_due, enqueue
from notifications.reminders import remind_owners
from reviews.invitations import remind_attendees
from reviews.models import Action, Decision, Review, ReviewItem, ReviewPlan
from reviews.opening import open_due_reviews
from reviews.predictions import check_due
from teams.models import Organisation, Team, User
from tests.factories import make_indicator, make_user
from verdicts import derived, judging
from verdicts.models import Verdict, VerdictChange
from web import wake

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(days=40)


@pytest.fixture
def rows(organisation: Organisation, red_team: Team) -> None:
    """Two rows for each loop of the worker."""
    for k in range(2):
        person = make_user(f"person{k}", manager=red_team)
        found = make_indicator(
            red_team, f"key{k}", owner=person, created_at=BEFORE, reevaluate_on=date(2026, 11, 1)
        )
        make_indicator(
            red_team, f"made{k}", source_kind="formula", formula=f"key{k} * 2", inputs=[found.key]
        )
        VerdictChange.objects.create(
            indicator=found, at=NOW, from_status="on_track", to_status="off_track"
        )
        ReviewPlan.objects.create(team=red_team, next_at=NOW)
        talk_of(red_team, found, person)


def talk_of(team: Team, indicator: Indicator, person: User) -> None:
    """A review that has begun, one to come, and what was decided and promised."""
    for at in (BEFORE, NOW + timedelta(days=1)):
        review = Review.objects.create(team=team, title="Talk", scheduled_at=at, opened_at=BEFORE)
        item = ReviewItem.objects.create(review=review, indicator=indicator, group="talk")
    Decision.objects.create(
        item=item, kind="act", reason="x", decided_at=BEFORE, check_on=NOW.date(),
        outcome="waiting", expected_effect=Decimal(1),
    )  # fmt: skip
    Action.objects.create(review=review, text="x", owner=person, due_on=NOW.date(), made_at=BEFORE)


def send(now: datetime) -> int:
    """Send two messages."""
    for person in User.objects.all():
        enqueue("alert_status", occasion="x", recipients=[person], context={}, now=now)
    return deliver_due(now)


def compute(now: datetime) -> dict[int, int]:
    """Compute what is derived from two indicators."""
    measured = Verdict.objects.filter(indicator__source_kind="measured")
    taken = dict(measured.values_list("pk", "indicator__stale_mark__number"))
    return derived.compute_downstream(taken, now=now)


LOOPS: dict[str, Callable[[datetime], object]] = {
    "verdicts.judging.judge_one": judging.judge_stale,
    "verdicts.derived.bring_up_to_date": compute,
    "reviews.opening.open_slot": open_due_reviews,
    "reviews.opening.fill_agenda": open_due_reviews,
    "reviews.predictions.check_one": check_due,
    "reviews.invitations.ask_for_commentary": remind_attendees,
    "reviews.invitations.remind_of_action": remind_attendees,
    "notifications.outbox.CHANNELS": send,
    "notifications.reminders.newest_due": remind_owners,
    "notifications.reminders.tell_value": remind_owners,
    "notifications.reminders.tell_reevaluation": remind_owners,
    "notifications.alerts.announce_one": announce_changes,
}


def failing(place: str, problem: Exception) -> tuple[Mock, object]:
    """What fails in the place of the work on one row."""
    work = Mock(side_effect=problem)
    return work, {"email": work} if place.endswith("CHANNELS") else work


@pytest.mark.parametrize("place", LOOPS)
def test_the_time_limit_stops_a_loop(rows: None, place: str) -> None:
    work, instead = failing(place, SoftTimeLimitExceeded())
    with patch(place, instead), pytest.raises(SoftTimeLimitExceeded):
        LOOPS[place](NOW)
    assert work.call_count == 1


@pytest.mark.parametrize("place", LOOPS)
def test_one_bad_row_never_stops_a_loop(
    rows: None, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    work, instead = failing(place, ValueError("bad row"))
    with patch(place, instead):
        LOOPS[place](NOW)
    assert work.call_count >= 2 and "bad row" in caplog.text


@pytest.mark.parametrize("call", [wake.wake_worker, lambda: wake.start_task("x")])
def test_the_time_limit_is_no_lost_call(call: Callable[[], None]) -> None:
    with (
        patch.object(wake, "server", Mock()),
        patch("celery.current_app.send_task", side_effect=SoftTimeLimitExceeded()),
        pytest.raises(SoftTimeLimitExceeded),
    ):
        call()
