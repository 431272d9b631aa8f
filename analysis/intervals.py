"""How wrong the forecasts of one series have been, and therefore how wide its intervals are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats

FADE = 0.95  # weight of an error relative to the one an origin later (Barber et al. 2023)
GROWTH = (0.05, 1.0)  # bounds of b in h^b
PRIOR_GROWTH, PRIOR_WEIGHT = 0.6, 3.0  # a little over a random walk's, worth so many horizons
SPENT = 1.0  # degrees of freedom the choice of parameters took
TAILS = 6.0  # degrees of freedom at most: real series jump more than their past shows
SURE = 0.003  # no probability is told nearer to 0 or 1 than this


@dataclass(frozen=True, slots=True)
class Spread:
    """Distribution of forecast errors: at horizon h it is that of ``errors`` times h^``growth``.

    ``errors`` are sorted, signed, scaled to one step ahead; ``weights`` sum to ``n`` effective
    origins. Quantiles are the mean of weighted conformal ones and Student's t.
    """

    errors: Floats
    weights: Floats
    growth: float
    scale: float
    n: float

    def reach(self, horizon: Floats) -> Floats:
        return np.asarray(horizon**self.growth, dtype=np.float64)

    def quantile(self, p: float) -> float:
        """Signed one-step error that is not exceeded with probability p."""
        from scipy.special import stdtrit

        student = self.scale * float(stdtrit(self._freedom(), p))
        # Conformal: the next error is one more draw, which may fall beyond all those seen.
        mass = np.cumsum(self.weights) - 0.5 * self.weights
        grid = mass / (self.n + 1.0) + 0.5 / (self.n + 1.0)
        if p < grid[0] or p > grid[-1]:
            edge = float(self.errors[0] if p < grid[0] else self.errors[-1])
            empirical = max(edge, student) if p > 0.5 else min(edge, student)
        else:
            empirical = float(np.interp(p, grid, self.errors))
        return 0.5 * (student + empirical)

    def survival(self, error: float) -> float:
        """Probability of an error of at least this size (signed, one step ahead)."""
        from scipy.special import stdtr

        if self.scale <= 0:
            return 1 - SURE if error <= 0 else SURE
        student = float(stdtr(self._freedom(), -error / self.scale))
        mass = np.cumsum(self.weights) - 0.5 * self.weights
        grid = (mass + 0.5) / (self.n + 1.0)
        if error < self.errors[0]:
            empirical = max(1 - float(grid[0]), student)
        elif error > self.errors[-1]:
            empirical = min(1 - float(grid[-1]), student)
        else:
            empirical = 1 - float(np.interp(error, self.errors, grid))
        return min(max(0.5 * (student + empirical), SURE), 1 - SURE)

    def student(self, target: float, middle: float, deviation: float, *, positive: bool) -> float:
        """P(>= target) around ``middle``; what cannot be negative deviates by factors."""
        from scipy.special import stdtr

        if deviation <= 0:
            return 1.0 if middle >= target else 0.0
        if positive and middle > 0:
            if target / middle <= 0:
                return 1.0
            z = float(np.log(target / middle)) / (deviation / middle)
        else:
            z = (target - middle) / deviation
        return float(stdtr(self._freedom(), -z))

    def _freedom(self) -> float:
        return min(max(self.n - SPENT, 2.0), TAILS)


def path_covariance(steps: int, growth: float) -> Floats:
    """Covariance of the errors 1..steps ahead of one path, of a fractional walk with h^growth."""
    h = np.arange(1, steps + 1, dtype=np.float64)
    power = 2 * growth
    apart = np.abs(h[:, None] - h) ** power
    return np.asarray(0.5 * (h[:, None] ** power + h**power - apart), dtype=np.float64)


def learn_spread(errors: Floats) -> Spread:
    """Learn the spread from errors [origin, horizon], NaN where the target was not observed."""
    known = np.isfinite(errors)
    origins, horizons = errors.shape
    fade = FADE ** np.arange(origins - 1, -1, -1, dtype=np.float64)[:, None]
    weights = np.where(known, fade, 0.0)
    square = np.where(known, errors, 0.0) ** 2
    total = weights.sum(axis=0)
    steps = np.arange(1, horizons + 1, dtype=np.float64)
    growth = _growth(
        steps, np.sqrt((weights * square).sum(axis=0) / np.maximum(total, 1e-12)), total
    )
    # Errors h steps ahead of neighbouring origins overlap: h of them tell about as much as one.
    weights = weights / steps
    n = float(weights[:, 0].sum() ** 2 / max((weights[:, 0] ** 2).sum(), 1e-12))
    scaled = errors / steps**growth
    scaled, weights = scaled[known], weights[known]
    order = np.argsort(scaled)
    scaled, weights = scaled[order], weights[order] * (n / weights.sum())
    return Spread(scaled, weights, growth, float(np.sqrt(weights @ scaled**2 / n)), n)


def _growth(steps: Floats, scale: Floats, evidence: Floats) -> float:
    """Slope of log scale over log horizon, drawn towards a random walk where little is known."""
    usable = (scale > 0) & (evidence > 0)
    weight = np.where(usable, evidence / steps, 0.0)
    x = np.log(steps)
    y = np.log(np.where(usable, scale, 1.0))
    if np.count_nonzero(usable) < 2:
        return PRIOR_GROWTH
    mean = weight @ x / weight.sum()
    moment = weight @ (x - mean) ** 2
    slope = weight @ ((x - mean) * y)
    growth = (slope + PRIOR_WEIGHT * PRIOR_GROWTH) / (moment + PRIOR_WEIGHT)
    return float(min(max(growth, GROWTH[0]), GROWTH[1]))
