"""The calibrated alerts: the few points that are worth telling somebody about."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import ArrayLike

from analysis import changepoints, seasonality
from analysis.arrays import Flags, Floats, Integers, floats, median

FEWEST = 6  # baseline points below which nothing is claimed
PROVISIONAL = 12  # baseline points below which only the beyond-limit rule holds
LONGEST = 100  # baseline points used
BEYOND = 0.9994  # confidence of one side of the beyond-limit rule
DRIFT = 0.998  # and of the drift rule
CLIP = 3.0  # sigmas at most that one point counts in the moving average
RATE = 0.2  # of the exponentially weighted moving average
MEMORY = 64  # points after which its weights are nothing
REARMED = 8  # quiet points after which a new excursion may be told
EFFICIENCY = 0.62  # degrees of freedom of a mean moving range, a point
RANGE_PER_SIGMA = 1.128  # mean moving range of normal noise
FAR = 3.5  # sigmas beyond which a baseline point tells nothing about the centre
SCREEN = 3.267  # moving ranges above so many mean ones are not routine
RARE = 20.0  # mean count below which counts are taken through Anscombe's root
ASKEW = 0.1  # of the distance between the outer deciles, by which they lie off the median
UNPROVEN = 0.7  # by which the outer limits lie farther out while few points have shown the tails
CHANCE = 0.3  # standard errors of the excess kurtosis that are put down to chance
TAIL_GAIN, HEAVIEST = 0.7, 1.5  # of the excess kurtosis beyond that, and its most
DRIFT_GAIN, MILD = 0.5, 0.35  # of how heavy the tails are, for the moving average
DOUBT = 0.5  # standard errors of the lag-1 correlation that are put down to chance
SCARCE = 1.5  # mean count below which the root no longer evens out the noise
LEAST = 0.78  # sigma of the root of such counts, so that chances come out as Poisson's
SKEWED = 0.8  # skewness from which on positive values are taken through the logarithm


@dataclass(frozen=True, slots=True)
class Baseline:
    """Routine of a process: ``centre`` and ``sigma`` of a point, lag-1 correlation ``rho``.

    ``freedom`` are the degrees of freedom of sigma, ``tails`` and ``drifts`` how much wider than
    those of normal noise the limits of a point and of the moving average are, ``n`` the points
    used out of ``window``.
    """

    centre: float
    sigma: float
    rho: float
    freedom: float
    tails: float
    drifts: float
    n: int
    window: int
    method: str
    reason: str


def alerts(values: ArrayLike, n_base: int, *, season: int = 1) -> Flags:
    """Flag the points of ``values`` (float64[n], NaN = missing) that should notify.

    The first ``n_base`` points are the baseline and never flagged; flag i depends on values[: i+1]
    only. A point is told when it is the first of an excursion: beyond
    c ± t(.9994, .62 n)·√(1 + 1/n)·sigma·tails, or a moving average (rate .2, a point counts three
    sigmas at most) beyond its own limits, which allow for autocorrelation. The tails are wider
    than normal while few points have been seen, and where their kurtosis says so. An excursion
    ends after 8 quiet points.
    Roberts 1959; Wheeler 2000; Schmid 1997 for the variance under autocorrelation.

    >>> import numpy as np
    >>> y = np.r_[np.tile([9.0, 10.0, 11.0, 10.0], 10), 30.0, 31.0]
    >>> np.flatnonzero(alerts(y, 40)).tolist()
    [40]
    """
    return np.asarray(sides(values, n_base, season=season) != 0)


def sides(values: ArrayLike, n_base: int, *, season: int = 1) -> Integers:
    """Say of each point whether ``alerts`` tells it, and where it lies: +1 high, -1 low, 0 quiet.

    The side is that of the value without its season; of a slow drift, that of the moving average.
    """
    values = floats(values)
    told = np.zeros(values.size, dtype=np.int64)
    n_base = min(max(n_base, 0), values.size)
    scaled, routine = _prepared(values, n_base, season)
    watched = np.flatnonzero(np.isfinite(scaled[n_base:])) + n_base
    if routine.n < FEWEST or watched.size == 0:
        return told
    raised = _raised(scaled[watched], routine)
    told[watched] = np.where(_first_of_excursion(raised), raised, 0)
    return told


def baseline(values: ArrayLike, *, season: int = 1) -> Baseline:
    """Learn the routine of ``values`` (float64[n], NaN = missing), all of them baseline."""
    values = floats(values)
    return _prepared(values, values.size, season)[1]


def _prepared(values: Floats, n_base: int, season: int) -> tuple[Floats, Baseline]:
    """Transform and deseasonalise with what the baseline teaches; learn its routine."""
    values = np.where(np.isfinite(values), values, np.nan)
    values, transform, least = _transformed(values, n_base)
    found = seasonality.estimate(values[:n_base], season)
    scaled = found.remove(values, 0)
    routine = _since_last_shift(found.adjusted, found.unseen)
    unknown_season = season > 1 and found.reason.startswith("season not yet")
    method = ", ".join(filter(None, (transform, f"{found.kind} season" * (found.kind != "none"))))
    return scaled, _routine(routine, method, wide=unknown_season, window=n_base, least=least)


def _transformed(values: Floats, n_base: int) -> tuple[Floats, str, float]:
    """Rare counts through Anscombe's root, skewed values through the logarithm; least sigma."""
    base = values[:n_base]
    known = base[np.isfinite(base)]
    if known.size < FEWEST:
        return values, "", 0.0
    if known.min() >= 0 and known.mean() < RARE and bool(np.all(known == np.rint(known))):
        return (
            2.0 * np.sqrt(np.maximum(values, -0.375) + 0.375),
            "Anscombe root",
            (LEAST if known.mean() < SCARCE else 0.0),
        )
    return (*_straightened(values, known), 0.0)


