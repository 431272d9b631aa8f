"""Which of two values is the better one: by direction, or by how far each lies off a good range."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from analysis.expected import Bounds, Plan
from analysis.values import Definition

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bearing:
    """The way that is good for an indicator with a target; for a range, what the range is."""

    definition: Definition
    plan: Plan | None = None

    def good_range(self, day: date) -> Bounds | None:
        """Return what a value of the period that ``day`` lies in is good within, if anything is.

        The bounds of the target as they stand in that period; of a range to be reached by a date,
        those it ends with. Without a target, or where it is a total, those of the definition.
        """
        plan = self.plan
        if plan is not None and plan.target.kind != "accumulate":
            found = plan.final() if plan.target.kind == "reach" else plan.on(day)
            if found is not None:
                return found
        low, high = self.definition.low, self.definition.high
        return None if low is None and high is None else Bounds(low, high)

    def compare(self, value: Decimal, usual: float, day: date) -> int:
        """Return +1 where ``value``, of the period of ``day``, is better than usual, -1 if worse.

        In a range the value nearer to it is the better one; two values inside are equals, and so
        are all where nobody has said what the range is.

        >>> within = Bearing(Definition(direction="range", low=Decimal(5), high=Decimal(15)))
        >>> [within.compare(Decimal(v), 16.0, date(2026, 1, 1)) for v in (14, 16, 3)]
        [1, 0, -1]
        """
        before = Decimal(repr(float(usual)))
        if self.definition.direction == "range":
            bounds = self.good_range(day)
            if bounds is None:
                return 0
            value, before = _outside(before, bounds), _outside(value, bounds)
        elif self.definition.direction == "down":
            value, before = before, value
        return (value > before) - (value < before)


def _outside(value: Decimal, bounds: Bounds) -> Decimal:
    """Return how far a value lies outside of bounds, zero inside."""
    return max(bounds.gap(value).copy_negate(), ZERO)
