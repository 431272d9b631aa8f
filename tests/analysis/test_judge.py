"""The whole verdict: what it shows, what it says, and what it never does."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from analysis.judgement import judge
from analysis.values import Calendar, Definition, Previous
from tests.analysis import nhs
from tests.analysis.build import (
    NOISE,
    PERCENT,
    after,
    entry,
    judged,
    monthly,
    rolled,
    target,
)


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
        "import sys; import analysis, analysis.values,"
        " analysis.periods, analysis.milestones;"
        "assert not {'numpy', 'scipy', 'django'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=".")


def test_judging_never_loads_scipy_stats() -> None:
    code = (
        "import sys; from tests.analysis.build import judged, NOISE;"
        "from tests.analysis.build import target;"
        "judged(100 + NOISE[:60], target(value=100));"
        "assert 'scipy.stats' not in sys.modules and 'django' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=".")
