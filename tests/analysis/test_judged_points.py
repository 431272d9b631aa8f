"""Points, limits, trend and signal of a verdict."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np

from analysis.values import Definition
from tests.analysis.build import (
    NOISE,
    judged,
    target,
)


def test_points_carry_expectation_status_and_type() -> None:
    values = [*([10.0, 11.0, 10.0, 9.0] * 4), 30.0]
    found = judged(values, target(value=10))
    assert [p.expected for p in found.points] == [10] * 17
    assert [p.status for p in found.points[:4]] == ["on_track", "on_track", "on_track", "at_risk"]
    last = found.points[-1]
    assert (last.point_type, last.signals) == ("improvement", ("beyond_limit",))
    assert (found.variation, found.signal) == ("improving", "improving")
    assert found.limits[0].from_ == date(2020, 1, 1) and found.limits[0].to == last.period


def test_points_of_a_total_carry_their_part_and_the_sum() -> None:
    goal = target(
        kind="accumulate", value=900, starts_on=date(2020, 2, 1), due_on=date(2020, 4, 30)
    )
    found = judged([7, 300, 200, 350, 9], goal, definition=Definition(rollup="sum"))
    assert [p.expected for p in found.points] == [None, 300, 300, 300, None]
    assert [p.total for p in found.points] == [None, 300, 500, 850, None]
    assert [p.expected_total for p in found.points] == [None, 300, 600, 900, 900]
    assert [p.status for p in found.points] == [None, "on_track", "off_track", "at_risk", None]
    assert found.status == "at_risk" and found.period == date(2020, 4, 1)


def test_limits_restart_at_versions_and_where_people_said() -> None:
    values = [*(10 + NOISE[:20]), *(50 + NOISE[20:40]), *(90 + NOISE[40:60])]
    definition = Definition(
        version=2, effective_on=date(2021, 9, 1), rebase=(date(2023, 5, 15),), decimals=1
    )
    found = judged(values, definition=definition)
    assert [segment.from_ for segment in found.limits] == [
        date(2020, 1, 1),
        date(2021, 9, 1),
        date(2023, 5, 1),
    ]
    assert found.variation == "steady" and found.trend is not None
    assert found.trend.line[0][0] >= date(2023, 5, 1)


def test_first_version_is_no_break() -> None:
    definition = Definition(version=1, effective_on=date(2021, 9, 1))
    assert len(judged(10 + NOISE[:40], definition=definition).limits) == 1


def test_too_few_points_claim_no_variation() -> None:
    assert judged([1, 2, 1, 2, 1]).signal == "unknown"
    assert judged([1, 2, 1, 2, 1, 2]).signal == "steady"


def test_trend_is_good_or_bad_by_direction() -> None:
    values = np.arange(30) + NOISE[:30]
    said = {
        way: judged(values, definition=Definition(direction=way)).trend
        for way in ("up", "down", "range")
    }
    assert [trend and (trend.direction, trend.good) for trend in said.values()] == [
        ("rising", True),
        ("rising", False),
        ("rising", None),
    ]


def test_a_range_left_is_deteriorating() -> None:
    definition = Definition(direction="range", low=Decimal(5), high=Decimal(15))
    inside = judged([*(10 + NOISE[:20]), 14.9], definition=definition)
    left = judged([*(10 + NOISE[:20]), 25], definition=definition)
    assert (inside.variation, inside.signal) == ("neutral_high", "unknown")
    assert (left.variation, left.signal) == ("neutral_high", "deteriorating")
