"""Which way is good: by direction, and towards the range that a target bounds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from analysis.arrays import Floats
from analysis.bearing import Bearing
from analysis.expected import Bounds, Plan
from analysis.judgement import judge
from analysis.values import Definition, Direction
from analysis.verdict import Verdict
from tests.analysis.build import UTC_CALENDAR, after, monthly, target
from tests.analysis.generators import noise

DAY = date(2026, 3, 1)
RANGE = Definition(direction="range")
TWENTIES: dict[str, Any] = {"comparator": "between", "value": 20, "upper": 30}


def bearing(definition: Definition = RANGE, **fields: Any) -> Bearing:
    plan = Plan.of(target(**fields), "month", UTC_CALENDAR) if fields else None
    return Bearing(definition, plan)


def judged(values: Floats, **fields: Any) -> Verdict:
    series = monthly([round(value, 6) for value in values.tolist()])
    goal = target(**fields) if fields else None
    return judge(series, RANGE, goal, now=after(series))


@pytest.mark.parametrize(("direction", "better"), [("up", 1), ("down", -1), ("range", 0)])
def test_more_is_better_by_direction(direction: Direction, better: int) -> None:
    which = bearing(Definition(direction=direction))
    assert which.compare(Decimal(3), 2.0, DAY) == better
    assert which.compare(Decimal(2), 3.0, DAY) == -better
    assert which.compare(Decimal("0.1"), 0.1, DAY) == 0


@pytest.mark.parametrize(
    ("value", "usual", "better"),
    [
        (25, 22, 0),
        (20, 30, 0),
        (19, 25, -1),
        (31, 25, -1),
        (25, 35, 1),
        (33, 35, 1),
        (10, 35, -1),
        (15, 35, 0),
    ],
)
def test_in_a_range_the_nearer_value_is_better(value: int, usual: float, better: int) -> None:
    assert bearing(**TWENTIES).compare(Decimal(value), usual, DAY) == better


def test_equality_with_a_bound_is_inside() -> None:
    tenths = bearing(comparator="between", value=Decimal("0.1"), upper=Decimal("0.3"))
    assert tenths.compare(Decimal("0.3"), 0.2, DAY) == 0
    assert tenths.compare(Decimal("0.30000000000000000001"), 0.2, DAY) == -1


def test_the_range_is_that_of_the_period() -> None:
    stepped = bearing(**TWENTIES, milestones={"2026-06-01": 25})
    assert stepped.good_range(DAY) == Bounds(Decimal(20), Decimal(30))
    assert stepped.good_range(date(2026, 6, 30)) == Bounds(Decimal(25), Decimal(30))


def test_a_range_to_be_reached_is_the_one_it_ends_with() -> None:
    reach = bearing(
        **TWENTIES,
        kind="reach",
        baseline=10,
        baseline_on=date(2026, 1, 1),
        due_on=date(2026, 12, 31),
    )
    assert reach.good_range(DAY) == Bounds(Decimal(20), Decimal(30))
    assert reach.compare(Decimal(15), 10.0, DAY) == 1


def test_a_total_is_no_range_of_its_periods() -> None:
    days: dict[str, Any] = {"starts_on": date(2026, 1, 1), "due_on": date(2026, 12, 31)}
    total = bearing(**TWENTIES, kind="accumulate", **days)
    assert total.good_range(DAY) is None
    own = Definition(direction="range", low=Decimal(1), high=Decimal(3))
    assert bearing(own).good_range(DAY) == Bounds(Decimal(1), Decimal(3))
    assert bearing(own, **TWENTIES).good_range(DAY) == Bounds(Decimal(20), Decimal(30))


def test_a_jump_out_of_the_range_of_the_target_is_worse() -> None:
    values = noise(60, 3) + 25
    values[50:] += 12
    found = judged(values, **TWENTIES)
    assert (found.variation, found.signal, found.needs_talk) == (
        "neutral_high",
        "deteriorating",
        True,
    )
    assert [alert.kind for alert in found.alerts] == ["concern"]


def test_a_jump_into_the_range_is_better() -> None:
    values = noise(60, 3) + 25
    values[:50] += 12
    found = judged(values, **TWENTIES)
    assert (found.variation, found.signal) == ("neutral_low", "improving")
    assert [alert.kind for alert in found.alerts] == ["improvement"]


def test_a_jump_inside_the_range_is_neither() -> None:
    values = noise(60, 3) / 4 + 22
    values[50:] += 5
    found = judged(values, **TWENTIES)
    assert (found.variation, found.signal) == ("neutral_high", "unknown")
    assert [alert.kind for alert in found.alerts] == ["neutral_high"]


def test_a_status_in_range_is_at_risk_after_a_jump_towards_its_edge_only_when_it_is_worse() -> None:
    values = noise(60, 3) / 4 + 25
    values[55:] += 4
    assert judged(values, **TWENTIES).status == "on_track"
    values[55:] += 2.5
    values[59] = 31
    outside = judged(values, **TWENTIES)
    assert outside.status == "at_risk"
    assert "signal" not in {step.rule for step in outside.explain}


@pytest.mark.parametrize(
    ("slope", "level", "good"),
    [(0.4, 5, True), (0.4, 25, False), (-0.4, 50, True), (0.1, 22, None)],
)
def test_a_trend_is_good_towards_the_range(slope: float, level: float, good: bool | None) -> None:
    values = level + slope * np.arange(30) + noise(30, 1) / 5
    found = judged(values, **TWENTIES).trend
    assert found is not None and found.direction == ("rising" if slope > 0 else "falling")
    assert found.good is good
