"""Watching the current regime: the alerts worth telling, and a shift that asks for new limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis import alerts, periods, trend
from analysis.arrays import Floats, Integers, median
from analysis.bearing import Bearing
from analysis.spc import SIGN, Limits
from analysis.values import Point, PointType, Series
from analysis.verdict import Alert, Proposal

WATCHED_FROM = 12  # points of a regime below which nothing is told
BASELINE = (24, 100)  # points that the routine is learnt from, at least and at most
KINDS: dict[int, PointType] = {1: "improvement", -1: "concern"}
LATELY, ONE_SIDE = 10, 8  # so many of the newest values on one side of the mean make a shift


@dataclass(frozen=True, slots=True)
class Watched:
    """The values since limits last restarted, and what the calibrated set tells of them.

    ``sides`` is +1 or -1 at a point that is told, 0 elsewhere; the first ``base`` points are the
    routine that the others are compared with.
    """

    values: Floats
    sides: Integers
    base: int

    @property
    def usual(self) -> float:
        """The middle of the values that the others are compared with; NaN without any."""
        known = self.values[: self.base]
        return median(known[np.isfinite(known)])


def watch(values: Floats, *, season: int) -> Watched:
    """Look for alerts in the values of one regime; the routine is learnt from its older half."""
    n = int(np.isfinite(values).sum())
    if n < WATCHED_FROM:
        return Watched(values, np.zeros(values.size, dtype=np.int64), 0)
    base = min(max(BASELINE[0], n // 2), BASELINE[1], n - 1)
    return Watched(values, alerts.sides(values, base, season=season), base)


def told_alerts(series: Series, watched: Watched, bearing: Bearing) -> tuple[Alert, ...]:
    """Return the alerts with their periods, oldest first, and for which of them it got worse."""
    before = len(series) - watched.values.size
    sign = SIGN[bearing.definition.direction]
    return tuple(
        Alert(point.period, KINDS[sign * side] if sign else _in_range(point, side, usual, bearing))
        for point, side, usual in (
            (series.points[before + k], int(watched.sides[k]), watched.usual)
            for k in np.flatnonzero(watched.sides).tolist()
        )
    )


def _in_range(point: Point, side: int, usual: float, bearing: Bearing) -> PointType:
    """Return what an alert is where the aim is a range: neither, while the range holds."""
    assert point.value is not None
    better = bearing.compare(point.value, usual, point.period)
    return KINDS[better] if better else "neutral_high" if side > 0 else "neutral_low"


def proposal(
    series: Series, values: Floats, line: trend.Trend, limits: Limits, *, since: int, offset: int
) -> Proposal | None:
    """Propose new limits where the level has shifted for good and nobody has said so yet.

    Eight of the newest ten of ``values`` (float64[n], all of the series) lie on one side of the
    mean, and the ``line``, fitted to the values from ``offset`` on, begins at a shift after
    ``since``, where limits last restarted. Limits never move without a person who says why.
    """
    start = offset + line.start
    known = np.flatnonzero(np.isfinite(values[since:])) + since
    lately = values[known[-LATELY:]]
    if start <= since or not line.shifted or lately.size < LATELY:
        return None
    above = int((lately > limits.centre).sum())
    below = int((lately < limits.centre).sum())
    shifted = np.nanmedian(values[start:]) - np.nanmedian(values[since:start])
    count, side = (above, "above") if shifted > 0 else (below, "below")
    if count < ONE_SIDE:
        return None
    first = series.points[start].period
    when = periods.label(first, series.grain, series.calendar)
    words = f"{count} of the last {LATELY} values lie {side} the mean"
    return Proposal(first, f"{words}, and the level has changed since {when}.")
