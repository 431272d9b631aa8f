"""The trend line: exact references, wrong claims on trendless data, power on real trends."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import log10
from pathlib import Path

import numpy as np

from analysis import trend
from analysis.arrays import Floats
from bench.validate import Table

TABLE = Table("Trend line")
REFERENCES = Path(__file__).parents[2] / "tests" / "data" / "statistical_references.json"
SIZES = (12, 16, 24, 36, 60, 104, 200)
WEEK = np.array([0.0, 0.5, 1.0, 0.5, 0.0, -2.0, -2.5])
Generator = Callable[[np.random.Generator, int], Floats]


def autoregressive(rho: float) -> Generator:
    """Noise with the given lag-1 correlation and unit innovations."""

    def make(rng: np.random.Generator, n: int) -> Floats:
        values = rng.normal(size=n + 60)
        for k in range(1, n + 60):
            values[k] += rho * values[k - 1]
        return np.asarray(values[60:], dtype=np.float64)

    return make


def weekly(rng: np.random.Generator, n: int) -> Floats:
    """White noise on a weekly pattern twice as strong."""
    return np.asarray(rng.normal(size=n) + np.resize(WEEK, n), dtype=np.float64)


def claims(make: Generator, runs: int, season: int = 1) -> float:
    """Percent of trendless series that get a direction, over lengths of 12 to 200."""
    rng = np.random.default_rng(1)
    found = [
        trend.fit(make(rng, SIZES[k % len(SIZES)]), season=season).direction != 0
        for k in range(5 * runs)
    ]
    return 100 * float(np.mean(found))


@TABLE.row("Norris: fewest correct digits", at_least=12, anchor="double precision 13–15")
def norris(runs: int) -> float:
    """Compare with the certified values of NIST."""
    known = json.loads(REFERENCES.read_text())["norris"]
    found = trend.reference(known["x"], known["y"])
    return min(
        -log10(max(abs(found[name] - value) / abs(value), 1e-16))
        for name, value in known["certified"].items()
    )


@TABLE.row(
    "Mann–Kendall and Sen on Nile and AirPassengers: largest error",
    at_most=1e-9,
    anchor="scipy, pymannkendall",
)
def mann_kendall(runs: int) -> float:
    """Compare with two other implementations."""
    known = json.loads(REFERENCES.read_text())
    names = {"mk_s": "s", "mk_var": "var_s", "mk_z": "z", "mk_p": "p", "sen_slope": "sen"}
    worst = 0.0
    for series, values in known["mk_series"].items():
        found = trend.reference(range(len(values)), values)
        for ours, theirs in names.items():
            worst = max(worst, abs(found[ours] - known["mk_ref"][series][theirs]))
    return worst


for rho, bar, anchor in [
    (0.0, 6, "3–8"),
    (0.3, 8, "11–21"),
    (0.6, 10, "30–37"),
    (0.8, 10, "46–54"),
]:
    name = f"AR {rho:g}" if rho else "white noise"

    @TABLE.row(
        f"false directions, {name}", at_most=bar, anchor=f"least squares {anchor}", unit=" %"
    )
    def false_directions(runs: int, rho: float = rho) -> float:
        """Measure wrong claims on noise."""
        return claims(autoregressive(rho), runs)


@TABLE.row("false directions, weekly season", at_most=6, anchor="least squares blind", unit=" %")
def false_in_season(runs: int) -> float:
    """Measure wrong claims on a season."""
    return claims(weekly, runs, season=7)


def power(runs: int, *, outliers: float) -> float:
    """Measure how often a weak trend is found, to within .6 points at the usual number of runs."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(10 * runs):
        values = rng.normal(size=60) + 0.03 * np.arange(60)
        wild = rng.random(60) < outliers
        values[wild] += rng.choice([-10.0, 10.0], size=int(wild.sum()))
        found.append(trend.fit(values).direction == 1)
    return 100 * float(np.mean(found))


@TABLE.row(
    "power, white noise, n = 60, slope .03 sd", at_least=95, anchor="least squares 98", unit=" %"
)
def plain_power(runs: int) -> float:
    """Measure it on clean noise."""
    return power(runs, outliers=0.0)


@TABLE.row("power with 5 % outliers", at_least=85, anchor="least squares 29", unit=" %")
def robust_power(runs: int) -> float:
    """Measure it among wild values."""
    return power(runs, outliers=0.05)
