"""Looking ahead in a verdict: forecast, chance of the target, and of which period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from analysis.values import Definition
from analysis.verdict import plain
from tests.analysis.build import (
    NOISE,
    judged,
    target,
)


def test_chance_and_path_ahead() -> None:
    goal = target(
        kind="reach",
        value=200,
        baseline=100,
        baseline_on=date(2020, 1, 1),
        due_on=date(2023, 12, 31),
    )
    values = 100 + 2 * np.arange(36) + NOISE[:36]
    found = judged(values, goal)
    ahead = found.forecast
    assert ahead is not None and ahead.probability_of_target is not None
    assert [p.period for p in ahead.points][:2] == [date(2023, 1, 1), date(2023, 2, 1)]
    assert len(ahead.points) == 12
    low, high = ahead.points[0].low80, ahead.points[0].high80
    assert low is not None and high is not None and low < ahead.points[0].mean < high
    assert any(step.rule == "probability" for step in found.explain)
    assert ahead.probability_on == date(2023, 12, 1)


@pytest.mark.parametrize(
    ("due_on", "spoken_of"),
    [(None, date(2023, 1, 1)), (date(2023, 5, 20), date(2023, 5, 1)), (date(2022, 3, 1), None)],
)
def test_a_chance_says_of_which_period(due_on: date | None, spoken_of: date | None) -> None:
    found = judged(100 + NOISE[:36], target(value=100, due_on=due_on)).forecast
    assert found is not None and found.probability_on == spoken_of
    assert (found.probability_of_target is None) == (spoken_of is None)
    assert plain(found)["probability_on"] == (spoken_of and spoken_of.isoformat())


def test_impossible_goal_is_off_track_though_the_path_is_met() -> None:
    goal = target(
        kind="reach",
        path="step",
        value=1000,
        baseline=100,
        baseline_on=date(2020, 1, 1),
        due_on=date(2023, 12, 31),
    )
    found = judged(101 + NOISE[:36] / 10, goal)
    assert found.forecast is not None and found.forecast.probability_of_target == pytest.approx(
        0.003
    )
    assert found.status == "off_track"
    assert "But the chance of reaching it is less than 1 %." in found.reason


def test_chance_of_at_most_mirrors_at_least() -> None:
    goal = target(value=101)
    mirror = target(comparator="lte", value=-101)
    up = judged(100 + NOISE[:40], goal).forecast
    down = judged(-100 - NOISE[:40], mirror, definition=Definition(direction="down")).forecast
    assert up and down and up.probability_of_target and down.probability_of_target
    assert up.probability_of_target == pytest.approx(down.probability_of_target, abs=0.08)


def test_forecast_stays_inside_natural_bounds() -> None:
    definition = Definition(minimum=Decimal(0), maximum=Decimal(100), unit="percent")
    found = judged(np.clip(97 + 4 * NOISE[:40], 0, 100), definition=definition)
    assert found.forecast is not None
    assert all((p.high95 or 0) <= 100 and (p.low95 or 0) >= 0 for p in found.forecast.points)
