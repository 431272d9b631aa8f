"""The whole verdict: what it shows, what it says, and what it never does."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from indicators.analysis import judge
from indicators.analysis.values import Calendar, Definition, Guard, Previous, Series, Target
from indicators.analysis.verdict import Verdict
from tests.analysis import nhs
from tests.analysis.build import after, daily, entry, monthly, rolled, target

KRONOR = Definition(unit="currency", unit_label="kr")
PERCENT = Definition(unit="percent", decimals=1)
NOISE = np.random.default_rng(6).normal(size=200)


def judged(values: Any, goal: Target | None = None, **how: Any) -> Verdict:
    series = values if isinstance(values, Series) else monthly(values)
    definition = how.pop("definition", Definition(decimals=1, period=series.grain))
    now = how.pop("now", None) or after(series)
    return judge(series, definition, goal, now=now, **how)


RANGE = {"comparator": "between", "value": 20, "upper": 22}
REASONS = [
    ([480000], KRONOR, {"value": 500000}, "20,000 kr below target, inside the 10 % band."),
    ([300000], KRONOR, {"value": 500000}, "200,000 kr below target, beyond the 10 % band."),
    ([3.2], PERCENT, {"value": 3}, "0.2 percentage points above target."),
    ([3], PERCENT, {"value": 3}, "Exactly on target."),
    (
        [21],
        PERCENT,
        RANGE,
        "21.0 %, inside the range.",
    ),
    (
        [23],
        PERCENT,
        RANGE,
        "1.0 percentage point above the range, inside the 10 % band.",
    ),
    (
        [480],
        KRONOR,
        {"value": 500, "tolerance": 30, "tolerance_kind": "absolute"},
        "20 kr below target, inside the 30 kr band.",
    ),
    ([1], KRONOR, None, "No target is set."),
    ([], KRONOR, {"value": 1}, "No value yet."),
]


@pytest.mark.parametrize(("values", "definition", "goal", "reason"), REASONS)
def test_reason_is_a_sentence_a_manager_reads(
    values: list[float], definition: Definition, goal: dict[str, Any] | None, reason: str
) -> None:
    now = datetime(2020, 2, 3, tzinfo=UTC)
    found = judged(values, target(**goal) if goal else None, definition=definition, now=now)
    assert found.reason == reason


def test_reason_names_the_milestone() -> None:
    goal = target(
        kind="reach",
        value=120,
        baseline=100,
        baseline_on=date(2020, 1, 1),
        due_on=date(2020, 12, 31),
        milestones={"2020-03-31": 110},
    )
    assert judged([100, 104, 111.2], goal).reason == "1.2 above the March milestone."
    assert judged([100, 107], goal).reason == "2.0 above the path to target."


def test_reason_of_totals_and_ends() -> None:
    goal = target(
        kind="accumulate", value=1500, starts_on=date(2020, 1, 1), due_on=date(2020, 3, 31)
    )
    flow = replace(KRONOR, rollup="sum", unit_label="")
    assert judged([500, 460], goal, definition=flow).reason == (
        "40 below plan, inside the 10 % band."
    )
    done = judged([500, 500, 520], goal, definition=flow)
    assert (done.status, done.reason) == ("achieved", "Reached: 1,520, the target was 1,500.")
    assert done.value == 1520 and done.previous == 1000 and done.change == 520


def test_reason_of_silence_remembers_the_last_state() -> None:
    series = monthly([50])
    stale = judged(series, target(value=100), now=datetime(2020, 3, 20, tzinfo=UTC))
    assert stale.status == "stale" and stale.candidate == "off_track"
    assert stale.reason == "The last value is that of January 2020; it was off track then."
    gone = judged(series, target(value=100), now=datetime(2021, 3, 20, tzinfo=UTC))
    assert (gone.status, gone.reason) == ("no_data", "No value since that of January 2020.")


def test_guard_is_named() -> None:
    guard = Guard("on_track", "deteriorating", "Complaints")
    found = judged([100], target(value=100), guard=guard)
    assert found.reason == "Exactly on target. Met at a cost: Complaints deteriorates."
    assert found.needs_talk


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
    assert found.limits == plain.limits and found.trend == plain.trend
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


def test_points_carry_expectation_status_and_type() -> None:
    values = [*([10.0, 11.0, 10.0, 9.0] * 4), 30.0]
    found = judged(values, target(value=10))
    assert [p.expected for p in found.points] == [10] * 17
    assert [p.status for p in found.points[:4]] == ["on_track", "on_track", "on_track", "at_risk"]
    last = found.points[-1]
    assert (last.point_type, last.signals) == ("improvement", ("beyond_limit",))
    assert (found.variation, found.signal) == ("improving", "improving")
    assert found.limits[0].first == date(2020, 1, 1) and found.limits[0].last == last.period


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
    assert [segment.first for segment in found.limits] == [
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
    assert [trend and (trend.word, trend.good) for trend in said.values()] == [
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


@pytest.mark.parametrize(("last", "asks"), [(110, False), (129, False), (131, True), (400, True)])
def test_far_beyond_the_target_asks_whether_it_was_too_low(last: float, asks: bool) -> None:
    assert bool(judged([100, last], target(value=100)).question) is asks


def test_early_asks_too() -> None:
    goal = target(
        kind="reach",
        value=120,
        baseline=100,
        baseline_on=date(2020, 1, 1),
        due_on=date(2020, 12, 31),
    )
    assert judged([100, 119], goal).status == "on_track"
    assert "too low" in judged([100, 121], goal).question


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
    assert ahead is not None and ahead.probability is not None
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
    assert (found.probability is None) == (spoken_of is None)
    assert found.as_dict()["probability_on"] == (spoken_of and spoken_of.isoformat())


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
    assert found.forecast is not None and found.forecast.probability == pytest.approx(0.003)
    assert found.status == "off_track"
    assert "But the chance of reaching it is less than 1 %." in found.reason


def test_chance_of_at_most_mirrors_at_least() -> None:
    goal = target(value=101)
    mirror = target(comparator="lte", value=-101)
    up = judged(100 + NOISE[:40], goal).forecast
    down = judged(-100 - NOISE[:40], mirror, definition=Definition(direction="down")).forecast
    assert up and down and up.probability and down.probability
    assert up.probability == pytest.approx(down.probability, abs=0.08)


def test_forecast_stays_inside_natural_bounds() -> None:
    definition = Definition(minimum=Decimal(0), maximum=Decimal(100), unit="percent")
    found = judged(np.clip(97 + 4 * NOISE[:40], 0, 100), definition=definition)
    assert found.forecast is not None
    assert all((p.high95 or 0) <= 100 and (p.low95 or 0) >= 0 for p in found.forecast.points)


def test_same_arguments_same_verdict_and_nothing_is_changed() -> None:
    series, goal = monthly(100 + NOISE[:60]), target(value=100)
    first, second = judged(series, goal), judged(series, goal)
    assert first.as_dict() == second.as_dict()
    assert json.dumps(first.as_dict(), allow_nan=False)


def test_answer_has_the_promised_shape() -> None:
    answer = judged(100 + NOISE[:40], target(value=100)).as_dict()
    assert set(answer) >= {
        "period",
        "through",
        "n",
        "points",
        "limits",
        "variation",
        "assurance",
        "trend",
        "forecast",
        "verdict",
    }
    assert set(answer["points"][0]) >= {
        "period",
        "value",
        "expected",
        "status",
        "point_type",
        "signals",
    }
    assert set(answer["limits"][0]) == {
        "from",
        "to",
        "centre",
        "lower",
        "upper",
        "near_lower",
        "near_upper",
        "n",
        "frozen",
    }
    assert set(answer["trend"]) >= {
        "slope",
        "slope_low",
        "slope_high",
        "confidence",
        "direction",
        "good",
        "method",
        "line",
    }
    assert set(answer["forecast"]["points"][0]) == {
        "period",
        "mean",
        "low80",
        "high80",
        "low95",
        "high95",
    }
    assert set(answer["verdict"]) >= {
        "status",
        "signal",
        "needs_talk",
        "explain",
        "definition_version",
        "target_version",
        "measured_through",
    }
    assert set(answer["verdict"]["explain"][0]) == {"rule", "inputs", "outcome"}


def test_unknown_is_null_never_zero() -> None:
    for values in ([], [None, None], [5.0]):
        answer = judged(monthly(values), now=datetime(2020, 2, 2, tzinfo=UTC)).as_dict()
        text = json.dumps(answer, allow_nan=False)
        assert "NaN" not in text
        assert answer["verdict"]["change"] is None and answer["verdict"]["expected"] is None
        assert all(point["point_type"] != 0 for point in answer["points"])
    assert answer["limits"][0]["upper"] is None and answer["trend"] is None


def test_explanation_can_be_recomputed_from_its_inputs() -> None:
    found = judged([480], target(value=500))
    step = next(step for step in found.explain if step.rule == "value")
    inputs = step.inputs
    assert inputs["actual"] - inputs["expected"] == inputs["gap"] == -20
    assert inputs["band"] == inputs["tolerance"] * inputs["expected"]
    assert (step.outcome, inputs["target_version"]) == ("short, inside the band", 1)


def test_previous_verdict_steadies_only_what_is_close() -> None:
    far = Previous("on_track", "on_track", date(2020, 1, 1))
    assert judged([50], target(value=100), previous=far).status == "off_track"


def test_now_without_offset_is_a_programming_mistake() -> None:
    with pytest.raises((ValueError, TypeError)):
        judge(monthly([1]), Definition(), target(value=1), now=datetime(2020, 3, 1))  # noqa: DTZ001


HARD = {
    "two": [1.0, 2.0],
    "constant": [7.0] * 30,
    "a gap": [*NOISE[:10], None, *NOISE[10:20]],
    "mostly gaps": [x if k % 5 < 2 else None for k, x in enumerate(NOISE[:60])],
    "zeros": [0.0] * 10 + [1.0] + [0.0] * 10,
    "mixed signs": list(NOISE[:50]),
    "tiny": list(1e-12 * (5 + NOISE[:40])),
    "huge": list(1e15 * (5 + NOISE[:40])),
    "far away": list(1e12 + NOISE[:40]),
    "counts": [float(x) for x in np.random.default_rng(0).poisson(0.7, 60)],
}


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
@pytest.mark.parametrize("values", HARD.values(), ids=HARD)
def test_hard_series_get_a_verdict_without_surprise(values: list[Any], grain: Any) -> None:
    first = {"week": date(2020, 1, 6)}.get(grain, date(2020, 1, 1))
    series = monthly(values, grain=grain, first=first)
    found = judged(series, target(value=1), now=after(series))
    assert found.status in ("on_track", "at_risk", "off_track", "stale", "no_data")
    assert len(found.points) == len(series)
    json.dumps(found.as_dict(), allow_nan=False)


def test_irregular_and_doubled_stamps_across_a_clock_change() -> None:
    calendar = Calendar("Europe/Stockholm")
    start = datetime(2026, 3, 20, 22, 30, tzinfo=UTC)
    stamps = [start + timedelta(hours=7.3 * k) for k in range(60)]
    entries = [replace(entry(date(2026, 1, 1), k % 7), at=at) for k, at in enumerate(stamps * 2)]
    series = rolled(entries, grain="day", rule="mean", calendar=calendar)
    found = judged(series, target(value=3), now=stamps[-1] + timedelta(days=1))
    assert len(found.points) == (found.points[-1].period - found.points[0].period).days + 1
    assert found.status in ("on_track", "at_risk", "off_track", "provisional")


def test_real_hospitals_stand_as_their_last_month_says() -> None:
    for name, shares in list(nhs.providers())[::8]:
        found = judged(shares, target(value=95), definition=PERCENT)
        worse = any(step.rule == "signal" for step in found.explain)
        last = shares[-1]
        short = "at_risk" if last >= 85.5 else "off_track"
        expected = ("at_risk" if worse else "on_track") if last >= 95 else short
        assert found.status == expected, name
        assert found.n == nhs.MONTHS and found.variation != "unknown"


def test_importing_judgement_loads_neither_django_nor_numpy() -> None:
    code = (
        "import sys; import indicators.analysis, indicators.analysis.values,"
        " indicators.analysis.periods, indicators.analysis.milestones;"
        "assert not {'numpy', 'scipy', 'django'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=".")


def test_judging_never_loads_scipy_stats() -> None:
    code = (
        "import sys; from tests.analysis.test_judge import judged, NOISE;"
        "from tests.analysis.build import target;"
        "judged(100 + NOISE[:60], target(value=100));"
        "assert 'scipy.stats' not in sys.modules and 'django' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=".")


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
