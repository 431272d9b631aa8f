"""Where a series is heading, how sure that is, and how likely it reaches a target in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from analysis import intervals, seasonality, smoothing
from analysis.arrays import Floats, bridged, floats, median, middle_of_five

FEWEST = 3  # points below which no interval is told
ROUGH = 8  # points below which nothing is fitted
LONGEST = 1200  # points looked back at
OUTLIER = 10.0  # robust standard deviations off its neighbours that the fit does not follow
LIFT = 0.02  # of the median, added before taking logarithms
WIDE = 0.05  # spread relative to the median from which on logarithms differ from a straight scale
STRIDE = 12  # horizons are fitted in such strides, so that questions share a fit
PATHS = 12  # whole error paths from which on their totals count
BUMP = 0.1  # of the scale, by which a path is moved to see how its total moves
WARM = 30  # points after which at the latest errors count
LEVELS = (0.8, 0.95)
# By season: how much farther off what came was than the replay of the past says (years and
# quarters of M1).
UNFORESEEN = {1: 1.06, 4: 1.22}


@dataclass(frozen=True, slots=True)
class Forecast:
    """``mean[h]`` and the interval ends ``lower[level, h]``, ``upper[level, h]``; NaN = declined.

    ``mean`` is the middle of the distribution; ``n`` counts the points used out of ``window``.
    """

    mean: Floats
    lower: Floats
    upper: Floats
    levels: tuple[float, ...]
    n: int
    window: int
    method: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Scale:
    """From the unit of the indicator to the one in which the fit is made, and back."""

    centre: float
    unit: float
    lift: float
    log: bool

    def forward(self, y: Floats) -> Floats:
        if self.log:
            return np.asarray(np.log(np.maximum(y, 0.0) + self.lift) - self.centre)
        return (y - self.centre) / self.unit

    def back(self, z: Floats) -> Floats:
        if self.log:
            return np.asarray(np.exp(np.minimum(z + self.centre, 700.0)) - self.lift)
        return z * self.unit + self.centre


@dataclass(frozen=True, slots=True)
class _Outlook:
    """A fitted series: path in the scale of the fit from its last observed point on."""

    path: Floats
    spread: intervals.Spread
    errors: Floats
    scale: _Scale
    season: seasonality.Seasonality
    start: int
    skip: int
    method: str

    def told(self, z: Floats) -> Floats:
        """Values in the unit of the indicator for the asked horizons (last axis)."""
        return self.season.restore(self.scale.back(z), self.start)[..., self.skip :]


def predict(
    values: ArrayLike,
    horizon: int,
    *,
    season: int = 1,
    levels: Sequence[float] = LEVELS,
    floor: float | None = None,
    ceiling: float | None = None,
) -> Forecast:
    """Forecast ``horizon`` periods after ``values`` (float64[n], NaN = missing).

    Mean of simple smoothing, Theta and damped trend (shares 1:2:2) on the deseasonalised series,
    in logarithms where no value is negative. Intervals come from the errors this very procedure
    would have made from each past origin, growing as h^b; they are clamped at ``floor`` (0 where
    no value was negative) and ``ceiling``. Assimakopoulos & Nikolopoulos 2000; Gardner & McKenzie
    1985; Barber et al. 2023; Petropoulos & Svetunkov 2020.

    >>> import numpy as np
    >>> predict(np.full(20, 7.0), 2).reason
    'constant so far: no interval can be learnt'
    """
    values, levels = floats(values), tuple(levels)
    known = values[np.isfinite(values)]
    if known.size and floor is None and known.min() >= 0:
        floor = 0.0
    outlook = _outlook(values, horizon, season)
    if isinstance(outlook, str):
        return _declined(values, known, horizon, levels, outlook)
    path = outlook.path[: outlook.skip + horizon]
    reach = outlook.spread.reach(np.arange(1.0, path.size + 1))
    ends = [
        [outlook.spread.quantile((1 - level) / 2), outlook.spread.quantile((1 + level) / 2)]
        for level in levels
    ]
    mean = outlook.told(path)
    lower = np.stack([outlook.told(path + reach * min(low, 0.0)) for low, _ in ends])
    upper = np.stack([outlook.told(path + reach * max(high, 0.0)) for _, high in ends])
    mean, lower, upper = (np.clip(part, floor, ceiling) for part in (mean, lower, upper))
    rough = f"rough: only {known.size} points" if known.size < ROUGH else ""
    return Forecast(mean, lower, upper, levels, known.size, values.size, outlook.method, rough)


def probability(
    values: ArrayLike,
    horizon: int,
    target: float | Decimal,
    *,
    season: int = 1,
) -> float:
    """P(value ``horizon`` periods after the last >= target), within .003-.997; NaN if declined."""
    values, target = floats(values), float(target)
    outlook = _outlook(values, horizon, season)
    if isinstance(outlook, str):
        return _certain(values, horizon, target, total=False)
    at = outlook.skip + horizon
    reached = np.array([_half_step(values, target)])
    goal = float(outlook.season.remove(reached, outlook.start + at - 1)[0])
    if outlook.scale.log and goal <= -outlook.scale.lift:
        return 1 - intervals.SURE
    gap = outlook.scale.forward(np.array([goal])) - outlook.path[at - 1]
    return outlook.spread.survival(float(gap[0] / outlook.spread.reach(np.array([float(at)]))[0]))


def probability_of_total(
    values: ArrayLike,
    horizon: int,
    target: float | Decimal,
    *,
    season: int = 1,
) -> float:
    """P(sum of the ``horizon`` periods after the last >= target), as ``probability``.

    Errors of one path go together: their covariance is that of a fractional walk with the
    growth seen, averaged with the totals of the whole error paths made so far (if 12 or more).
    """
    values, target = floats(values), float(target)
    outlook = _outlook(values, horizon, season)
    if isinstance(outlook, str):
        return _certain(values, horizon, target, total=True)
    steps = outlook.skip + horizon
    path = outlook.told(outlook.path[:steps])
    total = float(path.sum())
    up = outlook.told(outlook.path[:steps] + BUMP * outlook.spread.scale)
    weight = np.concatenate((np.zeros(outlook.skip), (up - path) / BUMP))
    variance = float(weight @ intervals.path_covariance(steps, outlook.spread.growth) @ weight)
    deviation = sqrt(max(variance, 0.0))
    chances = [outlook.spread.student(target, total, deviation, positive=outlook.scale.log)]
    whole = outlook.errors[:, :steps]
    whole = whole[np.isfinite(whole).all(axis=1)]
    if whole.shape[1] == steps and len(whole) >= PATHS:
        totals = outlook.told(outlook.path[:steps] + whole).sum(axis=-1)
        chances.append(float((np.count_nonzero(totals >= target) + 0.5) / (totals.size + 1)))
    return min(max(float(np.mean(chances)), intervals.SURE), 1 - intervals.SURE)


def _certain(values: Floats, horizon: int, target: float, *, total: bool) -> float:
    """What a series that never moved says; nothing at all says NaN."""
    known = values[np.isfinite(values)]
    if known.size < FEWEST:
        return float("nan")
    reached = known[-1] * (horizon if total else 1) >= target
    return 1 - intervals.SURE if reached else intervals.SURE


def _half_step(values: Floats, target: float) -> float:
    """Counts: reaching 5 means exceeding 4.5 on the continuous scale of the forecast."""
    known = values[np.isfinite(values)]
    whole = bool(np.all(known == np.rint(known))) and float(target).is_integer()
    return target - 0.5 if whole and float(np.max(np.abs(known))) < 1000 else target


def _declined(
    values: Floats, known: Floats, horizon: int, levels: tuple[float, ...], reason: str
) -> Forecast:
    mean = np.full(horizon, known[-1] if known.size else np.nan)
    ends = np.full((len(levels), horizon), np.nan)
    if known.size >= FEWEST:
        ends = np.broadcast_to(mean, ends.shape).copy()
    method = "last value" if known.size else "none"
    return Forecast(mean, ends, ends.copy(), levels, known.size, values.size, method, reason)


def _outlook(values: Floats, horizon: int, season: int) -> _Outlook | str:
    """Fit, or say why not. Missing periods at the end lengthen the way."""
    known = np.flatnonzero(np.isfinite(values))
    if known.size == 0:
        return "no value yet"
    if known.size < FEWEST:
        return f"only {known.size} of the {FEWEST} points an interval needs"
    skip = values.size - 1 - int(known[-1])
    first = max(int(known[0]), int(known[-1]) + 1 - max(LONGEST, 4 * season))
    recent = np.ascontiguousarray(values[first : known[-1] + 1], dtype=np.float64)
    if np.nanmin(recent) == np.nanmax(recent):
        return "constant so far: no interval can be learnt"
    steps = max(STRIDE, -(-(skip + horizon) // STRIDE) * STRIDE)
    return _fitted(recent.tobytes(), skip, steps, season)


@lru_cache(maxsize=4)
def _fitted(raw: bytes, skip: int, steps: int, season: int) -> _Outlook:
    """Fit once what one judgement asks several times: interval, chance, chance of a total."""
    recent = np.frombuffer(raw)
    rough = int(np.isfinite(recent).sum()) < ROUGH
    found = seasonality.estimate(recent, season)
    level = _levelled(bridged(found.adjusted))
    scale = _scale(level)
    fitted, seen = scale.forward(level), scale.forward(found.unseen)
    paths = (_walks if rough else smoothing.paths)(fitted, steps)
    errors = _errors(paths, seen, warm=1 if rough else max(3, min(recent.size // 4, WARM)))
    errors = errors * UNFORESEEN.get(season, 1.0)
    method = "last value" if rough else "mean of simple smoothing, Theta and damped trend"
    told = [method, f"{found.kind} season" if found.kind != "none" else "", "log" * scale.log]
    return _Outlook(
        path=paths[-1],
        spread=intervals.learn_spread(errors),
        errors=errors,
        scale=scale,
        season=found,
        start=recent.size,
        skip=skip,
        method=", ".join(filter(None, told)),
    )


def _levelled(y: Floats) -> Floats:
    """Replace single points far off the median of their five neighbours by it."""
    if y.size < ROUGH:
        return y
    middle = middle_of_five(y)
    off = np.abs(y - middle)
    spread = 1.4826 * median(off)
    return np.where(off > OUTLIER * spread, middle, y) if spread > 0 else y


def _scale(y: Floats) -> _Scale:
    middle, spread = median(y), float(np.ptp(y))
    if y.min() >= 0 and middle > 0 and spread > WIDE * middle:
        lift = LIFT * middle
        return _Scale(float(np.log(y + lift).mean()), 1.0, lift, log=True)
    return _Scale(middle, spread or 1.0, 0.0, log=False)


def _walks(y: Floats, horizon: int) -> Floats:
    return np.repeat(y[:, None], horizon, axis=1)


def _errors(paths: Floats, seen: Floats, *, warm: int) -> Floats:
    """Errors [origin, horizon] of all forecasts made after ``warm`` points; NaN = not seen.

    After t points a level is known to a part in t of the noise: errors made after few points are
    taken for what they would be after all n.
    """
    n = seen.size
    warm = min(warm, n - 1)
    horizons = min(paths.shape[1], n - warm)
    ahead = np.concatenate((seen, np.full(horizons, np.nan)))
    targets = np.lib.stride_tricks.sliding_window_view(ahead[warm:], horizons)[: n - warm]
    learnt = np.sqrt((1 + 1 / n) / (1 + 1 / np.arange(warm, n)))
    return np.asarray((targets - paths[warm - 1 : n - 1, :horizons]) * learnt[:, None])
