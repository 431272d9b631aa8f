"""Level shifts: found where they are, and not where there are none."""

from __future__ import annotations

import numpy as np

from analysis import changepoints
from bench import series
from bench.series import Generator
from bench.validate import Table

TABLE = Table("Level shifts")

for name, make, bar in [
    ("white noise", series.white, 5),
    ("AR .6", series.correlated(0.6), 5),
    ("noise around a line", series.rising, 10),
    ("random walk", series.walk, 25),
]:

    @TABLE.row(f"shifts claimed in 100 points of {name}", at_most=bar, unit=" %")
    def claimed(runs: int, make: Generator = make) -> float:
        """Measure the share of series without a shift that get one."""
        rng = np.random.default_rng(1)
        return 100 * float(np.mean([bool(changepoints.find(make(rng, 100))) for _ in range(runs)]))


for size, bar in [(2.0, 75), (3.0, 93)]:

    @TABLE.row(f"a shift of {size:g} sigma in 60 points found to within 5", at_least=bar, unit=" %")
    def found(runs: int, size: float = size) -> float:
        """Measure the share of shifts found in place."""
        rng = np.random.default_rng(2)
        hits = 0
        for _ in range(runs):
            at = int(rng.integers(15, 45))
            y = rng.normal(size=60)
            y[at:] += size
            hits += any(abs(k - at) <= 5 for k in changepoints.find(y))
        return 100 * hits / runs
