"""Whether a decision did what was predicted of it, told apart from the noise of the process."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, nan, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis import changepoints, seasonality
from analysis.arrays import Floats, floats

Word = Literal[
    "moved beyond limits", "no detectable effect", "moved the other way", "too early to say"
]

FEWEST = 6  # periods before a decision that are needed to know the noise
LONGEST = 100  # periods before it that are looked at
REGIME = 8  # periods a level must have lasted to be the one to compare with
SURE = 0.975  # of one side of the interval
EARLY_SURE = 0.995  # asked of an effect seen before its time
POWER = 0.8  # chance of seeing the predicted size that makes a check worth its while
TREND_T = 2.0  # t of a slope before the decision that is carried on after it
PATIENCE = 120  # periods beyond which a check is not worth waiting for


@dataclass(frozen=True, slots=True)
class DecisionCheck:
    """The ``word``, the effect in the unit of the indicator with its 95 % interval, and power.

    ``power`` is the chance that ``n_after`` periods had of showing the predicted size;
    ``needed`` the periods that give it 80 %, None if no number does.
    """

    word: Word
    effect: float
    lower: float
    upper: float
    expected: float
    power: float
    needed: int | None
    n_before: int
    n_after: int
    window: int
    method: str
    reason: str

    @property
    def n(self) -> int:
        """Periods the judgement rests on."""
        return self.n_before + self.n_after


@dataclass(frozen=True, slots=True)
class _Process:
    """What would have gone on without the decision: a level or a line, with its noise.

    Level, slope and sigma are in units of ``scale``, the level from ``centre``.
    """

    centre: float
    scale: float
    level: float
    slope: float
    middle: float
    spread: float
    sigma: float
    rho: float
    n: int
    freedom: float
    season: seasonality.Seasonality
    method: str

    def deviation(self, steps: Floats) -> float:
        """Standard error of the mean effect over the periods ``steps`` after the decision."""
        of_level = _of_mean(self.rho, self.n) + _of_mean(self.rho, steps.size)
        if self.slope:
            inflation = (1 + self.rho) / (1 - self.rho)
            of_level += inflation * (float(steps.mean()) - self.middle) ** 2 / self.spread
        return self.scale * self.sigma * sqrt(of_level)


def check(
    before: ArrayLike, after: ArrayLike, expected: float, *, season: int = 1
) -> DecisionCheck:
    """Compare ``after`` with what ``before`` (adjoining, float64, NaN = missing) lets expect.

    ``expected`` is the predicted change of the value, its sign the direction; the effect is the
    mean distance from the level — or, where the process was clearly on its way, the line — before.
    Its interval is Student's, with the noise of the process inflated for autocorrelation. An
    effect seen before the predicted size could be is claimed only at 99 %.

    >>> import numpy as np
    >>> before = np.tile([9.0, 10.0, 11.0, 10.0], 6)
    >>> check(before, np.array([15.0, 14.0, 16.0, 15.0]), 4.0).word
    'moved beyond limits'
    """
    before, after, expected = floats(before), floats(after), float(expected)
    process = _process(before, season)
    known = np.flatnonzero(np.isfinite(after))
    if isinstance(process, str) or known.size == 0:
        reason = process if isinstance(process, str) else "no value since the decision"
        return _open(before, known.size, expected, reason)
    steps = np.asarray(known + 1, dtype=np.float64)
    adjusted = process.season.remove(after, before.size)[known]
    ahead = (adjusted - process.centre) / process.scale - process.level - process.slope * steps
    effect = process.scale * float(ahead.mean())
    needed = _needed(process, expected)
    deviation = process.deviation(steps)
    reach = _quantile(process.freedom, SURE) * deviation
    early = needed is None or known.size < needed
    asked = _quantile(process.freedom, EARLY_SURE if early else SURE) * deviation
    word, reason = _word(effect, asked, expected, known.size, needed)
    return DecisionCheck(
        word=word,
        effect=effect,
        lower=effect - reach,
        upper=effect + reach,
        expected=expected,
        power=_power(process, deviation, expected),
        needed=needed,
        n_before=process.n,
        n_after=known.size,
        window=before.size + after.size,
        method=process.method,
        reason=reason,
    )


def periods_needed(values: ArrayLike, size: float, *, season: int = 1) -> int | None:
    """Count the periods until an effect of ``size`` could be seen with a chance of 80 %.

    None if no number within ten years of months does, or if the noise is not known yet.

    >>> import numpy as np
    >>> periods_needed(np.tile([9.0, 10.0, 11.0, 10.0], 6), 2.0)
    2
    """
    process = _process(floats(values), season)
    return None if isinstance(process, str) else _needed(process, float(size))


def _process(before: Floats, season: int) -> _Process | str:
    n = int(np.isfinite(before).sum())
    if n < FEWEST:
        return f"only {n} of the {FEWEST} periods needed before a decision"
    found = seasonality.estimate(before, season)
    cuts = [k for k in changepoints.find(found.adjusted) if np.isfinite(before[k:]).sum() >= REGIME]
    first = max(cuts[-1] if cuts else 0, before.size - LONGEST)
    known = np.flatnonzero(np.isfinite(before[first:])) + first
    if known.size < FEWEST:
        return f"only {known.size} of the {FEWEST} periods needed before a decision"
    # Time counts from the decision: its first period is 1, the one before it 0.
    steps = np.asarray(known + 1 - before.size, dtype=np.float64)
    return _fitted(found.adjusted[known], found.unseen[known], steps, found)


def _fitted(y: Floats, unseen: Floats, steps: Floats, season: seasonality.Seasonality) -> _Process:
    n = y.size
    centre = float(np.median(y))
    scale = float(np.max(np.abs(y - centre))) or 1.0
    off, middle = (y - centre) / scale, float(steps.mean())
    spread = float(((steps - middle) ** 2).sum())
    slope = float((steps - middle) @ off) / spread
    line = off - off.mean() - slope * (steps - middle)
    noise = (unseen - y) / scale
    sloped = _residual(line + noise, 2)
    if abs(slope) * sqrt(spread) <= TREND_T * sloped[0] * sqrt((1 + sloped[1]) / (1 - sloped[1])):
        slope = 0.0
    sigma, rho = sloped if slope else _residual(off - off.mean() + noise, 1)
    free = n * (1 - rho) / (1 + rho) - (2 if slope else 1)
    told = ["line" if slope else "level", f"{season.kind} season" * (season.kind != "none")]
    return _Process(
        scale=scale,
        centre=centre,
        level=float(off.mean()) - slope * middle,
        slope=slope,
        middle=middle,
        spread=spread,
        sigma=sigma,
        rho=rho,
        n=n,
        freedom=max(free, 2.0),
        season=season,
        method=", ".join(filter(None, ("against the " + told[0] + " before", told[1]))),
    )


def _residual(rest: Floats, spent: int) -> tuple[float, float]:
    """Standard deviation and bias-corrected lag-1 correlation of residuals."""
    square = float(rest @ rest)
    if square <= 0:
        return 0.0, 0.0
    rho = float(rest[1:] @ rest[:-1]) / square
    rho = min(max(rho + (spent + (1 + 2 * spent) * rho) / rest.size, 0.0), 0.9)
    # A few correlated points show less of their spread than there is.
    seen = 1 - _of_mean(rho, rest.size)
    return sqrt(square / max(rest.size - spent, 1) * (1 - 1 / rest.size) / max(seen, 0.2)), rho


def _of_mean(rho: float, n: int) -> float:
    """Variance of the mean of n points of an AR(1) relative to that of one."""
    if rho == 0:
        return 1 / n
    return ((1 + rho) / (1 - rho) - 2 * rho * (1 - rho**n) / (n * (1 - rho) ** 2)) / n


def _needed(process: _Process, size: float) -> int | None:
    if size == 0 or not isfinite(size):
        return None
    if process.sigma == 0:
        return 1
    asked = _quantile(process.freedom, SURE) + _quantile(process.freedom, POWER)
    for count in range(1, PATIENCE + 1):
        if abs(size) >= asked * process.deviation(np.arange(1.0, count + 1)):
            return count
    return None


def _power(process: _Process, deviation: float, expected: float) -> float:
    from scipy.special import stdtr

    if deviation == 0:
        return 1.0 if expected else 0.0
    seen = abs(expected) / deviation - _quantile(process.freedom, SURE)
    return float(stdtr(process.freedom, seen))


def _quantile(freedom: float, p: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, p))


def _word(
    effect: float, asked: float, expected: float, n_after: int, needed: int | None
) -> tuple[Word, str]:
    if abs(effect) > asked:
        same = effect * (expected or effect) > 0
        return ("moved beyond limits" if same else "moved the other way"), ""
    if needed is None:
        reason = "the predicted effect is too small to be told from the noise of this process"
        return "no detectable effect", reason
    if n_after < needed:
        reason = f"{n_after} of the {needed} periods needed to see the predicted effect"
        return "too early to say", reason
    return "no detectable effect", ""


def _open(before: Floats, n_after: int, expected: float, reason: str) -> DecisionCheck:
    return DecisionCheck(
        word="too early to say",
        effect=nan,
        lower=-inf,
        upper=inf,
        expected=expected,
        power=nan,
        needed=None,
        n_before=int(np.isfinite(before).sum()),
        n_after=n_after,
        window=before.size + n_after,
        method="none",
        reason=reason,
    )
