"""Evidence: what is claimed about unrelated pairs, what is found in related ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from analysis.arrays import Floats
from analysis.evidence import lead_lag
from bench import series
from bench.series import Generator
from bench.validate import Table

TABLE = Table("Evidence")
SERIES_M = Path(__file__).parents[2] / "tests" / "data" / "box_jenkins_series_m.json"
KINDS: list[tuple[str, Generator, int]] = [
    ("white noise", series.white, 1),
    ("AR .8", series.correlated(0.8), 1),
    ("random walks", series.walk, 1),
    ("walks with drift", series.drifting, 1),
    ("lines", series.rising, 1),
    ("weekly seasons", series.weekly, 7),
    ("level shifts", series.shifted, 1),
]

for name, make, season in KINDS:

    @TABLE.row(f"false claims, unrelated {name}", at_most=7, anchor="best lag 39–100", unit=" %")
    def false_claims(runs: int, make: Generator = make, season: int = season) -> float:
        """Measure claims about pairs that have nothing to do with each other."""
        rng = np.random.default_rng(1)
        sizes = (30, 52, 104, 200)
        found = []
        for k in range(4 * runs):
            n = sizes[k % len(sizes)]
            found.append(lead_lag(make(rng, n), make(rng, n), season=season).claim)
        return 100 * float(np.mean(found))


def led(rng: np.random.Generator, n: int, lag: int) -> tuple[Floats, Floats]:
    """A pair with correlation .5 at one lag."""
    cause, own = rng.normal(size=n + 20), rng.normal(size=n + 20)
    effect = 0.5 * np.roll(cause, lag) + np.sqrt(0.75) * own
    return cause[10:-10], effect[10:-10]


for n, bar in [(52, 70), (104, 95)]:

    @TABLE.row(f"right lag claimed, r = .5, n = {n}", at_least=bar, unit=" %")
    def right_lag(runs: int, n: int = n) -> float:
        """Measure how often a true lag up to four is claimed."""
        rng = np.random.default_rng(2)
        hits = 0
        for k in range(runs):
            lag = k % 9 - 4
            found = lead_lag(*led(rng, n, lag))
            hits += found.claim and found.lag == lag
        return 100 * hits / runs


@TABLE.row("claims from 25 pairs of the same series", at_most=0)
def too_few(runs: int) -> float:
    """Count claims below the fewest pairs."""
    rng = np.random.default_rng(3)
    pairs = [rng.normal(size=25) for _ in range(runs)]
    return float(sum(lead_lag(x, x).claim for x in pairs))


@TABLE.row("Box–Jenkins series M: lag off the published three", at_most=0)
def series_m(_: int) -> float:
    """Compare with the textbook."""
    known = json.loads(SERIES_M.read_text())
    found = lead_lag(np.array(known["lead"]), np.array(known["sales"]))
    return abs(found.lag - 3) if found.claim else float("inf")
