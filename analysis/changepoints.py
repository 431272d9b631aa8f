"""Where a series changed its level or its course for good: the first index of each new regime."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis import seasonality
from analysis.arrays import Floats, floats, median, middle_of_five

Indices = NDArray[np.int64]

SHORTEST = 5  # points a regime needs
NARROWEST = 14  # points an interval needs to be searched for a change
SHRINK = 0.7  # length of the intervals of one scale relative to the scale above
TRIES = 8  # candidate intervals, best first, that are checked for autocorrelation
FLAT_PENALTY = 5.0  # of a step between two levels, plus 2 log n
TREND_PENALTY = 6.0  # by which a step must beat one straight line
LINE_PENALTY = 12.0  # of two separate lines, plus 2 log n
MILDNESS = 0.95  # power of the deflation: 1 misses what people see in wandering series
SPIKE = 4.0  # robust standard deviations off its neighbours that make a point an outlier
JUMP = 9.0  # robust standard deviations of a step, by which five points differ from the last five
SEASONS = (4, 7, 12, 24, 52)  # periods that are looked for
ECHO = 0.35  # correlation of differences a season apart that shows it plainly
SHORT = 200  # points up to which the candidates of every length are kept for the next series
LARGEST = 1200  # points searched one by one; longer series are averaged into blocks first


@dataclass(frozen=True, slots=True)
class _Split:
    start: int
    at: int
    end: int
    lines: bool


def find(values: ArrayLike) -> list[int]:
    """Return the first index of each new regime of ``values`` (float64[n], NaN = missing).

    Seeded binary segmentation (Kovács et al. 2023): every interval of a fixed multi-scale family
    is searched for the split that explains it best, either two levels (against one level *and*
    against one straight line, so that a trend is no shift) or two lines. A split holds when its
    log-likelihood gain, deflated by the lag-1 autocorrelation of what it leaves, exceeds
    the penalty plus 2 log n. Single spikes are levelled first. Deterministic; [] below 14 points.

    >>> import numpy as np
    >>> find(np.r_[np.arange(30) % 3, 9 + np.arange(30) % 3].astype(float))
    [30]
    """
    values = floats(values)
    index = np.flatnonzero(np.isfinite(values))
    if index.size < NARROWEST:
        return []
    y = values[index]
    y = y - median(y)
    scale = np.max(np.abs(y))
    if scale == 0 or not np.isfinite(scale):
        return []
    y = _despiked(_unseasoned(y / scale))
    block = -(-y.size // LARGEST)
    coarse = y[: y.size // block * block].reshape(-1, block).mean(axis=1)
    found = _segmented(coarse)
    found = _refined(y, found, block) if block > 1 else found
    apart = [k for k in _jumps(y) if all(abs(k - other) > SHORTEST for other in found)]
    return [int(index[k]) for k in sorted(found + apart)]


def _unseasoned(y: Floats) -> Floats:
    """Take out a season that differences show plainly: as noise it would hide the shifts."""
    moves = y[1:] - y[:-1]
    square = float(moves @ moves)
    echoes = {m: float(moves[m:] @ moves[:-m]) / square for m in SEASONS if y.size >= 3 * m}
    if not echoes or max(echoes.values()) < ECHO:
        return y
    # The longest season echoes in its multiples, too; the shortest that is as clear is meant.
    loudest = max(echoes.values())
    season = min(m for m, echo in echoes.items() if echo > 0.8 * loudest)
    return seasonality.estimate(y, season).adjusted


def _despiked(y: Floats) -> Floats:
    """Pull single points far off the median of their five neighbours back to it."""
    middle = middle_of_five(y)
    off = y - middle
    spread = max(median(np.abs(off)) * 1.4826, 0.5 * median(np.abs(y[1:] - y[:-1])))
    return np.where(np.abs(off) > SPIKE * spread, middle, y) if spread > 0 else y


def _segmented(y: Floats) -> list[int]:
    found: list[int] = []
    todo = [(0, y.size)]
    while todo:
        start, end = todo.pop()
        split = _best_split(y[start:end], y.size)
        if split is not None:
            found.append(start + split)
            todo += [(start, start + split), (start + split, end)]
    return _pruned(y, sorted(found))


def _pruned(y: Floats, found: list[int]) -> list[int]:
    """Move each change to its best place between its neighbours; drop those that no longer hold."""
    position = 0
    while position < len(found):
        start = found[position - 1] if position else 0
        end = found[position + 1] if position + 1 < len(found) else y.size
        split = _whole_split(y[start:end], y.size)
        if split is None:
            del found[position]
            position = max(position - 1, 0)
        else:
            found[position] = start + split
            position += 1
    return found


def _refined(y: Floats, found: list[int], block: int) -> list[int]:
    """Place changes found between blocks to the point."""
    edges = [0, *(k * block for k in found), y.size]
    return [
        left + (_whole_split(y[left:right], y.size) or middle - left)
        for left, middle, right in zip(edges, edges[1:], edges[2:], strict=False)
    ]


def _jumps(y: Floats) -> list[int]:
    """Single steps far beyond all usual ones that last: plain even where a series wanders."""
    moves = y[1:] - y[:-1]
    usual = 1.4826 * median(np.abs(moves - median(moves)))
    if usual == 0:
        return []
    means = np.convolve(y, np.full(SHORTEST, 1 / SHORTEST), "valid")
    lasting = np.abs(means[SHORTEST:] - means[:-SHORTEST])
    single = np.abs(moves[SHORTEST - 1 : SHORTEST - 1 + lasting.size])
    held = (lasting > JUMP * usual) & (single > 0.6 * lasting)
    found = [int(k) + SHORTEST for k in np.flatnonzero(held)]
    return [k for k in found if _alone(np.abs(moves[max(k - 11, 0) : k + 10]), abs(moves[k - 1]))]


def _alone(around: Floats, move: float) -> bool:
    """Whether no other move of its surroundings comes near this one."""
    return bool(np.count_nonzero(around > move / 2) == 1)


class _Intervals(NamedTuple):
    """Intervals [start, end) of candidates, with what their squares need of them."""

    start: Indices
    end: Indices
    n: Floats
    middle: Floats
    cubic: Floats

    @classmethod
    def of(cls, start: Indices, end: Indices) -> _Intervals:
        n = (end - start).astype(np.float64)
        return cls(start, end, n, (start + end - 1) / 2.0, n * (n * n - 1.0))


class _Family(NamedTuple):
    """Candidates to split at: each whole interval, its two parts, and where the next one begins.

    ``whole`` has one entry an interval; ``of`` says which one a candidate splits, ``length`` how
    long that is.
    """

    whole: _Intervals
    of: Indices
    length: Floats
    left: _Intervals
    right: _Intervals
    edges: Indices
    stops: Indices

    @classmethod
    def made(cls, start: Indices, at: Indices, end: Indices) -> _Family:
        edges = np.flatnonzero(np.r_[True, (start[1:] != start[:-1]) | (end[1:] != end[:-1])])
        stops = np.r_[edges[1:], start.size]
        whole = _Intervals.of(start[edges], end[edges])
        of = np.repeat(np.arange(edges.size), stops - edges)
        left, right = _Intervals.of(start, at), _Intervals.of(at, end)
        return cls(whole, of, whole.n[of], left, right, edges, stops)


def _seeded(n: int) -> _Family:
    """Every candidate of the seeded intervals of n points."""
    starts, splits, ends = [], [], []
    length = float(n)
    while length >= NARROWEST:
        size = round(length)
        count = 1 if size >= n else int(np.ceil(2 * (n - size) / size)) + 1
        for start in np.unique(np.linspace(0, n - size, count).astype(int)):
            at = np.arange(start + SHORTEST, start + size - SHORTEST + 1)
            splits.append(at)
            starts.append(np.full(at.size, start))
            ends.append(np.full(at.size, start + size))
        length *= SHRINK
    return _Family.made(np.concatenate(starts), np.concatenate(splits), np.concatenate(ends))


def _one(n: int) -> _Family:
    """Every candidate of one interval of n points."""
    at = np.arange(SHORTEST, n - SHORTEST + 1)
    return _Family.made(np.zeros_like(at), at, np.full_like(at, n))


# Short lengths come again and again as parts of others; of long ones a few, for their memory.
_short = lru_cache(maxsize=SHORT)(_seeded)
_long = lru_cache(maxsize=4)(_seeded)
_one_again = lru_cache(maxsize=SHORT)(_one)


def _best_split(y: Floats, n: int) -> int | None:
    if y.size < NARROWEST:
        return None
    family = _short(y.size) if y.size <= SHORT else _long(y.size)
    return _first_that_holds(y, family, n)


def _whole_split(y: Floats, n: int) -> int | None:
    if y.size < 2 * SHORTEST:
        return None
    family = _one_again(y.size) if y.size <= SHORT else _one(y.size)
    return _first_that_holds(y, family, n)


def _first_that_holds(y: Floats, family: _Family, n: int) -> int | None:
    sums = _sums(y)
    start, end = (sums.take(at, axis=1) for at in (family.whole.start, family.whole.end))
    flat, line = (found.take(family.of) for found in _squares(end - start, family.whole))
    middle = sums.take(family.left.end, axis=1)
    flat_left, line_left = _squares(middle - start.take(family.of, axis=1), family.left)
    flat_right, line_right = _squares(end.take(family.of, axis=1) - middle, family.right)
    floor = 1e-12 * max(float(sums[2, -1]), 1e-300)
    length = family.length
    levels = flat_left + flat_right + floor
    over_flat = (length - 3) * np.log((flat + floor) / levels) - FLAT_PENALTY - 2 * np.log(n)
    over_line = (length - 3) * np.log((line + floor) / levels) - TREND_PENALTY
    steps = np.minimum(over_flat, over_line)
    over_line = (length - 5) * np.log((line + floor) / (line_left + line_right + floor))
    lines = over_line - LINE_PENALTY - 2 * np.log(n)
    score = np.maximum(steps, lines)
    for best in _peaks(score, family):
        split = _Split(
            int(family.left.start[best]),
            int(family.left.end[best]),
            int(family.right.end[best]),
            bool(lines[best] > steps[best]),
        )
        penalty = 2 * np.log(n) + (LINE_PENALTY if split.lines else FLAT_PENALTY)
        if (score[best] + penalty) * _deflation(y, split) > penalty:
            return split.at
    return None


def _peaks(score: Floats, family: _Family) -> list[int]:
    """Return the best candidate of each interval, best first, as far as any is above zero."""
    edges, stops = family.edges, family.stops
    tops = np.maximum.reduceat(score, edges)
    best = np.argsort(-tops, kind="stable")[:TRIES]
    return [int(edges[i] + np.argmax(score[edges[i] : stops[i]])) for i in best if tops[i] > 0]


def _sums(y: Floats) -> Floats:
    """Running sums of y, t·y and y² with a leading zero: any interval's squares in O(1)."""
    t = np.arange(y.size, dtype=np.float64)
    rows = np.zeros((3, y.size + 1))
    np.cumsum(np.stack((y, t * y, y * y)), axis=1, out=rows[:, 1:])
    return rows


