"""What a chart is drawn from: frozen values, and the sizes it is drawn in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from web.formats import NumberFormat

Variation = Literal["", "improvement", "concern"]
Direction = Literal["up", "down", "range"]


@dataclass(frozen=True, slots=True)
class Point:
    """The value of one period, named by its first day; no value is a gap."""

    on: date
    value: float | None
    provisional: bool = False
    variation: Variation = ""
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A place on the target path: in steps the value holds from here to the next place."""

    on: date
    value: float


@dataclass(frozen=True, slots=True)
class ForecastStep:
    """One period ahead: the median and the bounds of the narrow and the wide interval."""

    on: date
    median: float
    narrow: tuple[float, float]
    wide: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Limits:
    """Process limits of a stretch; `until` is none for the one that is still in force."""

    since: date
    until: date | None
    centre: float
    lower: float
    upper: float
    near_lower: float | None = None
    near_upper: float | None = None


@dataclass(frozen=True, slots=True)
class TrendLine:
    """The fitted line between two of its places."""

    start: Step
    end: Step


@dataclass(frozen=True, slots=True)
class Note:
    """An event on the time axis; drawn as a number, its text stands below the chart."""

    on: date
    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """Where a new definition takes effect; the line is not drawn across it."""

    on: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartData:
    """Everything one large chart may show; empty parts are left out.

    `target` with one place holds over the whole plot; `target_upper` makes it a range. The view
    ends with `until`, or with a quarter of the span of target path; never before the forecast.
    """

    name: str
    points: tuple[Point, ...]
    period: str = "month"
    direction: Direction = "up"
    number: NumberFormat = field(default_factory=NumberFormat)
    target: tuple[Step, ...] = ()
    target_upper: tuple[Step, ...] = ()
    target_shape: Literal["step", "linear"] = "linear"
    target_label: str = "Target"
    limits: tuple[Limits, ...] = ()
    trend: TrendLine | None = None
    forecast: tuple[ForecastStep, ...] = ()
    notes: tuple[Note, ...] = ()
    breaks: tuple[Break, ...] = ()
    until: date | None = None
    locale: str = "en"

    @property
    def measured(self) -> list[Point]:
        """The points that have a value."""
        return [point for point in self.points if point.value is not None]

    def start(self) -> date:
        """The first day in view."""
        days = [p.on for p in self.points] or [s.on for s in self.target] or [date(2000, 1, 1)]
        return min(days)

    def end(self) -> date:
        """The last day in view, at least one day after the first."""
        start = self.start()
        last = max([p.on for p in self.points] + [f.on for f in self.forecast] + [start])
        if self.until is not None and self.until > start:
            return max(self.until, last)
        ahead = max([s.on for s in self.target], default=last)
        if self.points and ahead > last:
            ahead = min(ahead, last + (last - start) // 4 if last > start else ahead)
        last = max(last, ahead)
        return last if last > start else date.fromordinal(start.toordinal() + 1)

    def values(self) -> Iterator[float]:
        """Every value that must fit into the plot."""
        yield from (p.value for p in self.points if p.value is not None)
        for path in (self.target, self.target_upper):
            yield from (s.value for s in clipped(path, self.start(), self.end(), self.target_shape))
        for limits in self.limits:
            yield from (limits.lower, limits.upper)
        for step in self.forecast:
            yield from (*step.wide, step.median)
        if self.trend:
            yield from (self.trend.start.value, self.trend.end.value)


def clipped(path: tuple[Step, ...], start: date, end: date, shape: str) -> list[Step]:
    """The part of a target path between two days, with places on both edges.

    A single place holds over the whole stretch. A stepped path starts where it is set and holds
    its last value; a linear path is cut where it crosses the edge.
    """
    if len(path) == 1:
        return [Step(start, path[0].value), Step(end, path[0].value)]
    inside = [step for step in path if start <= step.on <= end]
    before = [step for step in path if step.on < start]
    after = [step for step in path if step.on > end]
    if not (inside or (before and after)):
        return []
    if before and (inside or after):
        following = (inside + after)[0]
        inside.insert(0, Step(start, _between(before[-1], following, start, shape)))
    if after and inside:
        inside.append(Step(end, _between(inside[-1], after[0], end, shape)))
    return inside


def _between(left: Step, right: Step, on: date, shape: str) -> float:
    if shape == "step":
        return left.value
    share = (on - left.on).days / max((right.on - left.on).days, 1)
    return left.value + (right.value - left.value) * share


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of the view box, the class that shows it, and the scale of its text."""

    width: int
    height: int
    css_class: str = ""
    text: float = 1.0
    ticks: int = 4

    @property
    def is_narrow(self) -> bool:
        """Whether words are shortened."""
        return self.width < 500


WIDE = Size(820, 330, "wide")
HERO = Size(780, 402, "wide", ticks=3)
NARROW = Size(358, 250, "narrow", ticks=3)
WALL = Size(900, 545, text=1.5, ticks=3)
PREVIEW = Size(352, 120, "small", ticks=3)
