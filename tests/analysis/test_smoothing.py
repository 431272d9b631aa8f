"""smoothing: every grid point is the plain recursion, and origins know no future."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import smoothing
from tests.analysis.generators import noise, walk


@pytest.mark.parametrize("n", [2, 16, 17, 18, 83])
def test_states_are_those_of_the_recursion(n: int) -> None:
    y = walk(n, 1)
    levels, slopes = smoothing.states(y)
    a, b, p = smoothing.GRID.T
    level = np.full(a.size, y[0])
    slope = np.where(p > 0, np.median(np.diff(y[:13])), 0.0)
    for t in range(1, n):
        error = y[t] - level - p * slope
        level, slope = level + p * slope + a * error, p * slope + a * b * error
        np.testing.assert_allclose(levels[:, t], level, atol=1e-9)
        np.testing.assert_allclose(slopes[:, t], slope, atol=1e-9)


def test_an_origin_knows_no_future() -> None:
    y = walk(60, 2)
    whole = smoothing.paths(y, 6)
    for origin in (12, 20, 40):
        np.testing.assert_allclose(smoothing.paths(y[: origin + 1], 6)[-1], whole[origin])


def test_a_line_is_continued() -> None:
    y = np.arange(3.0, 23.0, 0.5)
    ahead = smoothing.paths(y, 4)[-1]
    np.testing.assert_allclose(ahead, y[-1] + 0.5 * np.arange(1, 5), atol=1.0)
    assert np.all(np.diff(ahead) > 0)


def test_noise_is_averaged() -> None:
    ahead = [smoothing.paths(noise(60, seed), 3)[-1] for seed in range(30)]
    assert np.sqrt(np.mean(np.square(ahead))) < 0.45


def test_a_constant_stays() -> None:
    np.testing.assert_allclose(smoothing.paths(np.full(30, 5.0), 4), 5.0)
