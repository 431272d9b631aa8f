"""Exponential smoothing of one series by a grid of parameters at once, seen from every origin.

All three members of the forecast — simple smoothing, Theta and damped trend — are read off one
linear recursion, l = f + a·e, b = p·b + a·b'·e with f = l + p·b, run for every point of a fixed
grid. Which grid point a member uses is chosen anew at every origin by the squared one-step errors
made until then, so that a forecast from any past origin is exactly what would have been said.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, median

Indices = NDArray[np.int64]

LEVEL_RATES = (0.01, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
DAMPED = tuple(product((0.1, 0.25, 0.45, 0.7, 0.95), (0.1, 0.3, 0.6), (0.7, 0.8, 0.9, 0.98)))
SHARES = (0.1, 0.45, 0.45)  # of simple smoothing, Theta, damped trend
# Rates of level and slope, and damping, of every grid point.
GRID = np.array([(rate, 0.0, 0.0) for rate in LEVEL_RATES] + list(DAMPED))
OPENING = 12  # first differences whose median starts the damped trend


def states(y: Floats) -> tuple[Floats, Floats]:
    """Level and slope [grid, n] after each point, for every grid point; y float64[n], no gaps."""
    rate, gain, damping = GRID.T
    opening = np.diff(y[: OPENING + 1])
    levels, slopes = np.empty((2, GRID.shape[0], y.size))
    levels[:, 0] = y[0]
    slopes[:, 0] = np.where(damping > 0, median(opening) if opening.size else 0.0, 0.0)
    for t in range(1, y.size):
        drift = damping * slopes[:, t - 1]
        ahead = levels[:, t - 1] + drift
        error = rate * (y[t] - ahead)
        levels[:, t] = ahead + error
        slopes[:, t] = drift + gain * error
    return levels, slopes


def paths(y: Floats, horizon: int) -> Floats:
    """Forecasts [origin, horizon] of the combination from every origin 0..n-1 of y float64[n]."""
    level, slope = states(y)
    simple = len(LEVEL_RATES)
    drift = 0.5 * _drift(y)
    lag = _lag(y.size)
    steps = np.arange(1, horizon + 1, dtype=np.float64)
    origin = np.arange(y.size)

    flat = level[_best(y, level[:simple]), origin]
    lifted = level[:simple] + drift * lag
    theta = lifted[_best(y, lifted), origin][:, None] + drift[:, None] * (steps - 1)
    damping = GRID[simple:, 2]
    level, slope = level[simple:], slope[simple:]
    best = _best(y, level + damping[:, None] * slope)
    reach = np.cumsum(damping[:, None] ** steps, axis=1)
    damped = level[best, origin][:, None] + slope[best, origin][:, None] * reach[best]
    return SHARES[0] * flat[:, None] + SHARES[1] * theta + SHARES[2] * damped


def _best(y: Floats, forecast: Floats) -> Indices:
    """Grid point with the smallest squared one-step errors until each origin, [n]."""
    square = np.zeros_like(forecast)
    np.subtract(y[1:], forecast[:, :-1], out=square[:, 1:])
    np.square(square, out=square)
    np.cumsum(square, axis=1, out=square)
    return np.asarray(np.argmin(square, axis=0), dtype=np.int64)


def _drift(y: Floats) -> Floats:
    """Least-squares slope of y[: t + 1] for every t."""
    t = np.arange(1, y.size + 1, dtype=np.float64)
    total, moment = np.cumsum(y), np.cumsum(t * y)
    squares = t * (t * t - 1) / 12
    squares[0] = 1.0
    drift = (moment - (t + 1) / 2 * total) / squares
    drift[0] = 0.0
    return drift


@lru_cache(maxsize=64)
def _lag(n: int) -> Floats:
    """How many periods a smoothed level lags a line, [grid, n] (Hyndman & Billah 2003)."""
    rate = np.array(LEVEL_RATES)[:, None]
    return np.asarray((1 - (1 - rate) ** np.arange(1, n + 1)) / rate)
