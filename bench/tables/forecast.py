"""Forecasts: against naive ones, what their intervals hold, what their probabilities mean, cost."""

from __future__ import annotations

import time
from functools import lru_cache

import numpy as np

from analysis import forecast
from analysis.arrays import Floats
from bench import series
from bench.series import Generator
from bench.validate import Table
from tests.analysis import nhs

TABLE = Table("Forecast")
AHEAD = 6
KINDS: dict[str, tuple[Generator, float]] = {
    "white noise": (series.white, 100),
    "AR .6": (series.correlated(0.6), 100),
    "random walk": (series.walk, 100),
    "walk with drift": (series.drifting, 100),
    "line": (series.rising, 100),
    "yearly season": (series.yearly, 0),
    "growing retail": (series.retail, 0),
    "t(4)": (series.heavy, 100),
    "lognormal": (series.skewed, 0),
    "Poisson 2": (series.counts, 0),
}
Split = tuple[Floats, Floats]


@lru_cache(maxsize=4)
def simulated(runs: int, n: int) -> tuple[Split, ...]:
    """Split series of every kind into past and future."""
    rng = np.random.default_rng(1)
    return tuple(
        (y[:n], y[n:])
        for make, offset in KINDS.values()
        for y in (offset + make(rng, n + AHEAD) for _ in range(max(runs // 8, 10)))
    )


@lru_cache(maxsize=1)
def hospitals() -> tuple[Split, ...]:
    """Split the monthly shares of NHS providers, in percent, six months before their end."""
    found = [np.array(shares, dtype=np.float64) for _, shares in nhs.providers()]
    return tuple((y[:-AHEAD], y[-AHEAD:]) for y in found if np.ptp(y[:-AHEAD]) > 0)


def coverage(splits: tuple[Split, ...], level: int, *, ceiling: float | None = None) -> float:
    """Percent of coming values inside the interval of a level (0: 80 %, 1: 95 %)."""
    inside = []
    for past, future in splits:
        told = forecast.predict(past, AHEAD, season=12, ceiling=ceiling)
        inside.append(((told.lower[level] <= future) & (future <= told.upper[level])).mean())
    return 100 * float(np.mean(inside))


def relative(splits: tuple[Split, ...]) -> float:
    """Median absolute error, in mean steps of each series, relative to that of the last value."""
    ours, last = [], []
    for past, future in splits:
        scale = float(np.mean(np.abs(np.diff(past)))) or 1.0
        told = forecast.predict(past, AHEAD, season=12)
        ours.append(float(np.mean(np.abs(told.mean - future))) / scale)
        last.append(float(np.mean(np.abs(past[-1] - future))) / scale)
    return float(np.median(ours) / np.median(last))


@TABLE.row("error relative to the last value, simulated, n = 60", at_most=0.85, anchor="1")
def simulated_error(runs: int) -> float:
    """Compare with a random walk."""
    return relative(simulated(runs, 60))


@TABLE.row("error relative to the last value, NHS providers", at_most=1.0, anchor="1")
def hospital_error(_: int) -> float:
    """Compare with a random walk."""
    return relative(hospitals())


for n in (20, 60, 150):
    for level, least, most in [(0, 77.0, 88.0), (1, 93.0, 98.5)]:
        name = f"{(80, 95)[level]} % intervals hold, simulated, n = {n}"

        @TABLE.row(name, at_least=least, anchor="libraries 49–90 / 63–96", unit=" %")
        def holds(runs: int, n: int = n, level: int = level) -> float:
            """Measure coverage from below."""
            return coverage(simulated(runs, n), level)

        @TABLE.row(f"{name}, no more than needed", at_most=most, unit=" %")
        def not_too_wide(runs: int, n: int = n, level: int = level) -> float:
            """Measure coverage from above."""
            return coverage(simulated(runs, n), level)


for level, least in [(0, 70.0), (1, 88.0)]:

    @TABLE.row(
        f"{(80, 95)[level]} % intervals hold, NHS providers (one winter, one country)",
        at_least=least,
        unit=" %",
    )
    def hospitals_hold(_: int, level: int = level) -> float:
        """Measure coverage on real shares."""
        return coverage(hospitals(), level, ceiling=100)


@lru_cache(maxsize=1)
def told(runs: int) -> tuple[Floats, Floats, Floats]:
    """Probabilities told, those of a random walk, and what came."""
    from scipy.special import ndtr

    rng = np.random.default_rng(4)
    rows = []
    for past, future in simulated(runs, 60):
        step = int(rng.integers(1, AHEAD + 1))
        spread = float(np.std(np.diff(past))) * np.sqrt(step)
        goal = float(past[-1] + rng.normal() * spread)
        naive = float(np.clip(ndtr((past[-1] - goal) / spread), 0.003, 0.997))
        ours = forecast.probability(past, step, goal, season=12)
        rows.append((ours, naive, float(future[step - 1] >= goal)))
    ours_, naive_, came = np.array(rows).T
    return ours_, naive_, came


@TABLE.row("probability of target: Brier score relative to a random walk", at_most=0.75, anchor="1")
def brier(runs: int) -> float:
    """Compare squared errors of probabilities."""
    ours, naive, came = told(runs)
    return float(np.mean((ours - came) ** 2) / np.mean((naive - came) ** 2))


@TABLE.row("probability of target: calibration error over ten bins", at_most=0.06)
def calibration(runs: int) -> float:
    """Compare what was told with what came."""
    ours, _, came = told(runs)
    bins = np.clip((ours * 10).astype(int), 0, 9)
    gaps = [
        abs(ours[bins == k].mean() - came[bins == k].mean()) * np.mean(bins == k)
        for k in range(10)
        if (bins == k).any()
    ]
    return float(sum(gaps))


for n, bar in [(60, 5.0), (400, 10.0), (2000, 40.0)]:

    @TABLE.row(
        f"forecast and probability of 1,000 series, n = {n}",
        at_most=bar,
        anchor="library ensemble 120–1,150",
        unit=" s",
    )
    def cost(runs: int, n: int = n) -> float:
        """Take the processor time of series with a season, each seen for the first time."""
        rng = np.random.default_rng(5)
        pasts = [series.retail(rng, n) for _ in range(min(max(runs // 10, 5), 40))]
        forecast.predict(pasts[0] + 1, 12, season=12)
        began = time.process_time()
        for past in pasts:
            forecast.predict(past, 12, season=12)
            forecast.probability(past, 6, float(past[-1]), season=12)
        return 1000 * (time.process_time() - began) / len(pasts)
