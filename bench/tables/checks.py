"""Decisions checked: wrong words where nothing happened, right ones where something did."""

from __future__ import annotations

import numpy as np

from analysis.decisions import check, periods_needed
from bench import series
from bench.series import Generator
from bench.validate import Table

TABLE = Table("Decisions checked")
BEFORE, AFTER = 48, 8

for name, make, season, bar in [
    ("white noise", series.white, 1, 8),
    ("AR .4", series.correlated(0.4), 1, 8),
    ("yearly season", series.yearly, 12, 8),
    ("line", series.rising, 1, 8),
    ("random walk", series.walk, 1, 12),
]:

    @TABLE.row(f"an effect claimed where there was none: {name}", at_most=bar, unit=" %")
    def false_effects(runs: int, make: Generator = make, season: int = season) -> float:
        """Measure "moved", either way, without a cause."""
        rng = np.random.default_rng(1)
        moved = 0
        for _ in range(runs):
            y = make(rng, BEFORE + AFTER)
            moved += check(y[:BEFORE], y[BEFORE:], 1.5, season=season).word.startswith("moved")
        return 100 * moved / runs


@TABLE.row("effect of two sigma seen after 8 periods", at_least=90, unit=" %")
def seen(runs: int) -> float:
    """Measure "moved beyond limits" where it did."""
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(runs):
        y = rng.normal(size=BEFORE + AFTER)
        y[BEFORE:] += 2
        found += check(y[:BEFORE], y[BEFORE:], 2.0).word == "moved beyond limits"
    return 100 * found / runs


@TABLE.row("effect seen after the periods that were said to be needed", at_least=70, unit=" %")
def promised(runs: int) -> float:
    """Measure the power that the answer promises to be 80 %."""
    rng = np.random.default_rng(3)
    found = []
    for _ in range(runs):
        y = rng.normal(size=BEFORE + 120)
        wait = periods_needed(y[:BEFORE], 1.2)
        if wait is not None:
            y[BEFORE:] += 1.2
            after = y[BEFORE : BEFORE + wait]
            found.append(check(y[:BEFORE], after, 1.2).word == "moved beyond limits")
    return 100 * float(np.mean(found))
