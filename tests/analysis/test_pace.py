"""An unfinished period: its pace, and that nothing else moves with it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime

import numpy as np
import pytest

from analysis.judgement import judge
from analysis.values import Definition
from tests.analysis.build import (
    daily,
    rolled,
    target,
)


def test_unfinished_period_shows_its_pace_and_nothing_else_moves() -> None:
    days = daily(date(2020, 1, 1), [10] * 182 + [100] * 15)
    now = datetime(2020, 7, 16, tzinfo=UTC)
    flow = Definition(rollup="sum", period="month")
    series = rolled(days, rule="sum", now=now)
    goal = target(value=300, tolerance=0.05)
    found = judge(series, flow, goal, now=now)
    pace = found.projection
    assert pace is not None and pace.coverage == pytest.approx(15 / 31)
    assert pace.so_far == 1500 and float(pace.projected) == pytest.approx(3100)
    assert pace.low is not None and pace.so_far <= pace.low < pace.projected < (pace.high or 0)
    without = rolled(days[:182], rule="sum", now=now)
    plain = judge(without, flow, goal, now=now)
    assert found.points[-1].status == "provisional" and found.points[-1].point_type is None
    assert found.limits == plain.limits
    assert found.trend and plain.trend and asdict(found.trend) == asdict(plain.trend)  # NaN is NaN
    assert (found.status, found.value, found.forecast) == (
        plain.status,
        plain.value,
        plain.forecast,
    )


def test_only_an_unfinished_period_says_so() -> None:
    now = datetime(2020, 1, 11, tzinfo=UTC)
    series = rolled(daily(date(2020, 1, 1), [10] * 10), rule="sum", now=now)
    found = judge(series, Definition(rollup="sum"), target(value=300), now=now)
    assert found.status == "provisional" and found.value is None
    assert found.reason == "January is not over: 100 so far, on pace for 310."


def test_pace_range_holds_the_final_total_about_eight_times_of_ten() -> None:
    rng = np.random.default_rng(12)
    weekly = Definition(rollup="sum", period="week")
    held = 0
    for _ in range(100):
        days = daily(date(2020, 1, 6), (100 + 8 * rng.normal(size=7 * 30)).round(3).tolist())
        now = days[-5].at
        series = rolled(days[:-5], grain="week", rule="sum", now=now)
        pace = judge(series, weekly, now=now).projection
        assert pace is not None and pace.low is not None and pace.high is not None
        assert pace.coverage == pytest.approx(2 / 7)
        total = rolled(days, grain="week", rule="sum").points[-1].value
        assert total is not None
        held += pace.low <= total <= pace.high
    assert 70 <= held <= 90
