"""Series of known nature, made from a random generator, for the tables that simulate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.arrays import Floats

Generator = Callable[[np.random.Generator, int], Floats]
WEEK = np.array([1.0, 0.5, 0.5, 1.0, 1.5, -2.0, -2.5])


def correlated(rho: float) -> Generator:
    """Noise of unit variance with the given lag-1 correlation."""

    def make(rng: np.random.Generator, n: int) -> Floats:
        y = rng.normal(size=n + 60)
        for k in range(1, n + 60):
            y[k] += rho * y[k - 1]
        return np.asarray(y[60:] * np.sqrt(1 - rho * rho), dtype=np.float64)

    return make


def white(rng: np.random.Generator, n: int) -> Floats:
    """Independent normal noise."""
    return rng.normal(size=n)


def walk(rng: np.random.Generator, n: int) -> Floats:
    """Random walk."""
    return np.asarray(rng.normal(size=n).cumsum(), dtype=np.float64)


def drifting(rng: np.random.Generator, n: int) -> Floats:
    """Random walk with drift."""
    return np.asarray((0.3 + rng.normal(size=n)).cumsum(), dtype=np.float64)


def rising(rng: np.random.Generator, n: int) -> Floats:
    """Noise around a line."""
    return np.asarray(rng.normal(size=n) + 0.05 * np.arange(n), dtype=np.float64)


def weekly(rng: np.random.Generator, n: int) -> Floats:
    """Noise on a weekly season."""
    return np.asarray(rng.normal(size=n) + np.resize(WEEK, n), dtype=np.float64)


def yearly(rng: np.random.Generator, n: int) -> Floats:
    """Noise on a yearly season of months."""
    swing = 10 * np.sin(2 * np.pi * np.arange(n) / 12)
    return np.asarray(100 + swing + 5 * rng.normal(size=n), dtype=np.float64)


def retail(rng: np.random.Generator, n: int) -> Floats:
    """Growing monthly sales whose swing grows with them."""
    t = np.arange(n)
    swing = 1 + 0.3 * np.sin(2 * np.pi * t / 12)
    return np.asarray(100 * 1.01**t * swing * rng.lognormal(0, 0.08, n), dtype=np.float64)


def heavy(rng: np.random.Generator, n: int) -> Floats:
    """Student's t with four degrees of freedom."""
    return rng.standard_t(4, size=n)


def skewed(rng: np.random.Generator, n: int) -> Floats:
    """Lognormal."""
    return rng.lognormal(0, 1, size=n)


def counts(rng: np.random.Generator, n: int) -> Floats:
    """Poisson counts, two a period."""
    return rng.poisson(2, size=n).astype(np.float64)


def shifted(rng: np.random.Generator, n: int) -> Floats:
    """Noise whose level jumps once, three sigma, somewhere in the middle."""
    y = rng.normal(size=n)
    y[int(rng.integers(n // 4, 3 * n // 4)) :] += 3
    return y
