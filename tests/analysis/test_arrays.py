"""The quick medians say what numpy's say."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.arrays import median, middle_of_five


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 60, 401])
def test_median_is_that_of_numpy(n: int) -> None:
    for seed in range(20):
        y = np.round(np.random.default_rng(seed).normal(size=n), 1)
        assert median(y) == np.median(y)


@pytest.mark.parametrize("n", [2, 5, 8, 61])
def test_middle_of_five_is_that_of_numpy(n: int) -> None:
    for seed in range(50):
        y = np.round(np.random.default_rng(seed).normal(size=n), 1)
        around = np.concatenate((y[:2], y, y[-2:]))
        windows = np.lib.stride_tricks.sliding_window_view(around, 5)
        assert np.array_equal(middle_of_five(y), np.median(windows, axis=1))


def test_median_of_nothing_is_unknown() -> None:
    assert np.isnan(median(np.zeros(0)))