def _straightened(values: Floats, known: Floats) -> tuple[Floats, str]:
    """Take clearly skewed values through log(y - origin), with the origin their quantiles suggest.

    One outlier makes no skew: the tenth and ninetieth percentile must lie askew as well.
    """
    bent = _skewness(known)
    if known.size < PROVISIONAL or abs(bent) <= max(SKEWED, 2.5 * sqrt(6 / known.size)):
        return values, ""
    sign = 1.0 if bent > 0 else -1.0
    middle = median(known)
    off = sign * (known - middle)
    low, high = (float(q) for q in np.quantile(off, (0.1, 0.9)))
    if low + high <= ASKEW * (high - low):
        return values, ""
    origin = min(low * high / (low + high), float(off.min()) - 0.02 * (high - low))
    # What falls beyond the origin lies as low as can be told.
    shifted = np.maximum(sign * (values - middle) - origin, -1e-3 * origin)
    return sign * np.log(shifted / -origin), "logarithm"


def _skewness(y: Floats) -> float:
    off = y - y.mean()
    spread = float(np.sqrt((off @ off) / y.size))
    return float(((off / spread) ** 3).mean()) if spread > 0 else 0.0


def _since_last_shift(adjusted: Floats, unseen: Floats) -> Floats:
    """Baseline points after the last shift that leaves enough of them, newest ``LONGEST``."""
    shifts = [k for k in changepoints.find(adjusted) if np.isfinite(adjusted[k:]).sum() >= 24]
    recent = unseen[shifts[-1] :] if shifts else unseen
    return recent[np.isfinite(recent)][-LONGEST:]


