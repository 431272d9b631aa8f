"""Whether two series moved together, and which one first: evidence for a rung of the ladder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis import changepoints, seasonality
from analysis.arrays import Flags, Floats, floats

Indices = NDArray[np.int64]

FEWEST = 26  # pairs below which nothing is claimed
HALVES = 80  # pairs from which on both halves must show the same lag
CONFIDENCE = 0.05
UNIT_ROOT = 8.0  # lag-1 correlation beyond 1 - 8/n: differences are compared
ORDER = 6  # of the autoregression that whitens, at most
TIDES = 5  # lags of autocorrelation the effective number of pairs allows for
SPENT = 12  # pairs at most that taking a season out of both costs


@dataclass(frozen=True, slots=True)
class LeadLag:
    """Best lag in periods (> 0: x leads), its correlation and chance-corrected p; claimed or not.

    ``n`` counts the pairs at that lag out of ``window`` periods; ``reason`` is what to tell.
    """

    lag: int
    r: float
    p: float
    claim: bool
    n: int
    window: int
    method: str
    reason: str


def lead_lag(x: ArrayLike, y: ArrayLike, *, max_lag: int = 6, season: int = 1) -> LeadLag:
    """Look for one lag at which ``x`` and ``y`` (float64[n], same grid, NaN = missing) go together.

    Both are freed from season, differenced when they wander, whitened by an autoregression of
    their own and turned into normal scores, because any two series that merely drift correlate at
    some lag (Yule 1926; Haugh 1976). Fisher z with the effective number of pairs, Šidák over all
    lags tried. Claimed only below p = .05, from 26 pairs on, and from 80 pairs on only if both
    halves agree on the lag to within one. A claim is no proof of cause.

    >>> import numpy as np
    >>> lead_lag(np.arange(20.0), np.arange(20.0)).reason
    'not enough data: 20 pairs, 26 needed'
    """
    x, y = floats(x), floats(y)
    if x.size != y.size:
        raise ValueError(f"x and y must share one grid, not {x.size} and {y.size} periods")
    pairs = int(np.count_nonzero(np.isfinite(x) & np.isfinite(y)))
    if pairs < FEWEST:
        return _nothing(x.size, pairs, f"not enough data: {pairs} pairs, {FEWEST} needed")
    first, second = _innovations(x, season), _innovations(y, season)
    if first is None or second is None:
        which = "x" if first is None else "y"
        return _nothing(x.size, pairs, f"not enough data: {which} hardly ever changes")
    lags = _lags(first, second, max_lag)
    if lags.size == 0:
        return _nothing(x.size, pairs, f"not enough data: gaps leave less than {FEWEST} pairs")
    r, n = _correlations(first, second, lags)
    # What both were freed from alike can no longer differ.
    chance = _chance(r, _effective(first, second, n - min(season - 1, SPENT)))
    best = int(np.argmin(chance))
    p = float(-np.expm1(lags.size * np.log1p(-min(chance[best], 1 - 1e-12))))
    lag, count = int(lags[best]), int(n[best])
    claim = p < CONFIDENCE and (count < HALVES or _halves_agree(first, second, lag))
    return LeadLag(
        lag=lag,
        r=float(r[best]),
        p=p,
        claim=claim,
        n=count,
        window=x.size,
        method="cross-correlation of whitened normal scores",
        reason=_told(lag, p, claim=claim),
    )


def ladder(
    pairs: Sequence[tuple[ArrayLike, ArrayLike]], *, max_lag: int = 6, season: int = 1
) -> list[LeadLag]:
    """``lead_lag`` for every rung; claims hold together at a false discovery rate of 5 %.

    Benjamini & Hochberg 1995 over the rungs that had enough data.
    """
    found = [lead_lag(x, y, max_lag=max_lag, season=season) for x, y in pairs]
    tested = sorted(rung.p for rung in found if rung.n >= FEWEST)
    passed = [p for rank, p in enumerate(tested, 1) if p <= CONFIDENCE * rank / len(tested)]
    limit = max(passed, default=-1.0)
    return [
        rung
        if not rung.claim or rung.p <= limit
        else replace(rung, claim=False, reason="no relation found (among so many rungs)")
        for rung in found
    ]


def _nothing(window: int, n: int, reason: str) -> LeadLag:
    return LeadLag(
        0, float("nan"), 1.0, claim=False, n=n, window=window, method="none", reason=reason
    )


def _told(lag: int, p: float, *, claim: bool) -> str:
    if not claim:
        unsteady = "; not the same in both halves" if p < CONFIDENCE else ""
        return f"no relation found{unsteady}"
    if lag == 0:
        return "moved together in the same period; not proof of cause"
    first = "X" if lag > 0 else "Y"
    count = abs(lag)
    return f"moved together, {first} first by {count} period{'s' * (count > 1)}; not proof of cause"


def _innovations(values: Floats, season: int) -> Floats | None:
    """What is new in each period, as normal scores; None if there is nothing new."""
    known = np.isfinite(values)
    adjusted = seasonality.estimate(np.where(known, values, np.nan), season).adjusted
    centre = float(np.median(adjusted[known]))
    scale = float(np.max(np.abs(adjusted[known] - centre)))
    if scale == 0 or np.unique(values[known]).size < 3:
        return None
    index = np.arange(values.size)
    y = np.interp(index, index[known], ((adjusted - centre) / scale)[known])
    if _lag_one(y) > 1 - UNIT_ROOT / int(known.sum()):
        y = np.diff(y, prepend=y[0])
        known = known & np.roll(known, 1)
        known[0] = False
    white = _whitened(_plain(y, season))
    white[~known] = np.nan
    return _normal_scores(white)


def _lag_one(y: Floats) -> float:
    off = y - y.mean()
    square = float(off @ off)
    return float(off[1:] @ off[:-1]) / square if square > 0 else 0.0


def _plain(y: Floats, season: int) -> Floats:
    """Residuals from a line, the levels of its regimes and what is left of a season."""
    t: Floats = np.arange(y.size, dtype=np.float64)
    columns = [np.ones(y.size), t - t.mean()]
    columns += [(t >= cut).astype(np.float64) for cut in changepoints.find(y)]
    for wave in (1, 2):
        if season > 2 * wave:
            angle = 2 * np.pi * wave * t / season
            columns += [np.cos(angle), np.sin(angle)]
    design = np.stack(columns, axis=1)
    # Columns of one size keep the normal equations, which are quick, well enough conditioned.
    design /= np.sqrt((design * design).sum(axis=0))
    weights = np.linalg.lstsq(design.T @ design, design.T @ y, rcond=1e-10)[0]
    return np.asarray(y - design @ weights, dtype=np.float64)


def _whitened(y: Floats) -> Floats:
    """Residuals of the autoregression that Schwarz's criterion prefers; NaN at first."""
    n = y.size
    most = min(ORDER, n // 8)
    past = np.stack([y[most - lag : n - lag] for lag in range(1, most + 1)], axis=1)
    target = y[most:]
    gram, cross = past.T @ past, past.T @ target
    best: Floats = np.zeros(0)
    chosen, lowest = 0, _criterion(float(target @ target), target.size, 0)
    for order in range(1, most + 1):
        fit = np.linalg.lstsq(gram[:order, :order], cross[:order], rcond=None)[0]
        weights = np.asarray(fit, dtype=np.float64)
        rest = float(((target - past[:, :order] @ weights) ** 2).sum())
        score = _criterion(rest, target.size, order)
        if score < lowest:
            best, chosen, lowest = weights, order, score
    white = y.copy()
    for lag in range(1, chosen + 1):
        white[lag:] -= best[lag - 1] * y[:-lag]
    white[:chosen] = np.nan
    return white


def _criterion(rest: float, n: int, order: int) -> float:
    return n * float(np.log(max(rest, 1e-300))) + float(np.log(n)) * (order + 1)


def _normal_scores(y: Floats) -> Floats:
    """Blom's scores of the ranks (ties share their middle rank); NaN stays."""
    from scipy.special import ndtri

    known = np.isfinite(y)
    _, inverse, counts = np.unique(y[known], return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    rank = (last - (counts - 1) / 2)[inverse]
    scores = np.full(y.size, np.nan)
    scores[known] = ndtri((rank - 0.375) / (rank.size + 0.25))
    return scores


def _shifted(x: Floats, y: Floats, lag: int) -> tuple[Floats, Floats]:
    """Pairs (x at t, y at t + lag) of which both are known."""
    a, b = (x[: x.size - lag], y[lag:]) if lag >= 0 else (x[-lag:], y[: y.size + lag])
    both: Flags = np.isfinite(a) & np.isfinite(b)
    return a[both], b[both]


def _lags(x: Floats, y: Floats, max_lag: int) -> Indices:
    reach = min(max_lag, x.size - FEWEST)
    lags = [k for k in range(-reach, reach + 1) if _shifted(x, y, k)[0].size >= FEWEST - max_lag]
    return np.array(lags, dtype=np.int64)


def _correlations(x: Floats, y: Floats, lags: Indices) -> tuple[Floats, Floats]:
    found = [_shifted(x, y, int(lag)) for lag in lags]
    r = [_correlation(a, b) for a, b in found]
    return np.array(r), np.array([a.size for a, _ in found], dtype=np.float64)


def _correlation(a: Floats, b: Floats) -> float:
    if a.size < 3:
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    size = float(a @ a) * float(b @ b)
    return float(a @ b) / size**0.5 if size > 0 else 0.0


def _effective(x: Floats, y: Floats, n: Floats) -> Floats:
    """Pairs worth counting where both series still carry their past (Bartlett 1946)."""
    tide = 0.0
    for lag in range(1, TIDES + 1):
        own = [_correlation(*_shifted(part, part, lag)) for part in (x, y)]
        tide += 2 * own[0] * own[1]
    return np.asarray(n / max(1.0 + tide, 1.0))


def _chance(r: Floats, n: Floats) -> Floats:
    """Two-sided p of each correlation by Fisher's z."""
    from scipy.special import ndtr

    z = np.arctanh(np.clip(r, -0.999999, 0.999999)) * np.sqrt(np.maximum(n - 3, 1.0))
    return np.asarray(2 * ndtr(-np.abs(z)))


def _halves_agree(x: Floats, y: Floats, lag: int) -> bool:
    """Whether each half shows at least half the correlation at that lag, give or take one."""
    whole = _correlation(*_shifted(x, y, lag))
    middle = x.size // 2
    for half in (slice(None, middle), slice(middle, None)):
        near = [_correlation(*_shifted(x[half], y[half], lag + step)) for step in (-1, 0, 1)]
        if max(float(np.sign(whole)) * r for r in near) < abs(whole) / 2:
            return False
    return True
