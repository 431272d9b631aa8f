"""What is worth telling: calibrated alerts in a verdict, and new limits that are proposed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from analysis import periods
from analysis.arrays import Floats
from analysis.judgement import judge
from analysis.values import Calendar, Definition, Direction
from analysis.verdict import Verdict
from tests.analysis.build import after, monthly
from tests.analysis.generators import noise, wave

FIRST = date(2020, 1, 1)


def judged(
    values: Floats, *, direction: Direction = "up", rebase: tuple[date, ...] = ()
) -> Verdict:
    known = [None if np.isnan(value) else round(value, 6) for value in values.tolist()]
    series = monthly(known, first=FIRST)
    definition = Definition(direction=direction, rebase=rebase)
    return judge(series, definition, now=after(series))


def month(k: int) -> date:
    return periods.step(FIRST, k, "month", Calendar())


def shifted(by: float = -4.0) -> Floats:
    """Noise around 20 whose level changes at point 40 of 60."""
    values = noise(60, 8) + 20
    values[40:] += by
    return values


def test_noise_is_a_signal_on_the_chart_and_no_alert() -> None:
    loud, told = 0, 0
    for seed in range(20):
        verdict = judged(noise(60, seed))
        loud += sum(bool(point.signals) for point in verdict.points[30:])
        told += len(verdict.alerts)
    assert loud >= 15, "the rules of the chart cry wolf"
    assert told <= 3, "of 600 points in control at most one in 200 is told"


@pytest.mark.parametrize(
    ("direction", "kind"), [("up", "concern"), ("down", "improvement"), ("range", "neutral_low")]
)
def test_an_excursion_is_told_once_and_by_its_side(direction: Direction, kind: str) -> None:
    values = noise(60, 3) / 2
    values[50:56] -= 6
    verdict = judged(values, direction=direction)
    assert [(alert.period, alert.kind) for alert in verdict.alerts] == [(month(50), kind)]
    assert verdict.as_dict()["alerts"] == [{"period": month(50).isoformat(), "kind": kind}]


def test_the_side_of_a_seasonal_value_is_that_without_its_season() -> None:
    values = 50 + wave(72, 12, height=10) + noise(72, 1) / 2
    high = 60 + int(np.argmax(wave(72, 12)[60:72]))
    values[high] -= 6  # far below its season, still above the mean of all
    assert values[high] > np.median(values)
    verdict = judged(values)
    assert [(alert.period, alert.kind) for alert in verdict.alerts] == [(month(high), "concern")]


def test_eleven_points_tell_nothing() -> None:
    values = np.r_[np.tile([9.0, 10.0, 11.0], 3), 10.0, 99.0]
    assert judged(values).alerts == ()
    assert judged(np.r_[10.0, values]).alerts != ()


def test_accepted_limits_quiet_the_shift_they_explain() -> None:
    values = noise(80, 5)
    values[40:] += 5
    assert judged(values[:42]).alerts != ()
    assert judged(values, rebase=(month(40),)).alerts == ()


def test_a_lasting_shift_proposes_new_limits() -> None:
    found = judged(shifted()).proposed_rebase
    assert found is not None and found.from_ == month(40)
    assert found.reason == (
        "10 of the last 10 values lie below the mean, and the level has changed since May 2023."
    )
    assert judged(shifted()).as_dict()["proposed_rebase"]["from"] == "2023-05-01"


def test_limits_already_accepted_are_not_proposed_again() -> None:
    values = shifted()
    assert judged(values, rebase=(month(40),)).proposed_rebase is None
    values[50:] -= 8
    again = judged(values, rebase=(month(40),)).proposed_rebase
    assert again is not None and again.from_ == month(50)


def test_a_definition_that_changed_at_the_shift_needs_no_new_limits() -> None:
    series = monthly(np.round(shifted(), 6).tolist(), first=FIRST)
    definition = Definition(version=2, effective_on=month(40))
    assert judge(series, definition, now=after(series)).proposed_rebase is None


@pytest.mark.parametrize("seed", range(12))
def test_noise_proposes_nothing(seed: int) -> None:
    assert judged(noise(60, seed)).proposed_rebase is None


@pytest.mark.parametrize("seed", range(4))
def test_a_steady_climb_is_a_trend_and_no_shift(seed: int) -> None:
    assert judged(noise(60, seed) + 0.2 * np.arange(60)).proposed_rebase is None


def test_a_shift_that_went_away_proposes_limits_from_its_end() -> None:
    values = noise(80, 2)
    values[30:50] += 5
    found = judged(values).proposed_rebase
    assert found is not None and found.from_ == month(50)


def test_gaps_and_few_points_propose_nothing() -> None:
    assert judged(np.r_[np.zeros(8), np.full(7, 5.0)]).proposed_rebase is None
    values = shifted()
    values[45:58] = np.nan
    assert judged(values).proposed_rebase is None
