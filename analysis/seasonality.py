"""What repeats every season of a series: the profile, its kind, and the series without it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.arrays import Floats, bridged, floats, median

Kind = Literal["additive", "multiplicative", "none"]

DECAYS = (0.85, 0.5, 0.7, 0.95, 1.0)  # weight of a cycle relative to the next one; usual first
CYCLES = 5  # from which on another decay than the usual one may prove itself
CLEARLY = 0.98  # by the error it makes, relative to that of the usual one
LEVEL_RATE = 0.3  # of the smoothed level beside the last value, when one-step errors are compared
CONFIDENCE = 0.05
REACH = (1, 3, 5, 9, 15)  # widths of the circular smoother offered to long seasons
LONG_SEASON = 24


@dataclass(frozen=True, slots=True)
class Seasonality:
    """A season of ``season`` periods; ``profile[k]`` belongs to every index with i % season == k.

    ``adjusted`` is the series without its season, in its own unit, NaN where ``values`` has one.
    The profile adds to (additive) or multiplies (multiplicative) the adjusted series.
    """

    adjusted: Floats
    unseen: Floats  # adjusted by what the other cycles alone teach: errors against it are honest
    profile: Floats
    kind: Kind
    season: int
    n: int
    window: int
    f: float
    p: float
    method: str
    reason: str

    def restore(self, adjusted: Floats, start: int) -> Floats:
        """Put the season back on values (last axis: time) whose first one has index ``start``."""
        if self.kind == "none":
            return adjusted
        profile = self.profile[(start + np.arange(adjusted.shape[-1])) % self.season]
        return adjusted * profile if self.kind == "multiplicative" else adjusted + profile

    def remove(self, values: Floats, start: int) -> Floats:
        """Take the season out of values whose first one has index ``start``."""
        if self.kind == "none":
            return values
        profile = self.profile[(start + np.arange(values.size)) % self.season]
        return np.asarray(values / profile if self.kind == "multiplicative" else values - profile)


class _Signs(NamedTuple):
    """A series on the scale of one kind of season, and how plainly it shows."""

    kind: Kind
    level: Floats
    detrended: Floats
    f: float
    p: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    kind: Kind
    profile: Floats
    others: Floats
    error: float
    f: float
    p: float


def estimate(values: ArrayLike, season: int) -> Seasonality:
    """Estimate the season of ``values`` (float64[n], NaN = missing) with ``season`` periods.

    A season is claimed only when an F test of the detrended profile (pre-whitened, p < .05) sees
    it and one-step errors are smaller with a profile learnt from the other cycles than without.
    Later cycles weigh more; the profile is shrunk by 1 - 1/F. Multiplicative needs positive values.

    >>> import numpy as np
    >>> found = estimate(np.tile([1.0, 2.0, 3.0, 6.0], 6) + np.arange(24) % 5 / 50, 4)
    >>> found.kind == "none", np.abs(found.adjusted[:4] - 3).round().tolist()
    (False, [0.0, 0.0, 0.0, 0.0])
    """
    return _estimated(floats(values).tobytes(), season)


@lru_cache(maxsize=4)
def _estimated(raw: bytes, season: int) -> Seasonality:
    """Estimate once for all that ask about the same values in one judgement."""
    values = np.frombuffer(raw)
    values = np.where(np.isfinite(values), values, np.nan)
    observed = np.isfinite(values)
    n = int(observed.sum())
    refusal = _refusal(values, observed, n, season)
    if refusal:
        return _without(values, n, season, refusal)
    centre = median(values[observed])
    scale = float(np.max(np.abs(values[observed] - centre)))
    filled = bridged((values - centre) / scale)
    signs = [_signs(filled, observed, season, "additive")]
    lowest = float(np.min(values[observed]))
    # Factors of a series that hardly differs from its offset would only be rounding.
    if lowest > 0 and scale > 1e-6 * centre:
        signs.append(_signs(filled + centre / scale, observed, season, "multiplicative"))
    if all(found.p >= CONFIDENCE for found in signs):
        return _without(
            values, n, season, f"no season of {season} periods stands out from the noise"
        )
    candidates = [_candidate(found, observed, season) for found in signs]
    plain = _one_step(filled, observed, np.zeros_like(filled), "additive")
    best = min(candidates, key=lambda candidate: candidate.error)
    if best.p >= CONFIDENCE or best.error >= plain:
        return _without(
            values, n, season, f"no season of {season} periods stands out from the noise"
        )
    return _with(values, best, n, season, scale)


def _refusal(values: Floats, observed: NDArray[np.bool_], n: int, season: int) -> str:
    if season <= 1:
        return "no season at this grain"
    if n < 2 * season + 2:
        return f"season not yet estimable: needs {2 * season + 2} points, has {n}"
    counts = np.bincount(np.flatnonzero(observed) % season, minlength=season)
    if np.count_nonzero(counts >= 2) < season / 2:
        return "season not yet estimable: most of it was measured less than twice"
    spread = np.ptp(values[observed])
    if spread == 0 or not np.isfinite(spread):
        return "constant: no season"
    return ""


def _without(values: Floats, n: int, season: int, reason: str) -> Seasonality:
    return Seasonality(
        adjusted=values,
        unseen=values,
        profile=np.zeros(0),
        kind="none",
        season=season,
        n=n,
        window=values.size,
        f=0.0,
        p=1.0,
        method="none",
        reason=reason,
    )


def _with(values: Floats, best: _Candidate, n: int, season: int, scale: float) -> Seasonality:
    unit = 1.0 if best.kind == "multiplicative" else scale
    profile, others = best.profile * unit, best.others * unit
    at = profile[np.arange(values.size) % season]
    return Seasonality(
        adjusted=values / at if best.kind == "multiplicative" else values - at,
        unseen=values / others if best.kind == "multiplicative" else values - others,
        profile=profile,
        kind=best.kind,
        season=season,
        n=n,
        window=values.size,
        f=best.f,
        p=best.p,
        method=f"{best.kind} profile over {season} periods, later cycles weigh more",
        reason="",
    )


def _signs(level: Floats, observed: NDArray[np.bool_], season: int, kind: Kind) -> _Signs:
    """Test a bridged series for a season of one kind."""
    if not observed.all():
        level = _bridged_in_season(level, observed, season, kind)
    detrended = _detrended(level, season, kind)
    return _Signs(kind, level, detrended, *_f_test(detrended, observed, season))


def _candidate(signs: _Signs, observed: NDArray[np.bool_], season: int) -> _Candidate:
    """Learn the profile of a season that shows."""
    kind, level, detrended, f, p = signs
    cells, weights = _cells(detrended, observed, season)
    neutral, shrink = _neutral(kind), max(0.0, 1.0 - 1.0 / f) if f > 0 else 0.0
    plain, loo = _profile(cells, weights, kind), _from_others(cells, weights, kind)
    best: _Candidate | None = None
    for width in _widths(season):
        profile, others = (
            neutral + shrink * (_normal(_smooth(part, width), kind) - neutral)
            for part in (plain, loo)
        )
        others = others.ravel()[: level.size]
        error = _one_step(level, observed, others, kind)
        if best is None or error < best.error:
            best = _Candidate(kind, profile, others, error, f, p)
    assert best is not None
    return best


def _bridged_in_season(
    level: Floats, observed: NDArray[np.bool_], season: int, kind: Kind
) -> Floats:
    """Bridge gaps on the series without its season: lines across gaps would cut it off."""
    cells, weights = _cells(_detrended(level, season, kind), observed, season)
    at = _normal(_profile(cells, weights, kind), kind)[np.arange(level.size) % season]
    bare = level / at if kind == "multiplicative" else level - at
    filled = bridged(np.where(observed, bare, np.nan))
    return np.where(observed, level, filled * at if kind == "multiplicative" else filled + at)


def _neutral(kind: Kind) -> float:
    return 1.0 if kind == "multiplicative" else 0.0


def _detrended(level: Floats, season: int, kind: Kind) -> Floats:
    trend = _trend(level, season)
    if kind == "multiplicative":
        # A trend line pushed to zero at an edge must not blow a factor up.
        return np.asarray(level / np.maximum(trend, 0.05 * float(np.mean(level))))
    return level - trend


def _profile(cells: Floats, weights: Floats, kind: Kind) -> Floats:
    weight = weights.sum(axis=0)
    mean = (cells * weights).sum(axis=0) / np.maximum(weight, 1e-12)
    return np.where(weight > 0, mean, _neutral(kind))


def _from_others(cells: Floats, weights: Floats, kind: Kind) -> Floats:
    """Profile [cycle, position] as learnt from all cycles but that one."""
    weight = weights.sum(axis=0) - weights
    others = (cells * weights).sum(axis=0) - cells * weights
    return np.where(weight > 1e-12, others / np.maximum(weight, 1e-12), _neutral(kind))


def _trend(level: Floats, season: int) -> Floats:
    """Centred moving average over one season, continued at the ends by the seasonal difference."""
    n, half = level.size, season // 2
    total = np.concatenate(([0.0], np.cumsum(level)))
    if season % 2:
        middle = (total[season:] - total[:-season]) / season
    else:
        pairs = total[season:] - total[:-season]
        middle = (pairs[:-1] + pairs[1:]) / (2 * season)
    step = min(season, middle.size - 1)
    head = (middle[step] - middle[0]) / step if step else 0.0
    tail = (middle[-1] - middle[-1 - step]) / step if step else 0.0
    before = middle[0] - head * np.arange(half, 0, -1)
    after = middle[-1] + tail * np.arange(1, n - half - middle.size + 1)
    return np.concatenate((before, middle, after))


def _cells(detrended: Floats, observed: NDArray[np.bool_], season: int) -> tuple[Floats, Floats]:
    """Lay the series out as [cycle, position] with weights that fade by age, 0 where missing."""
    cycles = -(-detrended.size // season)
    cells = np.zeros((cycles, season))
    seen = np.zeros((cycles, season))
    cells.ravel()[: detrended.size] = detrended
    seen.ravel()[: detrended.size] = observed
    ages = np.arange(cycles - 1, -1, -1, dtype=np.float64)[:, None]
    return cells, seen * _decay(cells, seen) ** ages


def _decay(cells: Floats, seen: Floats) -> float:
    """How fast old cycles stop telling about the next: by the error profiles of the past made."""
    cycles = len(cells)
    if cycles < CYCLES:
        return DECAYS[0]
    errors = []
    for decay in DECAYS:
        past = _past(cycles, decay)
        weight = past @ seen
        off = np.abs(cells - (past @ (cells * seen)) / np.maximum(weight, 1e-12))
        errors.append(float((off * seen)[2:].sum()))
    best = int(np.argmin(errors))
    return DECAYS[best] if errors[best] < CLEARLY * errors[0] else DECAYS[0]


@lru_cache(maxsize=64)
def _past(cycles: int, decay: float) -> Floats:
    """Weights [cycle, earlier cycle] of a profile learnt from the past alone."""
    age = np.arange(cycles)[:, None] - 1 - np.arange(cycles)
    return np.where(age >= 0, decay ** np.maximum(age, 0), 0.0)


def _widths(season: int) -> tuple[int, ...]:
    """Only a long season has neighbours alike enough to be averaged."""
    return tuple(w for w in REACH if w <= season // 7) if season >= LONG_SEASON else (1,)


def _smooth(profile: Floats, width: int) -> Floats:
    if width == 1:
        return profile
    kernel = np.bartlett(width + 2)[1:-1]
    kernel /= kernel.sum()
    half = width // 2
    around = np.concatenate((profile[..., -half:], profile, profile[..., :half]), axis=-1)
    windows = np.lib.stride_tricks.sliding_window_view(around, width, axis=-1)
    return np.asarray(windows @ kernel, dtype=np.float64)


def _normal(profile: Floats, kind: Kind) -> Floats:
    mean = profile.mean(axis=-1, keepdims=True)
    return np.asarray(profile / mean if kind == "multiplicative" else profile - mean)


def _one_step(level: Floats, observed: NDArray[np.bool_], profile: Floats, kind: Kind) -> float:
    """Mean absolute one-step error, from the last or a smoothed level, whichever is smaller."""
    if kind == "multiplicative":
        adjusted, factor = level / profile, profile[1:]
    else:
        adjusted, factor = level - profile, np.ones(level.size - 1)
    known = observed[1:]
    from_last = np.abs(np.diff(adjusted) * factor)[known].mean()
    span = min(level.size, 16)
    kernel = LEVEL_RATE * (1 - LEVEL_RATE) ** np.arange(span)
    smooth = np.convolve(adjusted, kernel)[: level.size]
    smooth += (1 - LEVEL_RATE) ** np.minimum(np.arange(1, level.size + 1), span) * adjusted[0]
    from_level = np.abs((adjusted[1:] - smooth[:-1]) * factor)[known].mean()
    return float(min(from_last, from_level))


def _f_test(detrended: Floats, observed: NDArray[np.bool_], season: int) -> tuple[float, float]:
    """One-way analysis of variance over positions, of residuals freed from lag-1 correlation."""
    position = np.arange(detrended.size) % season
    counts = np.bincount(position[observed], minlength=season)
    sums = np.bincount(position[observed], detrended[observed], season)
    means = np.asarray(sums / np.maximum(counts, 1), dtype=np.float64)
    rest = detrended - means[position]
    pairs = observed[1:] & observed[:-1]
    if 2 * np.count_nonzero(pairs) < np.count_nonzero(observed):
        return _variance_ratio(detrended[observed], position[observed], season)
    square = float((rest[observed] ** 2).sum())
    lag = float((rest[1:] * rest[:-1])[pairs].sum()) / square if square > 0 else 0.0
    rho = min(max(lag, 0.0), 0.95)
    white = (detrended[1:] - rho * detrended[:-1])[pairs]
    return _variance_ratio(white, position[1:][pairs], season)


def _variance_ratio(white: Floats, position: NDArray[np.int64], season: int) -> tuple[float, float]:
    from scipy.special import fdtrc

    counts = np.bincount(position, minlength=season)
    present = counts > 0
    sums = np.bincount(position, white, season)
    means = np.where(present, sums / np.maximum(counts, 1), 0.0)
    between = float((counts * (means - white.mean()) ** 2).sum())
    within = float(((white - means[position]) ** 2).sum())
    # The moving average took about one degree of freedom a cycle.
    free, rest = int(present.sum()) - 1, white.size - int(present.sum()) - white.size // season
    if free < 1 or rest < 1:
        return 0.0, 1.0
    if within <= 1e-20 * max(between, 1e-300):
        return (1e12, 0.0) if between > 0 else (0.0, 1.0)
    f = (between / free) / (within / rest)
    return f, float(fdtrc(free, rest, f))
