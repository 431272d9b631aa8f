"""alerts: how often they cry wolf, how soon they see a wolf, and that they know no future."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import spc
from analysis.alerts import alerts, baseline
from analysis.arrays import Floats
from tests.analysis.generators import gapped, noise, walk, wave

Make = Callable[[int, int], Floats]
WEEK = wave(200, 7) - 2 * (np.arange(200) % 7 > 4)


def weekly(n: int, seed: int) -> Floats:
    return noise(n, seed) + WEEK[:n]


def heavy(n: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_t(4, n)


def skewed(n: int, seed: int) -> Floats:
    return np.random.default_rng(seed).lognormal(0, 1, n)


def rare(n: int, seed: int) -> Floats:
    return np.random.default_rng(seed).poisson(0.3, n).astype(np.float64)


@pytest.mark.parametrize(
    ("make", "base", "season", "at_most"),
    [
        (noise, 24, 1, 0.24),
        (noise, 100, 1, 0.34),
        (lambda n, seed: noise(n, seed, lag=0.4), 50, 1, 0.42),
        (weekly, 50, 7, 0.28),
    ],
)
def test_false_alarms_in_a_hundred_points(
    make: Make, base: int, season: int, at_most: float
) -> None:
    alarmed = [alerts(make(base + 100, seed), base, season=season).any() for seed in range(120)]
    assert np.mean(alarmed) <= at_most


@pytest.mark.parametrize("make", [heavy, skewed, rare])
def test_flags_of_noise_that_is_not_normal(make: Make) -> None:
    flags = [alerts(make(200, seed), 100).sum() for seed in range(80)]
    assert np.mean(flags) <= 1.6


@pytest.mark.parametrize("make", [noise, heavy, lambda n, seed: noise(n, seed, lag=0.4)])
@pytest.mark.parametrize("base", [24, 50])
def test_short_baselines_keep_the_promise_of_one_in_two_hundred(make: Make, base: int) -> None:
    flags = [alerts(make(base + 100, seed), base).sum() for seed in range(150)]
    assert 100 * np.sum(flags) / (150 * 100) <= 0.6


def test_one_wild_value_after_few_points_may_be_routine() -> None:
    few, many = noise(40, 9), noise(140, 9)
    few[30] = 4.5
    assert not alerts(few, 24).any(), "24 points do not show that it is not"
    few[30] = 9.0
    assert np.flatnonzero(alerts(few, 24)).tolist() == [30]
    many[130] = 4.5
    assert np.flatnonzero(alerts(many, 100)).tolist() == [130], "a hundred do"


def test_what_stays_is_told_after_few_points() -> None:
    y = noise(60, 9)
    y[30:] += 4
    assert 30 < np.flatnonzero(alerts(y, 24))[0] <= 34


def test_tails_widen_limits_until_they_are_known() -> None:
    wide = [baseline(noise(n, 4)).tails for n in (12, 24, 50, 100)]
    assert wide == sorted(wide, reverse=True) and 1.6 < wide[1] < 1.7 and wide[-1] < 1.3
    known = baseline(heavy(100, 4))
    assert known.tails > 1.5 and known.drifts > 1.0
    assert baseline(noise(100, 4)).drifts == 1.0


@pytest.mark.parametrize(("size", "at_most"), [(1.0, 13), (2.0, 5), (3.0, 2)])
def test_points_to_find_a_shift(size: float, at_most: int) -> None:
    delays = []
    for seed in range(80):
        y = noise(200, seed)
        y[100:] += size
        found = np.flatnonzero(alerts(y, 100))
        delays.append(found[0] - 99 if found.size else 101)
    assert np.median(delays) <= at_most


def test_one_alert_an_excursion_and_again_when_it_was_quiet() -> None:
    y = noise(140, 3) * 0.5
    y[60:66] += 9
    y[110:114] += 9
    assert np.flatnonzero(alerts(y, 50)).tolist() == [60, 110]


def test_the_other_side_is_another_excursion() -> None:
    y = noise(120, 3) * 0.5
    y[60:90] += 9
    y[90:] -= 9
    assert np.flatnonzero(alerts(y, 50)).tolist() == [60, 90]


def test_a_season_hides_no_shift() -> None:
    y = weekly(120, 5)
    y[80] += 8
    assert np.flatnonzero(alerts(y, 56, season=7)).tolist() == [80]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 300),
    base=st.integers(0, 60),
    cut=st.integers(1, 119),
    season=st.sampled_from([1, 7]),
    make=st.sampled_from([noise, weekly, walk, rare, skewed]),
)
def test_no_flag_knows_the_future(seed: int, base: int, cut: int, season: int, make: Make) -> None:
    y = make(120, seed)
    y[90:] *= 3
    whole = alerts(y, min(base, cut), season=season)
    assert np.array_equal(alerts(y[:cut], min(base, cut), season=season), whole[:cut])
    assert not whole[: min(base, cut)].any()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 300),
    scale=st.sampled_from([1e-12, 1e-3, 5.0, 1e15]),
    offset=st.sampled_from([0.0, 1e3, -1e3]),
)
def test_unit_and_origin_do_not_matter(seed: int, scale: float, offset: float) -> None:
    y = np.round(noise(120, seed), 3)
    y[100] += 8
    plain = alerts(y + 0.5, 50)
    assert np.array_equal(alerts((y + 0.5) * scale, 50), plain)
    assert np.array_equal(alerts(y + 0.5 + offset, 50), plain)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 300))
def test_up_and_down_are_alike(seed: int) -> None:
    y = skewed(120, seed)
    assert np.array_equal(alerts(-y, 50), alerts(y, 50))


def test_missing_periods_are_never_flagged() -> None:
    y = gapped(noise(150, 2), 0.3)
    y[120] = 15.0
    flags = alerts(y, 60)
    assert flags[120]
    assert not flags[np.isnan(y)].any()


def test_a_constant_baseline_shows_any_change() -> None:
    y = np.full(50, 7.0)
    y[40] = 7.5
    assert np.flatnonzero(alerts(y, 30)).tolist() == [40]
    routine = baseline(y[:30])
    assert routine.sigma == 0
    assert routine.reason.startswith("constant baseline")


def test_small_baselines_claim_less() -> None:
    y = 50 + noise(60, 1)
    y[30:] += 1.5
    assert not alerts(y, 5).any()
    assert baseline(y[:5]).reason == "only 5 of the 6 baseline points limits need"
    assert not alerts(y, 9).any()
    assert baseline(y[:9]).reason == "provisional: few baseline points"
    assert alerts(y, 30).any()


def test_the_baseline_starts_after_its_last_shift() -> None:
    y = noise(160, 8)
    y[:40] += 20
    routine = baseline(y[:100])
    assert routine.n == 60
    assert abs(routine.centre) < 0.6
    assert alerts(np.r_[y[:100], 8.0], 100)[100]


def test_an_autocorrelated_baseline_says_so() -> None:
    assert "autocorrelated" in baseline(noise(100, 1, lag=0.7)).method
    assert baseline(noise(100, 1)).method == "mean moving range"
    assert "season unknown" in baseline(weekly(14, 1), season=7).method


def test_the_front_door_is_the_same() -> None:
    y = noise(150, 4)
    y[120:] += 3
    assert np.array_equal(spc.alerts(y, 50), alerts(y, 50))
    assert spc.alerts(y, 50).dtype == np.bool_
