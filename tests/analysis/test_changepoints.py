"""changepoints.find: where it finds, where it keeps quiet, and what it ignores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.arrays import Floats
from analysis.changepoints import find


def noise(n: int, seed: int, lag: float = 0.0) -> Floats:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n + 50)
    for i in range(1, n + 50):
        y[i] += lag * y[i - 1]
    return np.asarray(y[50:] * np.sqrt(1 - lag * lag))


def stepped(seed: int, *, size: float = 3.0, n: int = 60, at: int = 35) -> Floats:
    y = noise(n, seed)
    y[at:] += size
    return y


@pytest.mark.parametrize(("lag", "most"), [(0.0, 3), (0.3, 3), (0.6, 4), (0.8, 6)])
def test_quiet_on_noise(lag: float, most: int) -> None:
    assert sum(bool(find(noise(100, seed, lag))) for seed in range(40)) <= most


@pytest.mark.parametrize("slope", [0.05, 0.2, 1.0])
def test_a_trend_is_no_shift(slope: float) -> None:
    claims = [find(noise(60, seed) + slope * np.arange(60)) for seed in range(40)]
    assert sum(map(bool, claims)) <= 4


def test_finds_a_shift_at_its_place() -> None:
    found = [find(stepped(seed)) for seed in range(40)]
    right = sum(len(f) == 1 and abs(f[0] - 35) <= 2 for f in found)
    assert right >= 37


def test_finds_a_shift_of_the_last_ten_points() -> None:
    found = [find(stepped(seed, n=60, at=50)) for seed in range(40)]
    assert sum(any(abs(k - 50) <= 2 for k in f) for f in found) >= 32


def test_finds_there_and_back() -> None:
    y = noise(120, 4)
    y[40:70] += 4
    found = find(y)
    assert len(found) == 2
    assert abs(found[0] - 40) <= 2 and abs(found[1] - 70) <= 2


def test_a_spike_is_no_regime() -> None:
    y = noise(60, 9)
    y[30] = 40.0
    assert find(y) == []


def test_finds_a_bend() -> None:
    t = np.arange(60.0)
    y = np.where(t < 30, 0.2 * t, 6 - 0.3 * (t - 30)) + 0.5 * noise(60, 2)
    assert [abs(k - 30) <= 3 for k in find(y)] == [True]


def test_indices_count_missing_periods() -> None:
    y = np.insert(stepped(3), [5, 10, 20, 20], np.nan)
    assert find(y) == [k + 4 for k in find(stepped(3))]


def test_long_series_are_searched_in_blocks_and_placed_to_the_point() -> None:
    y = noise(3001, 5)
    y[1403:] += 2
    found = find(y)
    assert len(found) == 1
    assert abs(found[0] - 1403) <= 3


@pytest.mark.parametrize("n", [0, 1, 2, 9, 13])
def test_short_series_have_no_regimes(n: int) -> None:
    assert find(np.asarray(np.arange(n) // 5 * 100.0, dtype=np.float64)) == []


def test_constant_and_nothing() -> None:
    assert find(np.full(50, 1e15)) == []
    assert find(np.full(50, np.nan)) == []


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 500),
    scale=st.sampled_from([1e-12, 1e-3, 1.0, 1e6, 1e15]),
    sign=st.sampled_from([-1.0, 1.0]),
)
def test_unit_and_sign_do_not_matter(seed: int, scale: float, sign: float) -> None:
    y: Floats = np.round(stepped(seed, size=2.5), 3)
    assert find(y * scale * sign) == find(y)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 500))
def test_a_huge_offset_does_not_matter(seed: int) -> None:
    y: Floats = np.round(stepped(seed) * 1024) / 1024
    assert find(y + 2.0**40) == find(y)


def test_time_runs_either_way() -> None:
    y = stepped(1, size=4)
    assert find(y[::-1]) == [60 - k for k in find(y)]


def test_a_season_hides_no_shift() -> None:
    y = 2 * np.sin(2 * np.pi * np.arange(120) / 12) + 0.5 * noise(120, 3)
    assert find(y) == []
    y[70:] += 2.5
    assert [abs(k - 70) <= 2 for k in find(y)] == [True]


def test_a_lasting_jump_is_plain_even_where_a_series_wanders() -> None:
    walks = [np.cumsum(noise(200, seed)) for seed in range(20)]
    for walk in walks:
        walk[120:] += 14
    assert sum(any(abs(k - 120) <= 1 for k in find(walk)) for walk in walks) >= 18
