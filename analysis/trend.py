"""The trend line: a robust slope, how sure it is, and the exact textbook figures to check it by.

Sources: Sen 1968; Mann 1945; Kendall 1975; Hamed & Rao 1998; Yue & Wang 2004; Conover 1999.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Floats, Integers, median
from analysis.values import Way

CONFIDENCE = 0.95
MINIMUM = 8  # points below which a line is drawn and nothing claimed
WINDOW = 400  # newest points used: all pairs are compared, and a trend is about now
SEEN = 1.645  # standard errors from which on a correlation is taken to be there
STEP_WINS = 0.8  # a shift explains the series when its error is below this share of a line's
FIGURES = ("slope", "intercept", "slope_se", "intercept_se", "resid_sd", "r2")
METHOD = "Theil-Sen slope, Mann-Kendall test corrected for autocorrelation"


@dataclass(frozen=True, slots=True)
class Trend:
    """A trend line over the points ``start`` to ``stop - 1`` of the values it was given.

    ``slope`` is per period with the interval ``slope_low`` to ``slope_high``; ``direction`` is
    -1, 0 or +1, 0 where nothing can be claimed; ``line`` has one value a point, NaN outside.
    ``noise`` is the usual deviation from the line; ``shifted`` says that the window begins at a
    shift of the level that was found.
    """

    slope: float
    slope_low: float
    slope_high: float
    confidence: float
    direction: int
    p: float
    line: tuple[float, ...]
    start: int
    stop: int
    n: int
    noise: float
    method: str
    reason: str
    shifted: bool = False

    @property
    def window(self) -> int:
        """How many periods the line is drawn over, the missing ones too."""
        return self.stop - self.start

    def change(self) -> float:
        """Return how far the line goes from the first point of its window to the last."""
        return self.slope * max(self.stop - self.start - 1, 0)

    def word(self, meaningful: float | None = None) -> Way:
        """Say what may be claimed, given the smallest change over the window that matters.

        Where nobody said what matters, any proven change does, and only a line whose whole
        interval stays within the usual deviation is called flat.

        >>> fit([3.0] * 12).word(), fit([1.0, 2.0, 3.0]).word()
        ('flat', 'unknown')
        """
        span = max(self.stop - self.start - 1, 0)
        if self.direction and abs(self.change()) >= (meaningful or 0.0):
            return "rising" if self.direction > 0 else "falling"
        if self.n < MINIMUM:
            return "unknown"
        room = self.noise if meaningful is None else meaningful
        reach = max(abs(self.slope_low), abs(self.slope_high)) * span
        return "flat" if reach <= room else "unknown"


def fit(values: ArrayLike, *, season: int = 1) -> Trend:
    """Fit the trend of the current regime.

    ``values``: float64[n] on the period grid, NaN = missing; ``season``: periods a cycle has.
    The season is taken out, the window starts after the last level shift that leaves 8 points,
    the slope is the median of all pairwise slopes, and Mann-Kendall's variance is inflated by
    (1 + r) / (1 - r), r the lag-1 correlation of the ranked residuals. Constant values are flat;
    below 8 points there is a line and no claim.

    >>> found = fit([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    >>> found.slope, found.direction, found.word()
    (1.0, 1, 'rising')
    """
    y = np.array(values, dtype=np.float64)
    y[~np.isfinite(y)] = nan
    known = np.flatnonzero(np.isfinite(y))
    if known.size < 2:
        reason = "one value has no trend" if known.size else "no values"
        bare = _bare(y, nan, known.size) | {"slope": nan, "noise": nan}
        return Trend(**bare, slope_low=nan, slope_high=nan, reason=reason)
    first = max(0, int(known[-WINDOW])) if known.size > WINDOW else int(known[0])
    adjusted, seasonal = _deseasonalised(y[first:], season)
    start = _regime(adjusted)
    found = _fit(adjusted[start:])
    line = tuple([nan] * (first + start)) + found.line
    reason = "; ".join(text for text in (found.reason, seasonal) if text)
    return replace(
        found,
        line=line,
        start=first + start,
        stop=y.size,
        reason=reason,
        shifted=start > 0,
    )


def _deseasonalised(y: Floats, season: int) -> tuple[Floats, str]:
    from analysis import seasonality

    if season <= 1:
        return y, ""
    found = seasonality.estimate(y, season)
    return found.adjusted, found.reason


def _regime(y: Floats) -> int:
    """Return where the current regime begins: after the last shift that beats a straight line."""
    from analysis import changepoints

    if y.size < 2 * MINIMUM:
        return 0
    cuts = [cut for cut in changepoints.find(y) if np.isfinite(y[cut:]).sum() >= MINIMUM]
    if not cuts:
        return 0
    t = np.flatnonzero(np.isfinite(y))
    observed = y[t] - median(y[t])
    slope = median(_slopes(t.astype(np.float64), observed))
    line = observed - slope * t
    against_line = np.abs(line - median(line)).sum()
    steps = np.searchsorted(np.array(cuts), t, side="right")
    against_steps = sum(
        np.abs(part - median(part)).sum()
        for k in range(len(cuts) + 1)
        if (part := observed[steps == k]).size
    )
    return cuts[-1] if against_steps < STEP_WINS * against_line else 0


def _fit(y: Floats) -> Trend:
    """Fit a window that is one regime without season."""
    t = np.flatnonzero(np.isfinite(y))
    n = t.size
    middle = median(y[t])
    centred = y[t] - middle
    scale = float(np.max(np.abs(centred)))
    if scale == 0:
        reason = "the values do not vary"
        return Trend(**_bare(y, middle, n), slope_low=0.0, slope_high=0.0, reason=reason)
    z = centred / scale
    first, second = _pairs(n)
    rise = z[second] - z[first]
    slopes = np.sort(rise / (t[second] - t[first]))
    slope = median(slopes)
    rest = z - slope * t
    level = median(rest)
    line = middle + scale * (level + slope * np.arange(y.size))
    drawn = _bare(y, middle, n) | {
        "slope": slope * scale,
        "line": tuple(line.tolist()),
        "noise": scale * _spread(rest - level),
    }
    if n < MINIMUM:
        reason = f"a line through {n} values; a trend needs {MINIMUM}"
        return Trend(**drawn, slope_low=nan, slope_high=nan, reason=reason)
    s, variance = _kendall(z, rise)
    inflation = _inflation(t, rest - level)
    low, high, p = _tested(slopes, s, variance * inflation, n / inflation)
    direction = 0 if p >= 1 - CONFIDENCE else int(np.sign(slope))
    return Trend(
        **drawn | {"direction": direction, "p": p},
        slope_low=low * scale,
        slope_high=high * scale,
        reason="" if direction else "not enough evidence of a trend",
    )


def _bare(y: Floats, level: float, n: int) -> dict[str, Any]:
    """Return the fields of a level line that claims nothing."""
    return {
        "slope": 0.0,
        "confidence": CONFIDENCE,
        "direction": 0,
        "p": 1.0,
        "line": (level,) * y.size,
        "start": 0,
        "stop": y.size,
        "n": n,
        "noise": 0.0,
        "method": METHOD,
    }


@lru_cache(maxsize=16)
def _pairs(n: int) -> tuple[Integers, Integers]:
    first, second = np.triu_indices(n, 1)
    return first, second


def _slopes(t: Floats, y: Floats) -> Floats:
    first, second = _pairs(t.size)
    return np.asarray((y[second] - y[first]) / (t[second] - t[first]), dtype=np.float64)


def _kendall(y: Floats, rise: Floats) -> tuple[float, float]:
    """Return Mann-Kendall's S and its variance under no trend, corrected for ties.

    ``rise`` holds the differences of all pairs of y.
    """
    n = y.size
    s = float(np.sign(rise).sum())
    ties = np.unique(y, return_counts=True)[1].astype(np.float64)
    variance = n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())
    return s, variance / 18


def _inflation(t: Integers, rest: Floats) -> float:
    """Return how much more the trend of autocorrelated noise varies than that of white noise."""
    n = rest.size
    ranks = _ranks(np.round(rest, 12))
    if not ranks.any():
        return 1.0
    neighbours = np.diff(t) == 1
    if neighbours.sum() < n / 2:
        neighbours[:] = True
    r = float((ranks[1:] * ranks[:-1])[neighbours].sum()) / float((ranks**2).sum())
    r *= (n - 1) / max(int(neighbours.sum()), 1)
    # A detrended series shows about (2 + 4 rho) / n less correlation than it has.
    rho = min(max((n * r + 2) / (n - 4), 0.0), 1 - 2 / n)
    # Short series are never trusted to be white; longer ones until the correlation shows.
    trusted = min(max((n - 12) / 24, 0.0), 1.0)
    if rho < SEEN * trusted / sqrt(n):
        return 1.0
    return (1 + rho) / (1 - rho)


def _ranks(y: Floats) -> Floats:
    """Return centred ranks, equal values sharing the mean of theirs."""
    _, where, counts = np.unique(y, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts + 1) / 2
    return np.asarray(middle[where] - (y.size - 1) / 2, dtype=np.float64)


def _tested(slopes: Floats, s: float, variance: float, n: float) -> tuple[float, float, float]:
    """Return the interval of the slope and the two-sided p value, both from the same variance."""
    from scipy.special import stdtr, stdtrit

    freedom = max(n - 2, 1.0)
    spread = sqrt(variance)
    statistic = max(abs(s) - 1, 0.0) / spread
    p = 2 * float(stdtr(freedom, -statistic))
    reach = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * spread
    last = slopes.size - 1
    low = min(max(int((slopes.size - reach) / 2), 0), last)
    high = min(max(int((slopes.size + reach) / 2), 0), last)
    return float(slopes[low]), float(slopes[high]), p


def _spread(rest: Floats) -> float:
    return median(np.abs(rest)) * 1.4826


def reference(t: ArrayLike, y: ArrayLike) -> dict[str, float]:
    """Return the textbook figures of y over t: least squares, Sen's slope, Mann-Kendall.

    Sums are exact (integers), so every digit of a result is right. Keys: slope intercept
    slope_se intercept_se resid_sd r2 sen_slope mk_s mk_var mk_z mk_p; NaN where undefined.
    Sources: NIST StRD for the first five; Mann-Kendall with ties and continuity correction.

    >>> found = reference([0, 1, 2, 3], [1, 3, 5, 7])
    >>> found["slope"], found["intercept"], found["r2"], found["mk_s"]
    (2.0, 1.0, 1.0, 6.0)
    """
    x = np.asarray(t, dtype=np.float64)
    z = np.asarray(y, dtype=np.float64)
    both = np.isfinite(x) & np.isfinite(z)
    x, z = x[both], z[both]
    figures = _least_squares(x.tolist(), z.tolist())
    sen = s = variance = statistic = p = nan
    if x.size >= 2:
        order = np.argsort(x, kind="stable")
        x, z = x[order], z[order]
        first, second = _pairs(x.size)
        apart = x[second] != x[first]
        if apart.any():
            sen = float(np.median((z[second] - z[first])[apart] / (x[second] - x[first])[apart]))
        s, variance = _kendall(z, z[second] - z[first])
        statistic = (s - np.sign(s)) / sqrt(variance) if variance > 0 else 0.0
        p = _two_sided(statistic)
    return figures | {
        "sen_slope": sen,
        "mk_s": s,
        "mk_var": variance,
        "mk_z": float(statistic),
        "mk_p": p,
    }


def _two_sided(z: float) -> float:
    from scipy.special import ndtr

    return 2 * float(ndtr(-abs(z)))


def _least_squares(x: list[float], y: list[float]) -> dict[str, float]:
    """Least squares in integers: doubles are integers over a common power of two."""
    n = len(x)
    nothing = dict.fromkeys(FIGURES, nan)
    if n < 2:
        return nothing
    a, down = _integers(x)
    b, down_y = _integers(y)
    sum_x, sum_y = sum(a), sum(b)
    xx = n * sum(v * v for v in a) - sum_x**2
    xy = n * sum(v * w for v, w in zip(a, b, strict=True)) - sum_x * sum_y
    yy = n * sum(w * w for w in b) - sum_y**2
    if xx == 0:
        return nothing
    # Every quotient below is one correctly rounded division of integers.
    slope = (xy * down) / (xx * down_y)
    intercept = (sum_y * xx - xy * sum_x) / (n * xx * down_y)
    residual = yy * xx - xy * xy  # n * xx * sum of squared residuals
    sd = sqrt(residual / (n * xx * (n - 2))) / down_y if n > 2 else nan
    se = sqrt(residual / (xx * xx * (n - 2))) * (down / down_y) if n > 2 else nan
    se0 = (
        sqrt(residual * sum(v * v for v in a) / (n * xx * xx * (n - 2))) / down_y if n > 2 else nan
    )
    r2 = (xy * xy) / (xx * yy) if yy else nan
    return {
        "slope": slope,
        "intercept": intercept,
        "slope_se": se,
        "intercept_se": se0,
        "resid_sd": sd,
        "r2": r2,
    }


def _integers(values: list[float]) -> tuple[list[int], int]:
    ratios = [value.as_integer_ratio() for value in values]
    down = max((bottom for _, bottom in ratios), default=1)
    return [top * (down // bottom) for top, bottom in ratios], down
