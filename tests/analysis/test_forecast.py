"""forecast: better than naive, intervals that hold, probabilities that mean what they say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.arrays import Floats
from analysis.forecast import Forecast, predict, probability, probability_of_total
from tests.analysis.generators import gapped, noise, retail, walk, wave

AHEAD = 6
KINDS: dict[str, Callable[[int], Floats]] = {
    "noise": lambda seed: 100 + 10 * noise(66, seed),
    "correlated": lambda seed: 100 + 10 * noise(66, seed, lag=0.6),
    "walk": lambda seed: 100 + 2 * walk(66, seed),
    "trend": lambda seed: 100 + 0.5 * np.arange(66) + 5 * noise(66, seed),
    "retail": lambda seed: retail(66, seed),
    "negative": lambda seed: 10 * noise(66, seed) + wave(66, 12, height=20),
    "counts": lambda seed: np.random.default_rng(seed).poisson(4, 66).astype(np.float64),
    "bursts": lambda seed: np.random.default_rng(seed).lognormal(3, 0.6, 66),
}


def split(kind: str, seed: int) -> tuple[Floats, Floats]:
    values = KINDS[kind](seed)
    return values[:-AHEAD], values[-AHEAD:]


def error(found: Floats, truth: Floats) -> float:
    return float(np.mean(np.abs(found - truth)))


@pytest.mark.parametrize(
    ("kind", "at_most"), [("noise", 0.8), ("walk", 1.1), ("trend", 0.8), ("retail", 0.4)]
)
def test_beats_the_last_value(kind: str, at_most: float) -> None:
    ours = last = 0.0
    for seed in range(40):
        past, future = split(kind, seed)
        ours += error(predict(past, AHEAD, season=12).mean, future)
        last += error(np.full(AHEAD, past[-1]), future)
    assert ours < at_most * last


def test_continues_season_and_growth() -> None:
    past, future = retail(96, 1, spread=0.01)[:84], retail(96, 1, spread=0.01)[84:]
    found = predict(past, 12, season=12)
    np.testing.assert_allclose(found.mean, future, rtol=0.12)
    assert "multiplicative season" in found.method and found.reason == ""
    assert (found.n, found.window) == (84, 84)


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_hold_what_they_promise(kind: str) -> None:
    inside = []
    for seed in range(60):
        past, future = split(kind, seed)
        found = predict(past, AHEAD, season=12)
        inside.append((found.lower <= future) & (future <= found.upper))
    narrow, wide = np.mean(inside, axis=(0, 2))
    assert 0.72 <= narrow <= 0.93
    assert wide >= 0.91


def test_probabilities_are_calibrated() -> None:
    told, came = [], []
    for seed in range(60):
        for kind in ("noise", "correlated", "walk", "trend"):
            past, future = split(kind, seed)
            goal = float(past[-1] + 8 * np.random.default_rng(seed).normal())
            told.append(probability(past, 4, goal))
            came.append(future[3] >= goal)
    p, hit = np.array(told), np.array(came, dtype=float)
    assert np.mean((p - hit) ** 2) < 0.16
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        inside = (p >= low) & (p <= high)
        assert abs(p[inside].mean() - hit[inside].mean()) < 0.14


def test_probability_of_a_total_is_calibrated() -> None:
    told, came = [], []
    for seed in range(60):
        for kind in ("noise", "correlated", "walk", "retail"):
            past, future = split(kind, seed)
            goal = float(past[-AHEAD:].sum() * (1 + 0.1 * np.random.default_rng(seed).normal()))
            told.append(probability_of_total(past, AHEAD, goal, season=12))
            came.append(future.sum() >= goal)
    p, hit = np.array(told), np.array(came, dtype=float)
    assert np.mean((p - hit) ** 2) < 0.14
    assert abs(p.mean() - hit.mean()) < 0.07


def test_quarters_are_told_with_more_room() -> None:
    past, _ = split("walk", 3)
    plain, quarters = predict(past, AHEAD, season=7), predict(past, AHEAD, season=4)
    assert quarters.method == plain.method, "no season was found, so that only the grain differs"
    assert np.allclose(quarters.mean, plain.mean)
    ratio = (quarters.upper - quarters.lower) / (plain.upper - plain.lower)
    assert np.allclose(ratio, 1.22, atol=0.01)
    high = float(plain.upper[0, 2])
    assert probability(past, 3, high, season=4) > probability(past, 3, high, season=7) + 0.02
    total = float(plain.mean.sum() * 1.05)
    more = probability_of_total(past, AHEAD, total, season=4)
    assert more > probability_of_total(past, AHEAD, total, season=7) + 0.005


def test_errors_made_after_few_points_count_for_what_they_would_be_now() -> None:
    pasts = 100 + np.random.default_rng(4).normal(size=(300, 12))
    found = [predict(past, 1, season=7) for past in pasts]
    width = float(np.mean([told.upper[0, 0] - told.lower[0, 0] for told in found]))
    assert 3.0 < width < 3.29, "3.35 where the first errors count in full"


def test_a_goal_too_small_to_divide_is_certain() -> None:
    past, _ = split("bursts", 0)
    assert probability_of_total(past, 1, 5e-324) > 0.9


def test_probability_and_interval_are_one_distribution() -> None:
    past, _ = split("walk", 3)
    found = predict(past, AHEAD)
    for step in (1, 3, 6):
        assert probability(past, step, float(found.upper[0, step - 1])) == pytest.approx(
            0.1, abs=0.03
        )
        assert probability(past, step, float(found.lower[0, step - 1])) == pytest.approx(
            0.9, abs=0.03
        )


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 200),
    kind=st.sampled_from(sorted(KINDS)),
    levels=st.lists(st.floats(0.05, 0.99), min_size=2, max_size=4, unique=True).map(sorted),
)
def test_wider_levels_hold_narrower_ones(seed: int, kind: str, levels: list[float]) -> None:
    past, _ = split(kind, seed)
    found = predict(past, AHEAD, season=12, levels=levels)
    assert found.lower.shape == found.upper.shape == (len(levels), AHEAD)
    assert np.all(np.diff(found.lower, axis=0) <= 1e-9)
    assert np.all(np.diff(found.upper, axis=0) >= -1e-9)
    assert np.all(found.lower[0] <= found.mean) and np.all(found.mean <= found.upper[0])


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 200),
    kind=st.sampled_from(sorted(KINDS)),
    horizon=st.integers(1, 30),
    goal=st.floats(-1e6, 1e6),
)
def test_nothing_is_certain(seed: int, kind: str, horizon: int, goal: float) -> None:
    past, _ = split(kind, seed)
    for p in (
        probability(past, horizon, goal, season=12),
        probability_of_total(past, horizon, goal, season=12),
    ):
        assert 0.003 <= p <= 0.997


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 200), kind=st.sampled_from(sorted(KINDS)))
def test_a_higher_target_is_never_likelier(seed: int, kind: str) -> None:
    past, _ = split(kind, seed)
    chances = [probability(past, 3, goal, season=12) for goal in np.linspace(-50, 300, 36)]
    assert np.all(np.diff(chances) <= 1e-12)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 200),
    kind=st.sampled_from(["noise", "retail", "negative"]),
    scale=st.sampled_from([1e-12, 1e-3, 7.0, 1e12]),
)
def test_the_unit_does_not_matter(seed: int, kind: str, scale: float) -> None:
    past, _ = split(kind, seed)
    found, scaled = predict(past, AHEAD, season=12), predict(past * scale, AHEAD, season=12)
    np.testing.assert_allclose(scaled.mean, found.mean * scale, rtol=1e-6, atol=1e-6 * scale)
    np.testing.assert_allclose(scaled.upper, found.upper * scale, rtol=1e-6, atol=1e-6 * scale)


def test_a_huge_offset_keeps_the_noise() -> None:
    past = noise(60, 1)
    found, moved = predict(past, 3), predict(past + 1e12, 3)
    np.testing.assert_allclose(moved.mean - 1e12, found.mean, atol=0.01)
    np.testing.assert_allclose(moved.upper - moved.lower, found.upper - found.lower, rtol=0.01)


def test_bounds_are_kept() -> None:
    percent = np.clip(98 + 2 * noise(60, 5), 0, 100)
    found = predict(percent, 12, ceiling=100.0)
    assert found.upper.max() <= 100
    assert predict(np.abs(noise(60, 5)), 12).lower.min() >= 0
    assert predict(noise(60, 5), 12).lower.min() < 0


def test_gaps_are_bridged_and_a_late_series_looks_farther() -> None:
    past, _ = split("trend", 2)
    assert np.isfinite(predict(gapped(past, 0.6), 4).upper).all()
    late = predict(np.r_[past, np.nan, np.nan], 4)
    np.testing.assert_allclose(late.mean, predict(past, 6).mean[2:])
    assert probability(np.r_[past, np.nan], 2, 130.0) == probability(past, 3, 130.0)


def test_an_outlier_hardly_moves_the_path() -> None:
    past, _ = split("noise", 4)
    struck = past.copy()
    struck[-2] = 1e4
    np.testing.assert_allclose(predict(struck, 3).mean, predict(past, 3).mean, atol=8)


def declined(found: Forecast) -> bool:
    return bool(np.isnan(found.lower).all() and np.isnan(found.upper).all() and found.reason)


def test_too_little_to_say() -> None:
    nothing = predict(np.full(5, np.nan), 3)
    assert declined(nothing) and np.isnan(nothing.mean).all() and nothing.reason == "no value yet"
    assert declined(predict(np.zeros(0), 3))
    two = predict(np.array([4.0, 6.0]), 3)
    assert declined(two) and two.mean.tolist() == [6.0, 6.0, 6.0]
    assert two.reason == "only 2 of the 3 points an interval needs"
    assert np.isnan(probability(np.array([4.0, 6.0]), 1, 5.0))


def test_a_few_points_are_rough() -> None:
    found = predict(np.array([4.0, 6.0, 5.0, 7.0]), 3)
    assert found.reason == "rough: only 4 points"
    assert np.all(found.lower < found.mean) and np.all(found.mean < found.upper)
    assert np.all(np.diff(found.upper[1]) > 0)


def test_constant_has_no_width_and_says_so() -> None:
    found = predict(np.full(30, 5.0), 2)
    assert found.mean.tolist() == [5.0, 5.0]
    assert np.array_equal(found.lower, found.upper) and found.reason.startswith("constant")
    assert (probability(np.full(30, 5.0), 2, 5.0), probability(np.full(30, 5.0), 2, 5.1)) == (
        0.997,
        0.003,
    )
    assert probability_of_total(np.full(30, 5.0), 3, 15.0) == 0.997
