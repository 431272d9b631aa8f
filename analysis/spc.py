"""Process behaviour charts (XmR): natural limits, and which points are signals rather than noise.

Sources: Wheeler, *Understanding Variation*; NHS England, *Making Data Count*; NIST 6.3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, nan

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Flags, Floats, Integers, floats
from analysis.values import Assurance, Direction, PointType, RuleSet, Variation

SCALING = 2.66  # 3 / d2(2), rounded as in every published table; NIST prints 3/1.128
SCREEN = 3.267  # D4(2): upper limit of a moving range, in mean moving ranges
SIGN: dict[Direction, int] = {"up": 1, "down": -1, "range": 0}
VARIATIONS: dict[PointType, Variation] = {
    "common_cause": "steady",
    "improvement": "improving",
    "concern": "deteriorating",
    "neutral_high": "neutral_high",
    "neutral_low": "neutral_low",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Natural process limits of ``n`` points out of ``window``; NaN where there are too few."""

    centre: float
    mr_bar: float
    lower: float
    upper: float
    near_lower: float
    near_upper: float
    n: int
    screened: int = 0
    method: str = "XmR"
    reason: str = ""
    window: int = 0


@dataclass(frozen=True, slots=True)
class Segment:
    """Limits that hold for the points ``start`` to ``stop - 1``."""

    start: int
    stop: int
    limits: Limits


@dataclass(frozen=True, slots=True)
class Classification:
    """What each point is (None where missing), by which rules, and what the last one says."""

    point_types: tuple[PointType | None, ...]
    signals: tuple[tuple[str, ...], ...]
    variation: Variation
    assurance: Assurance
    segments: tuple[Segment, ...]
    n: int
    method: str
    reason: str = ""

    @property
    def window(self) -> int:
        """How many points were looked at, the missing ones too."""
        return len(self.point_types)

    @property
    def limits(self) -> Limits:
        """The limits in force at the end."""
        return self.segments[-1].limits if self.segments else limits([])


def limits(values: ArrayLike, *, screen: bool = False, scaling: float = SCALING) -> Limits:
    """Return centre +/- ``scaling`` * mean moving range, near limits at two thirds of that.

    ``values``: float64[n], NaN = missing; a moving range joins successive values that exist.
    ``screen`` drops moving ranges of 3.267 times their mean or more, once, before averaging.
    One value has a centre and no limits; a constant has limits of no width.

    >>> found = limits([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    >>> round(found.centre, 2), round(found.mr_bar, 4), round(found.upper, 3)
    (50.81, 1.8778, 55.805)
    """
    values = floats(values)
    y, window = values[np.isfinite(values)], values.size
    if y.size == 0:
        return Limits(nan, nan, nan, nan, nan, nan, 0, reason="no values", window=window)
    centre = fsum(y.tolist()) / y.size
    if y.size == 1:
        reason = "one value has no limits"
        return Limits(centre, nan, nan, nan, nan, nan, 1, reason=reason, window=window)
    ranges = np.abs(np.diff(y))
    mr_bar = fsum(ranges.tolist()) / ranges.size
    screened = 0
    if screen and mr_bar > 0:
        kept = ranges[ranges < SCREEN * mr_bar]
        screened = ranges.size - kept.size
        mr_bar = fsum(kept.tolist()) / kept.size
    near = 2 * (scaling / 3)
    return Limits(
        centre,
        mr_bar,
        centre - scaling * mr_bar,
        centre + scaling * mr_bar,
        centre - near * mr_bar,
        centre + near * mr_bar,
        y.size,
        screened,
        reason="" if mr_bar > 0 else "the values do not vary",
        window=window,
    )


def classify(
    values: ArrayLike,
    *,
    direction: Direction,
    target: float | None = None,
    rebase: Sequence[int] = (),
    rules: RuleSet = "nhs",
) -> Classification:
    """Tell signals from noise, point by point.

    ``values``: float64[n], NaN = missing and looked through. ``rebase``: indices at which limits
    start anew. ``nhs``: beyond a limit, 7-point trend, two of three near a limit, 7 on one side;
    ``wheeler``: beyond a limit, three of four in the outer half, 8 on one side. The first rule
    that holds decides on which side a point counts; ``direction`` says which side is good.

    >>> found = classify([5, 6, 5, 4, 5, 6, 5, 4, 5, 12], direction="up")
    >>> found.point_types[-1], found.signals[-1], found.variation
    ('improvement', ('beyond_limit',), 'improving')
    """
    y = floats(values)
    cuts = sorted({0, y.size, *(int(k) for k in rebase if 0 < k < y.size)})
    sides = np.zeros(y.size, dtype=np.int64)
    fired: list[tuple[str, ...]] = [()] * y.size
    segments = []
    for start, stop in pairwise(cuts):
        where = start + np.flatnonzero(np.isfinite(y[start:stop]))
        found = limits(y[start:stop], screen=True)
        segments.append(Segment(start, stop, found))
        sides[where], names = _apply(y[where], found, rules)
        for k, name in zip(where.tolist(), names, strict=True):
            fired[k] = name
    finite = np.isfinite(y)
    types = _oriented(sides, finite, direction)
    last = next((kind for kind in reversed(types) if kind is not None), None)
    n = int(finite.sum())
    return Classification(
        types,
        tuple(fired),
        VARIATIONS[last] if last and segments[-1].limits.n > 1 else "unknown",
        assurance(segments[-1].limits, direction, target) if segments else "none",
        tuple(segments),
        n,
        f"XmR, {rules} rules",
        "" if n > 1 else "too few values",
    )


