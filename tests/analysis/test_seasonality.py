"""seasonality.estimate: what repeats, of which kind, and when it declines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.arrays import Floats
from analysis.seasonality import estimate

MONTHS = np.array([-3, -2, 0, 1, 2, 3, 4, 2, 0, -1, -2, -4], dtype=float)


def monthly(seed: int, *, years: int = 5, spread: float = 1.0) -> Floats:
    rng = np.random.default_rng(seed)
    return 100 + np.tile(MONTHS, years) + spread * rng.normal(size=12 * years)


def test_finds_the_profile() -> None:
    found = estimate(monthly(1), 12)
    assert found.kind in ("additive", "multiplicative")
    profile = found.profile if found.kind == "additive" else 100 * (found.profile - 1)
    assert np.corrcoef(profile, MONTHS)[0, 1] > 0.95
    assert found.p < 0.001 and found.reason == "" and found.n == 60


def test_adjusted_plus_season_is_the_series() -> None:
    values = monthly(2)
    found = estimate(values, 12)
    np.testing.assert_allclose(found.restore(found.adjusted, 0), values, rtol=1e-12)
    np.testing.assert_allclose(found.restore(found.adjusted[17:], 17), values[17:], rtol=1e-12)


def test_multiplicative_where_the_swing_grows_with_the_level() -> None:
    rng = np.random.default_rng(3)
    level = 50 * 1.02 ** np.arange(96)
    values = level * (1 + np.tile(MONTHS, 8) / 15) * rng.lognormal(0, 0.02, 96)
    found = estimate(values, 12)
    assert found.kind == "multiplicative"
    assert abs(found.profile.mean() - 1) < 1e-9
    assert np.corrcoef(found.adjusted, level)[0, 1] > 0.99


def test_zero_or_negative_values_are_never_multiplicative() -> None:
    level = 50 * 1.02 ** np.arange(96)
    values = level * (1 + np.tile(MONTHS, 8) / 15)
    values[40] = 0.0
    assert estimate(values, 12).kind == "additive"
    assert estimate(-values, 12).kind == "additive"


@pytest.mark.parametrize(("lag", "season"), [(0.0, 12), (0.6, 12), (0.0, 7), (1.0, 4)])
def test_claims_little_without_a_season(lag: float, season: int) -> None:
    claims = 0
    for seed in range(60):
        y = np.random.default_rng(seed).normal(size=72)
        for i in range(1, 72):
            y[i] += lag * y[i - 1]
        claims += estimate(y, season).kind != "none"
    assert claims <= 9


def test_short_series_say_what_is_missing() -> None:
    found = estimate(monthly(1)[:25], 12)
    assert found.kind == "none"
    assert found.reason == "season not yet estimable: needs 26 points, has 25"
    assert found.adjusted.size == 25


def test_gaps_stay_gaps_and_hardly_move_the_profile() -> None:
    values = monthly(4, spread=0.3)
    full = estimate(values, 12)
    values[np.random.default_rng(0).choice(60, 12, replace=False)] = np.nan
    found = estimate(values, 12)
    assert np.array_equal(np.isnan(found.adjusted), np.isnan(values))
    assert found.kind != "none"
    np.testing.assert_allclose(
        found.restore(np.full(12, 100.0), 0), full.restore(np.full(12, 100.0), 0), atol=1.0
    )


def test_a_long_season_learns_from_its_neighbours() -> None:
    rng = np.random.default_rng(5)
    truth = 2 * np.sin(2 * np.pi * np.arange(52) / 52)
    values = np.tile(truth, 4) + rng.normal(size=208)
    found = estimate(values, 52)
    assert found.kind == "additive"
    assert np.sqrt(np.mean((found.profile - truth) ** 2)) < 0.4


@pytest.mark.parametrize(
    "values",
    [
        np.zeros(0),
        np.array([1.0]),
        np.array([1.0, 2.0]),
        np.full(50, 3.0),
        np.full(50, np.nan),
        np.r_[np.nan, np.full(48, 1e15), np.inf],
    ],
)
def test_nothing_to_find(values: Floats) -> None:
    found = estimate(values, 12)
    assert found.kind == "none" and found.reason
    assert found.adjusted.shape == values.shape


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 300), scale=st.sampled_from([1e-12, 1e-3, 7.0, 1e12]))
def test_unit_does_not_matter(seed: int, scale: float) -> None:
    values = monthly(seed, spread=2.0)
    found, scaled = estimate(values, 12), estimate(values * scale, 12)
    assert found.kind == scaled.kind
    np.testing.assert_allclose(scaled.adjusted, found.adjusted * scale, rtol=1e-9)


def test_a_huge_offset_does_not_matter() -> None:
    values = np.tile(MONTHS, 6) + np.random.default_rng(1).normal(size=72)
    found, moved = estimate(values, 12), estimate(values + 1e12, 12)
    assert found.kind == moved.kind == "additive"
    np.testing.assert_allclose(moved.profile, found.profile, atol=0.01)
