"""Marks of SVG drawings: coordinates, lines with gaps and few points, finished markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar


class Markup(str):
    """Safe SVG: every text in it was escaped where it was put in.

    Django asks `__html__` and prints it without escaping; nothing of Django is needed here.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return self


def drawing(head: str, parts: Iterable[str]) -> Markup:
    """The opening tag, the parts and the end."""
    return Markup(head + "".join(parts) + "</svg>")


Pixel = tuple[float, float]
T = TypeVar("T")


def pixel(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return "0" if text == "-0.0" else text.removesuffix(".0")


def path(points: Iterable[Pixel]) -> str:
    """The `d` of a line through points."""
    return "M" + "L".join(f"{pixel(x)} {pixel(y)}" for x, y in points)


def runs(items: Sequence[T | None]) -> list[list[T]]:
    """Stretches without a gap.

    >>> runs([1, 2, None, 3])
    [[1, 2], [3]]
    """
    found: list[list[T]] = [[]]
    for item in items:
        if item is not None:
            found[-1].append(item)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def thinned(values: Sequence[float | None], most: int) -> list[int]:
    """Which places to draw: the lowest and highest of each bucket, both ends, one place a gap.

    Returns at most about `most` indices in order; all of them where there are no more.
    """
    if len(values) <= most:
        return list(range(len(values)))
    buckets = max((most - 2) // 2, 1)
    kept = {0, len(values) - 1}
    for number in range(buckets):
        first = number * len(values) // buckets
        kept.update(_extremes(values, first, (number + 1) * len(values) // buckets))
    return sorted(kept)


def _extremes(values: Sequence[float | None], first: int, last: int) -> list[int]:
    """Lowest and highest place of a bucket; a bucket without any value keeps its gap."""
    here = [(value, index) for index in range(first, last) if (value := values[index]) is not None]
    return [min(here)[1], max(here)[1]] if here else [first]
