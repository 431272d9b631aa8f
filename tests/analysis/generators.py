"""Series of known nature, for tests of what is claimed about them."""

from __future__ import annotations

import numpy as np

from analysis.arrays import Floats


def noise(n: int, seed: int, *, lag: float = 0.0) -> Floats:
    """Normal noise of unit variance with the given lag-1 correlation."""
    y = np.random.default_rng(seed).normal(size=n + 50)
    for i in range(1, n + 50):
        y[i] += lag * y[i - 1]
    return np.asarray(y[50:] * np.sqrt(1 - lag * lag), dtype=np.float64)


def walk(n: int, seed: int, *, drift: float = 0.0) -> Floats:
    """Random walk with normal steps."""
    return np.asarray(np.cumsum(noise(n, seed) + drift), dtype=np.float64)


def wave(n: int, period: int, *, height: float = 2.0) -> Floats:
    """Repeats every ``period`` points."""
    return np.asarray(height * np.sin(2 * np.pi * np.arange(n) / period), dtype=np.float64)


def retail(n: int, seed: int, *, spread: float = 0.05) -> Floats:
    """Growing sales whose yearly swing grows with them."""
    t = np.arange(n)
    swing = 1 + 0.3 * np.sin(2 * np.pi * t / 12) + 0.2 * (t % 12 == 11)
    factor = np.random.default_rng(seed).lognormal(0, spread, n)
    return np.asarray(100 * 1.01**t * swing * factor, dtype=np.float64)


def gapped(values: Floats, share: float, seed: int = 0) -> Floats:
    """The same with this share of its periods missing."""
    lost = np.random.default_rng(seed).random(values.size) < share
    return np.where(lost, np.nan, values)
