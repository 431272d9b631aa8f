"""The four-hour share of every NHS provider, and the NHS's rules written out point by point.

The rules follow the published description (NHS England, *Making Data Count*) and the behaviour of
the NHSRplotthedots package (facts about it; none of its code): constant 2.66, ranges of 3.267
means or more screened out once, comparisons with limits strict, a trend counts towards its next
point where that belongs to a trend too. Written plainly, a point at a time, to check against.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.analysis.build import DATA

MONTHS = 36


def providers() -> Iterator[tuple[str, list[float]]]:
    """Each provider with all 36 months: share seen within four hours, in percent."""
    with (DATA / "nhs_four_hours.csv").open() as file:
        for row in csv.reader(line for line in file if not line.startswith("#")):
            counts = [tuple(map(int, cell.split("/"))) for cell in row[1:]]
            if len(counts) == MONTHS and all(attended for _, attended in counts):
                yield row[0], [100 * (attended - late) / attended for late, attended in counts]


def average(numbers: Sequence[float]) -> float:
    first = sum(numbers) / len(numbers)
    return first + sum(number - first for number in numbers) / len(numbers)


def limits(y: Sequence[float]) -> tuple[float, float, float] | None:
    """Lower limit, centre, upper limit; None where no range is left."""
    ranges = [abs(b - a) for a, b in pairwise(y)]
    kept = [r for r in ranges if r < 3.267 * average(ranges)]
    if not kept:
        return None
    centre, reach = average(y), 2.66 * average(kept)
    return centre - reach, centre, centre + reach


def point_types(y: Sequence[float], *, up: bool) -> list[str]:
    """The type of each point, rule by rule in order of precedence."""
    found = limits(y)
    assert found is not None
    lower, centre, upper = found
    third = (upper - centre) / 3
    side = [(v > centre) - (v < centre) for v in y]
    beyond = [v > upper or v < lower for v in y]
    near = [not b and abs(v - centre) > 2 * third for v, b in zip(y, beyond, strict=True)]
    runs, trends, triples = _runs(side), _trends(y), _triples(side, near)
    types = []
    for k in range(len(y)):
        way = 0
        if beyond[k]:
            way = 1 if side[k] > 0 else -1
        elif trends[k]:
            step = y[k + 1] - y[k] if k + 1 < len(y) and trends[k + 1] else y[k] - y[k - 1]
            way = 1 if step > 0 else -1
        elif triples[k] or runs[k]:
            way = 1 if side[k] > 0 else -1
        good = way if up else -way
        types.append({0: "common_cause", 1: "improvement", -1: "concern"}[good])
    return types


def _runs(side: Sequence[int]) -> list[bool]:
    marked = [False] * len(side)
    for k in range(len(side) - 6):
        if side[k] and len(set(side[k : k + 7])) == 1:
            marked[k : k + 7] = [True] * 7
    return marked


def _trends(y: Sequence[float]) -> list[bool]:
    marked = [False] * len(y)
    for k in range(len(y) - 6):
        steps = [(b > a) - (b < a) for a, b in zip(y[k : k + 6], y[k + 1 : k + 7], strict=True)]
        if steps[0] and len(set(steps)) == 1:
            marked[k : k + 7] = [True] * 7
    return marked


def _triples(side: Sequence[int], near: Sequence[bool]) -> list[bool]:
    marked = [False] * len(side)
    for k in range(len(side) - 2):
        if side[k] and len(set(side[k : k + 3])) == 1 and sum(near[k : k + 3]) >= 2:
            for j in range(k, k + 3):
                marked[j] = marked[j] or near[j]
    return marked