def assurance(found: Limits, direction: Direction, target: float | None) -> Assurance:
    """Say whether the process as it runs will hit ``target``: always, never, or by chance."""
    if target is None or direction == "range" or not np.isfinite(found.upper):
        return "none"
    if target > found.upper:
        return "consistently_misses" if direction == "up" else "consistently_hits"
    if target < found.lower:
        return "consistently_hits" if direction == "up" else "consistently_misses"
    return "hit_or_miss"


def alerts(values: ArrayLike, n_base: int, *, season: int = 1) -> Flags:
    """Return the calibrated flags that notify; see ``analysis.alerts``."""
    from analysis.alerts import alerts as calibrated

    return calibrated(values, n_base, season=season)


def _oriented(sides: Integers, finite: Flags, direction: Direction) -> tuple[PointType | None, ...]:
    sign = SIGN[direction]
    high: PointType = "improvement" if sign > 0 else "concern" if sign < 0 else "neutral_high"
    low: PointType = "concern" if sign > 0 else "improvement" if sign < 0 else "neutral_low"
    words: dict[int, PointType] = {1: high, -1: low, 0: "common_cause"}
    return tuple(
        words[side] if exists else None
        for side, exists in zip(sides.tolist(), finite.tolist(), strict=True)
    )


def _apply(y: Floats, found: Limits, rules: RuleSet) -> tuple[Integers, list[tuple[str, ...]]]:
    """Return the side (+1 high, -1 low, 0 noise) of each point and the names of its rules."""
    if y.size < 2:
        return np.zeros(y.size, dtype=np.int64), [()] * y.size
    side = np.sign(y - found.centre).astype(np.int64)
    beyond = (y > found.upper) | (y < found.lower)
    if rules == "wheeler":
        outer = np.abs(y - found.centre) > SCALING / 2 * found.mr_bar
        table = [
            ("beyond_limit", beyond, side),
            ("three_of_four", _three_of_four(outer, side), side),
            ("run", _run(side, 8), side),
        ]
    else:
        near = ~beyond & ((y < found.near_lower) | (y > found.near_upper))
        trend, way = _trend(y)
        table = [
            ("beyond_limit", beyond, side),
            ("trend", trend, way),
            ("two_of_three", near & _near(near, side, window=3), side),
            ("run", _run(side, 7), side),
        ]
    # A point on the centre line that some rule marks counts as low, as in the NHS tool.
    ways = [np.where(way > 0, 1, -1) for _, _, way in table]
    oriented = np.select([mask for _, mask, _ in table], ways, 0)
    return oriented, _names([(name, mask) for name, mask, _ in table])


def _names(table: list[tuple[str, Flags]]) -> list[tuple[str, ...]]:
    names: list[tuple[str, ...]] = [()] * table[0][1].size
    for name, mask in table:
        for k in np.flatnonzero(mask).tolist():
            names[k] = (*names[k], name)
    return names


def _spread(hits: Flags, width: int) -> Flags:
    """Mark every member of each window of ``width`` points that hit."""
    if not hits.any():
        return np.zeros(hits.size + width - 1, dtype=np.bool_)
    return np.asarray(np.convolve(hits, np.ones(width, dtype=np.int64)) > 0)


def _run(side: Integers, length: int) -> Flags:
    if side.size < length:
        return np.zeros(side.size, dtype=np.bool_)
    sums = np.convolve(side, np.ones(length, dtype=np.int64), mode="valid")
    return _spread(np.abs(sums) == length, length)


def _trend(y: Floats) -> tuple[Flags, Integers]:
    """Mark runs of six differences of one sign, with the way each marked point goes."""
    step = np.sign(np.diff(y)).astype(np.int64)
    way = np.concatenate(([0], step))
    if y.size < 7:
        return np.zeros(y.size, dtype=np.bool_), way
    sums = np.convolve(step, np.ones(6, dtype=np.int64), mode="valid")
    marked = _spread(np.abs(sums) == 6, 7)
    # A turning point that belongs to two trends goes with the one that begins there.
    onward = marked[:-1] & marked[1:]
    way[:-1] = np.where(onward, step, way[:-1])
    return marked, way


def _three_of_four(outer: Flags, side: Integers) -> Flags:
    """Mark the outer points of four, three of which are outer on the same side."""
    marked = np.zeros(outer.size, dtype=np.bool_)
    if outer.size < 4:
        return marked
    for sign in (1, -1):
        here = outer & (side == sign)
        sums = np.convolve(here, np.ones(4, dtype=np.int64), mode="valid")
        marked |= here & _spread(sums >= 3, 4)
    return marked


def _near(near: Flags, side: Integers, *, window: int) -> Flags:
    """Mark windows with all points on one side and all but one of them near the limit."""
    if near.size < window:
        return np.zeros(near.size, dtype=np.bool_)
    ones = np.ones(window, dtype=np.int64)
    enough = np.convolve(near, ones, mode="valid") >= window - 1
    one_side = np.abs(np.convolve(side, ones, mode="valid")) == window
    return _spread(enough & one_side, window)