def _squares(sums: Floats, inside: _Intervals) -> tuple[Floats, Floats]:
    """Residual squares of intervals with these sums around their means and their least squares."""
    y, ty, yy = sums
    flat = np.maximum(yy - y * y / inside.n, 0.0)
    cross = ty - inside.middle * y
    return flat, np.maximum(flat - cross * cross * 12.0 / inside.cubic, 0.0)


def _deflation(y: Floats, split: _Split) -> float:
    """(1 - rho)/(1 + rho) for the bias-corrected lag-1 autocorrelation of what the split leaves."""
    rest = np.concatenate(
        (_rest(y[split.start : split.at], split), _rest(y[split.at : split.end], split))
    )
    square = float(rest @ rest)
    if square <= 0:
        return 1.0
    rho = float(rest[1:] @ rest[:-1]) / square
    rho += (1 + 3 * rho + (2 if split.lines else 1)) / rest.size
    rho = min(max(rho, 0.0), 0.99)
    return float(((1 - rho) / (1 + rho)) ** MILDNESS)


def _rest(part: Floats, split: _Split) -> Floats:
    rest: Floats = part - np.add.reduce(part) / part.size
    if not split.lines:
        return rest
    t: Floats = np.arange(part.size, dtype=np.float64) - (part.size - 1) / 2
    slope = float(t @ rest) / float(t @ t)
    return rest - slope * t
