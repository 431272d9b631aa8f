"""Predictions: checked by the clock once their day has come, and again while it is too early."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest

from reviews import predictions
from reviews.models import Decision, Review, ReviewItem
from reviews.predictions import check_due, patience
from reviews.tasks import check_predictions
from teams.models import Team
from tests.clock import NOW
from tests.factories import make_indicator, make_measurements
from verdicts.models import Verdict

pytestmark = pytest.mark.django_db

NOISE = [100, 103, 98, 101, 97, 102, 99, 104, 96, 100, 101, 99] * 2  # two years to December 2025


def decided(
    team: Team,
    after: Sequence[float],
    *,
    effect: str | None = "-20",
    check_on: date = date(2026, 11, 1),
) -> Decision:
    """A decision of 1 January 2026, with the values of the months since then."""
    indicator = make_indicator(team)
    make_measurements(indicator, [*NOISE, *after], first=date(2024, 1, 1))
    Verdict.objects.filter(pk=indicator.pk).update(computed_at=NOW - timedelta(hours=1))
    at = datetime(2026, 1, 1, 9, tzinfo=UTC)
    review = Review.objects.create(
        team=team, title="December review", scheduled_at=at, opened_at=at
    )
    item = ReviewItem.objects.create(review=review, indicator=indicator)
    return Decision.objects.create(
        item=item, kind="act", reason="x", decided_at=at, check_on=check_on, outcome="waiting",
        expected_effect=None if effect is None else Decimal(effect),
    )  # fmt: skip


DOWN = [81, 79, 80, 82, 78, 80, 81, 79, 80, 80]
SAME = [101, 99, 100, 102, 98, 100, 101, 99, 100, 100]
UP = [121, 119, 120, 122, 118, 120, 121, 119, 120, 120]


@pytest.mark.parametrize(
    ("after", "outcome"), [(DOWN, "moved"), (SAME, "nothing"), (UP, "opposite"), ([], "early")]
)
def test_what_the_clock_finds(red_team: Team, after: Sequence[float], outcome: str) -> None:
    decision = decided(red_team, after)

    assert [check_due(NOW), check_due(NOW)] == [1, 0]
    decision.refresh_from_db()
    assert (decision.outcome, decision.checked_at) == (outcome, NOW)
    assert decision.outcome_detail is not None
    assert decision.outcome_detail["n_after"] == len(after)
    assert decision.outcome_detail["expected"] == -20


def test_the_effect_comes_with_its_interval(red_team: Team) -> None:
    decision = decided(red_team, DOWN)
    check_due(NOW)

    decision.refresh_from_db()
    found = decision.outcome_detail
    assert found is not None
    assert found["lower"] < -20 < found["upper"] < 0
    assert abs(found["effect"] + 20) < 1


def test_the_period_of_the_decision_counts_on_neither_side(red_team: Team) -> None:
    decision = decided(red_team, DOWN)
    Decision.objects.update(decided_at=datetime(2026, 1, 15, tzinfo=UTC))
    check_due(NOW)

    decision.refresh_from_db()
    found = decision.outcome_detail
    assert found is not None
    assert (found["n_before"], found["n_after"]) == (len(NOISE), len(DOWN) - 1)


def test_its_day_must_have_come(red_team: Team) -> None:
    decided(red_team, DOWN, check_on=NOW.date() + timedelta(days=1))

    assert check_due(NOW) == 0
    assert check_due(NOW + timedelta(days=1)) == 1


def test_without_a_prediction_there_is_nothing_to_check(red_team: Team) -> None:
    decided(red_team, DOWN, effect=None)

    assert check_due(NOW) == 0
    assert check_predictions() == 0


def test_what_was_too_early_is_looked_at_again_when_there_is_news(red_team: Team) -> None:
    decision = decided(red_team, [])
    check_due(NOW)
    assert check_due(NOW + timedelta(hours=1)) == 0
    make_measurements(decision.item.indicator, DOWN, first=date(2026, 1, 1))
    Verdict.objects.update(computed_at=NOW + timedelta(hours=2))

    assert check_due(NOW + timedelta(hours=3)) == 1
    decision.refresh_from_db()
    assert decision.outcome == "moved"
    assert check_due(NOW + timedelta(days=30)) == 0  # found out for good


def test_one_bad_decision_does_not_stop_the_others(red_team: Team) -> None:
    bad, good = decided(red_team, DOWN), decided(red_team, DOWN)
    really = predictions.check_one

    def fails(decision: Decision, now: datetime) -> bool:
        if decision == bad:
            raise ValueError
        return really(decision, now)

    with patch.object(predictions, "check_one", fails):
        assert check_due(NOW) == 1
    good.refresh_from_db()
    assert good.outcome == "moved"


def test_two_clocks_note_it_once(red_team: Team) -> None:
    decision = decided(red_team, DOWN)

    assert predictions.check_one(decision, NOW)
    assert not predictions.check_one(decision, NOW + timedelta(seconds=1))


def test_how_long_it_takes_to_see_an_effect(red_team: Team) -> None:
    indicator = decided(red_team, []).item.indicator
    large, small = patience(indicator, Decimal(20), NOW), patience(indicator, Decimal(2), NOW)

    assert large is not None and large <= 2
    assert small is None or small > 5
    assert patience(make_indicator(red_team), Decimal(20), NOW) is None
