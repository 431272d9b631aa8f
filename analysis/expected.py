"""What a target expects in each period: its path through baseline, milestones and due date."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal, Overflow

from analysis import periods
from analysis.values import Calendar, Grain, Target

MATH = Context(prec=34)
WIDE = Context(prec=200)  # differences keep every digit that is stored
ONE = Decimal(1)
BEYOND = 60  # digits before the point: nothing measured grows so far, and nothing is expected
BELOW = 200  # zeros after it: more than are kept of any value, and as good as nothing
FOREVER = -(10**9)  # a period before any other
Knots = tuple[tuple[int, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is expected in one period: at least ``low``, at most ``high``; None is unbounded."""

    low: Decimal | None
    high: Decimal | None

    def nearest(self, actual: Decimal) -> Decimal:
        """Return the bound that ``actual`` is closest to failing."""
        if self.low is None or self.high is None:
            bound = self.high if self.low is None else self.low
            assert bound is not None
            return bound
        below, above = WIDE.subtract(actual, self.low), WIDE.subtract(self.high, actual)
        return self.low if below <= above else self.high

    def gap(self, actual: Decimal) -> Decimal:
        """Return by how much ``actual`` is better than expected; negative means short of it.

        >>> Bounds(Decimal(20), Decimal(22)).gap(Decimal(23))
        Decimal('-1')
        """
        sides = []
        if self.low is not None:
            sides.append(WIDE.subtract(actual, self.low))
        if self.high is not None:
            sides.append(WIDE.subtract(self.high, actual))
        return min(sides)


@dataclass(frozen=True, slots=True)
class Plan:
    """A target laid on the period grid; ``first`` and ``due`` are period numbers.

    ``low`` and ``high`` are the knots of the path each bound follows. A day stands for the
    period it lies in, so that a milestone on any day of November is November's.
    """

    target: Target
    grain: Grain
    calendar: Calendar
    first: int | None
    due: int | None
    low: Knots
    high: Knots
    milestones: dict[int, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, target: Target, grain: Grain, calendar: Calendar) -> Plan:
        def number(day: date | None) -> int | None:
            return None if day is None else periods.index(day, grain, calendar)

        milestones = {
            periods.index(on, grain, calendar): level for on, level in sorted(target.milestones)
        }
        first, due = number(target.starts_on), number(target.due_on)
        if target.kind in ("reach", "grow"):
            first = number(target.baseline_on or target.starts_on)
        low, high = _paths(target, first, due, milestones)
        return cls(target, grain, calendar, first, due, low, high, milestones)

    def at(self, period: int) -> Bounds | None:
        """Return what is expected in a period by its number, None before the target began."""
        if self.first is not None and period < self.first:
            return None
        low = self._level(self.low, period)
        high = self._level(self.high, period)
        return None if low is None and high is None else Bounds(low, high)

    def over(self, first: int, count: int) -> list[Bounds | None]:
        """Return what is expected in each of ``count`` periods from number ``first`` on."""
        level = len(self.low) <= 1 and len(self.high) <= 1 and self.target.kind != "grow"
        if level and self.first is None:
            return [self.at(first)] * count
        return [self.at(first + k) for k in range(count)]

    def on(self, day: date) -> Bounds | None:
        """Return what is expected in the period ``day`` lies in."""
        return self.at(periods.index(day, self.grain, self.calendar))

    def final(self) -> Bounds | None:
        """Return what the target asks for in the end."""
        if self.target.kind in ("grow", "standing"):
            return None if self.due is None else self.at(self.due)
        comparator, value = self.target.comparator, self.target.value
        if value is None:
            return None
        high = self.target.upper if comparator == "between" else value
        return Bounds(None if comparator == "lte" else value, None if comparator == "gte" else high)

    @property
    def collects(self) -> bool:
        """Say whether the target is a total to be reached, at any time, rather than a budget."""
        comparator, value = self.target.comparator, self.target.value
        if self.target.kind != "accumulate" or value is None:
            return False
        return (comparator == "gte" and value > 0) or (comparator == "lte" and value < 0)

    def is_due(self, period: int) -> bool:
        """Say whether the period holds the target's date or comes after it."""
        return self.due is not None and period >= self.due

    def _level(self, knots: Knots, period: int) -> Decimal | None:
        if self.target.kind == "grow":
            return self._grown(period) if knots else None
        step = self.target.path == "step" or self.target.kind == "standing"
        return _along(knots, period, "step" if step else self.target.path)

    def _grown(self, period: int) -> Decimal | None:
        baseline, growth = self.target.baseline, self.target.growth
        if baseline is None or growth is None or self.first is None:
            return None
        last = period if self.due is None else min(period, self.due)
        try:
            found = MATH.multiply(baseline, MATH.power(ONE + growth, last - self.first))
        except Overflow:
            return None
        if found and found.adjusted() < -BELOW:
            return Decimal(0)
        return found if found.adjusted() < BEYOND else None


def _paths(
    target: Target, first: int | None, due: int | None, milestones: dict[int, Decimal]
) -> tuple[Knots, Knots]:
    """Return the knots of the lower and of the upper bound."""
    value = target.baseline if target.kind == "grow" else target.value
    if value is None and target.kind == "standing" and milestones:
        value = milestones[min(milestones)]
    if value is None:
        return (), ()
    if target.comparator == "between":
        upper = value if target.upper is None else target.upper
        start = target.baseline
        # Only the bound that the baseline fails moves; the other holds from the start.
        rising = start is None or start < value
        falling = start is not None and start > upper
        low = _knots(target, first, due, milestones if not falling else {}, value, moves=rising)
        return low, _knots(target, first, due, milestones if falling else {}, upper, moves=falling)
    knots = _knots(target, first, due, milestones, value, moves=True)
    return (
        () if target.comparator == "lte" else knots,
        () if target.comparator == "gte" else knots,
    )


def _knots(
    target: Target,
    first: int | None,
    due: int | None,
    milestones: dict[int, Decimal],
    value: Decimal,
    *,
    moves: bool,
) -> Knots:
    if target.kind == "standing":
        return tuple(sorted({FOREVER: value, **milestones}.items()))
    if due is None or target.kind == "grow" or (target.kind == "reach" and not moves):
        return ((FOREVER, value),)
    inside = {k: level for k, level in milestones.items() if k < due}
    if target.kind == "accumulate":
        return tuple(sorted({(first or due) - 1: Decimal(0), **inside, due: value}.items()))
    begin = {} if target.baseline is None or first is None else {first: target.baseline}
    return tuple(sorted({**begin, **inside, due: value}.items()))


def _along(knots: Knots, period: int, path: str) -> Decimal | None:
    """Return the level of a path through ``knots`` at a period; flat outside them."""
    if not knots:
        return None
    at = bisect_right(knots, period, key=lambda knot: knot[0])
    if at == 0:
        return knots[0][1]
    begin, level = knots[at - 1]
    if at == len(knots) or period == begin or path == "step":
        return level
    end, goal = knots[at]
    done, whole = Decimal(period - begin), Decimal(end - begin)
    if path == "geometric" and level and (goal > 0) == (level > 0) and goal:
        return MATH.multiply(level, MATH.power(MATH.divide(goal, level), MATH.divide(done, whole)))
    way = MATH.multiply(MATH.subtract(goal, level), done)
    return MATH.add(level, MATH.divide(way, whole))