def _routine(y: Floats, method: str, *, wide: bool, window: int, least: float) -> Baseline:
    n = y.size
    if n < FEWEST:
        reason = f"only {n} of the {FEWEST} baseline points limits need"
        return Baseline(nan, nan, 0.0, 0.0, 1.0, 1.0, n, window, "none", reason)
    middle = median(y)
    off = y - middle
    if not off.any():
        reason = "constant baseline: any change is shown, without a claim about noise"
        return Baseline(middle, 0.0, 0.0, 2.0, 1.0, 1.0, n, window, "constant baseline", reason)
    moves = np.abs(np.diff(off))
    calm = moves[moves <= SCREEN * moves.mean()]
    sigma = float(calm.mean() or moves.mean()) / RANGE_PER_SIGMA
    kept = off[np.abs(off - off.mean()) <= FAR * max(sigma, float(off.std()))]
    rho, freedom, told = _lag_one(off - kept.mean()), EFFICIENCY * n, "mean moving range"
    if rho > 2 / sqrt(n) or wide:
        sigma = max(sigma, float(kept.std(ddof=1)))
        freedom = n * (1 - rho * rho) / (1 + rho * rho)
        told = "standard deviation, " + ("season unknown" if wide else "autocorrelated")
    else:
        rho = max(0.0, rho - DOUBT / sqrt(n))
    tails, drifts = _tails(off)
    return Baseline(
        centre=middle + float(kept.mean()),
        sigma=max(sigma, least),
        rho=rho,
        freedom=max(freedom, 2.0),
        tails=tails,
        drifts=drifts,
        n=n,
        window=window,
        method=", ".join(filter(None, (method, told))),
        reason="provisional: few baseline points" if n < PROVISIONAL else "",
    )


def _tails(off: Floats) -> tuple[float, float]:
    """How much farther out limits lie than those of normal noise: of a point, of the average.

    Few points cannot show that single wild values are routine, so that it is taken for possible
    until a hundred have shown otherwise; many show it by their kurtosis.
    """
    off, n = off - off.mean(), off.size
    excess = (float(((off / off.std()) ** 4).mean()) - 3.0) * (1 + 6 / n)
    heavy = TAIL_GAIN * min(max(excess - CHANCE * sqrt(24 / n), 0.0), HEAVIEST)
    unproven = UNPROVEN * max(0.0, 1 - (n / LONGEST) ** 2)
    return 1 + unproven + heavy, 1 + DRIFT_GAIN * max(heavy - MILD, 0.0)


def _lag_one(off: Floats) -> float:
    square = float(off @ off)
    r = float(off[1:] @ off[:-1]) / square if square > 0 else 0.0
    return min(max(r + (1 + 3 * r) / off.size, 0.0), 0.95)


def _raised(y: Floats, base: Baseline) -> Integers:
    """The side on which each point is out of routine, 0 where it is not."""
    from scipy.special import stdtrit

    off = y - base.centre
    if base.sigma == 0:
        return np.sign(off).astype(np.int64)
    z = off / base.sigma
    of_mean = (1 + base.rho) / (1 - base.rho) / base.n
    beyond = np.abs(z) > float(stdtrit(base.freedom, BEYOND)) * sqrt(1 + of_mean) * base.tails
    side = np.where(beyond, np.sign(z), 0.0)
    if base.n >= PROVISIONAL:
        kernel = RATE * (1 - RATE) ** np.arange(MEMORY)
        average = np.convolve(np.clip(z, -CLIP, CLIP), kernel)[: y.size]
        fade = (1 - RATE) * base.rho
        variance = RATE / (2 - RATE) * (1 + fade) / (1 - fade) + of_mean
        reach = float(stdtrit(base.freedom, DRIFT)) * sqrt(variance) * base.drifts
        drift = np.abs(average) > reach
        side = np.where(drift & ~beyond, np.sign(average), side)
    return side.astype(np.int64)


def _first_of_excursion(raised: Integers) -> Flags:
    """Keep raised points that come first, after enough quiet ones, or on the other side."""
    at = np.flatnonzero(raised)
    told = np.zeros(raised.size, dtype=np.bool_)
    if at.size:
        again = (np.diff(at) > REARMED) | (np.diff(raised[at]) != 0)
        told[at[np.concatenate(([True], again))]] = True
    return told
