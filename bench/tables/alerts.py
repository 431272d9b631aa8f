"""Alerts: how often the calibrated set cries wolf, and how soon it sees one."""

from __future__ import annotations

import numpy as np

from bench import series
from bench.series import Generator
from bench.validate import Table
from indicators.analysis.alerts import alerts

TABLE = Table("Alerts")
FALSE: list[tuple[str, Generator, int, int, float, str]] = [
    ("normal, baseline 24", series.white, 24, 1, 20, "71"),
    ("normal, baseline 100", series.white, 100, 1, 30, "69"),
    ("AR .4, baseline 50", series.correlated(0.4), 50, 1, 45, "99"),
    ("weekly season, baseline 50", series.weekly, 50, 7, 30, "blind"),
]

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
        rng = np.random.default_rng(2)
        found = []
        for _ in range(runs):
            y = rng.normal(size=200)
            y[100:] += size
            where = np.flatnonzero(alerts(y, 100))
            found.append(where[0] - 99 if where.size else 101)
        return float(np.median(found))


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
        rng = np.random.default_rng(3)
        return float(np.mean([alerts(make(rng, 200), 100).sum() for _ in range(runs)]))
