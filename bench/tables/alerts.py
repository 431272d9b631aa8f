"""Alerts: how often the calibrated set cries wolf, and how soon it sees one."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from analysis.alerts import alerts
from bench import series
from bench.series import Generator
from bench.validate import Table

TABLE = Table("Alerts")
FALSE: list[tuple[str, Generator, int, int, float, str]] = [
    ("normal, baseline 24", series.white, 24, 1, 20, "71"),
    ("normal, baseline 100", series.white, 100, 1, 30, "69"),
    ("AR .4, baseline 50", series.correlated(0.4), 50, 1, 45, "99"),
    ("weekly season, baseline 50", series.weekly, 50, 7, 30, "blind"),
]

PROMISED: list[tuple[str, Generator]] = [
    ("normal", series.white),
    ("t(4)", series.heavy),
    ("lognormal", series.skewed),
    ("AR .4", series.correlated(0.4)),
]


def delays(size: float, base: int, runs: int) -> float:
    """Median points until a shift is told."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(runs):
        y = rng.normal(size=base + 100)
        y[base:] += size
        where = np.flatnonzero(alerts(y, base))
        found.append(where[0] - base + 1 if where.size else 101)
    return float(np.median(found))


@lru_cache(maxsize=32)
def told(make: Generator, base: int, runs: int) -> float:
    """Alerts per 100 points in control."""
    rng = np.random.default_rng(3)
    return float(np.mean([alerts(make(rng, base + 100), base).sum() for _ in range(runs)]))


for name, make, base, season, bar, anchor in FALSE:

    @TABLE.row(
        f"any false alert in 100 points: {name}",
        at_most=bar,
        anchor=f"Wheeler's rules {anchor}",
        unit=" %",
    )
    def false_alarms(
        runs: int, make: Generator = make, base: int = base, season: int = season
    ) -> float:
        """Measure the share of stretches in control with an alert."""
        rng = np.random.default_rng(1)
        found = [alerts(make(rng, base + 100), base, season=season).any() for _ in range(runs)]
        return 100 * float(np.mean(found))


for size, latest, anchor in [(1.0, 12, "8"), (2.0, 5, "3"), (3.0, 2, "1")]:

    @TABLE.row(
        f"points to find a shift of {size:g} sigma, baseline 100 (median)",
        at_most=latest,
        anchor=f"Wheeler's rules {anchor}, with their false alarms",
    )
    def delay(runs: int, size: float = size) -> float:
        """Count the points until the first alert."""
        return delays(size, 100, runs)


for name, make in [
    ("t(4)", series.heavy),
    ("lognormal", series.skewed),
    ("Poisson 2", series.counts),
]:

    @TABLE.row(
        f"alerts per 100 points of {name} noise, baseline 100",
        at_most=1.5,
        anchor="2.4–2.6 for a good attempt",
    )
    def flagged(runs: int, make: Generator = make) -> float:
        """Count alerts where noise is not normal."""
        return told(make, 100, runs)


for name, make in PROMISED:
    for base in (24, 50, 100):

        @TABLE.row(
            f"quiet points an alert, {name} noise, baseline {base}",
            at_least=160,
            anchor="200 are promised, on average of these",
        )
        def quiet(runs: int, make: Generator = make, base: int = base) -> float:
            """Count the points between false alerts."""
            return 100 / max(told(make, base, runs), 1e-3)


@TABLE.row("quiet points an alert, all of these", at_least=200, anchor="as the pages say")
def promised(runs: int) -> float:
    """Average over kinds of noise and lengths of the baseline."""
    rates = [told(make, base, runs) for _, make in PROMISED for base in (24, 50, 100)]
    return 100 / float(np.mean(rates))


for size, latest in [(2.0, 7), (3.0, 4), (4.0, 3)]:

    @TABLE.row(f"points to find a shift of {size:g} sigma, baseline 24 (median)", at_most=latest)
    def short_delay(runs: int, size: float = size) -> float:
        """Count the points until the first alert after a short baseline."""
        return delays(size, 24, runs)
