"""Edge cases every function that looks ahead or apart has to pass, without a warning."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import alerts, changepoints, decisions, evidence, forecast, seasonality
from analysis.arrays import Floats
from tests.analysis.generators import gapped, noise, walk

RNG = np.random.default_rng(3)
HALF = np.where(np.arange(60) % 2 == 0, 1.0, 2.0)
EDGES: dict[str, Floats] = {
    "empty": np.zeros(0),
    "one": np.array([3.0]),
    "two": np.array([3.0, 4.0]),
    "three": np.array([3.0, 4.0, 3.0]),
    "seven": noise(7, 1),
    "eight": noise(8, 1),
    "all missing": np.full(40, np.nan),
    "one of many": np.r_[np.full(20, np.nan), 5.0, np.full(20, np.nan)],
    "constant": np.full(60, 4.2),
    "zeros": np.zeros(60),
    "constant then one change": np.r_[np.full(59, 4.2), 4.3],
    "one change long ago": np.r_[4.3, np.full(59, 4.2)],
    "one gap": np.r_[noise(30, 2), np.nan, noise(29, 3)],
    "60 % gaps": gapped(50 + noise(120, 4), 0.6),
    "gap at both ends": np.r_[np.nan, np.nan, noise(50, 5), np.nan],
    "every other missing": np.where(np.arange(80) % 2 == 0, 10 + noise(80, 6), np.nan),
    "infinite": np.r_[noise(40, 7), np.inf, -np.inf],
    "zeros and positives": np.where(RNG.random(80) < 0.5, 0.0, RNG.lognormal(1, 1, 80)),
    "negative": -100 - noise(60, 8),
    "mixed": noise(60, 9),
    "tiny": 1e-12 * (5 + noise(60, 10)),
    "huge": 1e15 * (5 + noise(60, 11)),
    "huge walk": 1e15 * walk(60, 11),
    "offset and noise": 1e12 + noise(60, 12),
    "enormous": 1e100 * (1 + 0.1 * noise(60, 13)),
    "minute": 1e-100 * (3 + noise(60, 14)),
    "counts": RNG.poisson(0.1, 60).astype(np.float64),
    "percent": np.clip(99 + noise(60, 15), 0, 100),
    "two values": HALF,
    "exponential": np.exp2(np.arange(60.0)),
    "line": np.arange(60.0),
    "weekday only": np.where(np.arange(100) % 7 < 5, 20 + noise(100, 16), np.nan),
}
SEASONS = [1, 4, 7, 12, 52]


@pytest.fixture(params=EDGES)
def values(request: pytest.FixtureRequest) -> Floats:
    return EDGES[request.param].copy()


@pytest.mark.parametrize("season", SEASONS)
def test_seasonality(values: Floats, season: int) -> None:
    found = seasonality.estimate(values, season)
    assert found.adjusted.shape == found.unseen.shape == values.shape
    known = np.isfinite(values)
    assert np.isfinite(found.adjusted[known]).all()
    assert found.n == known.sum()
    assert (found.reason != "") == (found.kind == "none")


def test_changepoints(values: Floats) -> None:
    found = changepoints.find(values)
    assert found == sorted(set(found))
    assert all(type(k) is int for k in found)
    assert all(0 < k < values.size for k in found)


@pytest.mark.parametrize("season", SEASONS)
def test_alerts(values: Floats, season: int) -> None:
    for base in (0, 8, values.size // 2, values.size, values.size + 5):
        flags = alerts.alerts(values, base, season=season)
        assert flags.shape == values.shape and flags.dtype == np.bool_
        assert not flags[~np.isfinite(values)].any()
        assert not flags[:base].any()


@pytest.mark.parametrize("season", SEASONS)
def test_forecast(values: Floats, season: int) -> None:
    found = forecast.predict(values, 5, season=season)
    known = int(np.isfinite(values).sum())
    assert found.n == known and found.window == values.size
    assert found.mean.shape == (5,) and found.lower.shape == found.upper.shape == (2, 5)
    assert np.isfinite(found.mean).all() == (known > 0)
    if known >= 3:
        assert np.isfinite(found.lower).all() and np.isfinite(found.upper).all()
        assert (found.lower <= found.mean).all() and (found.mean <= found.upper).all()
    else:
        assert found.reason and np.isnan(found.lower).all()


@pytest.mark.parametrize("season", SEASONS)
def test_probability(values: Floats, season: int) -> None:
    known = values[np.isfinite(values)]
    for goal in (0.0, -1e9, 1e9, float(np.median(known)) if known.size else 1.0):
        for chance in (forecast.probability, forecast.probability_of_total):
            p = chance(values, 3, goal, season=season)
            assert 0.003 <= p <= 0.997 if known.size >= 3 else np.isnan(p)


@pytest.mark.parametrize("season", SEASONS)
def test_evidence(values: Floats, season: int) -> None:
    found = evidence.lead_lag(values, noise(values.size, 99), season=season)
    assert 0 < found.p <= 1 and found.reason
    assert found.claim is False or found.n >= 20
    themselves = evidence.lead_lag(values, values, season=season)
    assert themselves.lag == 0 or not themselves.claim


@pytest.mark.parametrize("season", SEASONS)
def test_decisions(values: Floats, season: int) -> None:
    found = decisions.check(values, np.array([1.0, np.nan, 2.0]), 1.0, season=season)
    assert found.lower <= found.upper
    assert found.n == found.n_before + found.n_after
    assert decisions.periods_needed(values, 0.0, season=season) is None
    needed = decisions.periods_needed(values, 1e9, season=season)
    assert needed is None or needed >= 1
