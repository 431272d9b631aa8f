"""The milestone planner: a total split over periods into parts that always add up to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from typing import Literal

from analysis import periods
from analysis.values import Calendar, Grain

By = Literal["equal", "calendar_days", "working_days", "last_year"]
WORKWEEK = frozenset({1, 2, 3, 4, 5})
NOTHING: Mapping[date, Decimal] = {}
WIDE = Context(prec=60)


class Unplannable(ValueError):
    """A split that cannot be made; ``code`` names why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Part:
    """What one period is to bring: the amount, the total by its last day, and whether by hand."""

    period: date
    last_day: date
    amount: Decimal
    total: Decimal
    by_hand: bool = False


def plan(
    total: Decimal,
    starts_on: date,
    due_on: date,
    *,
    grain: Grain,
    calendar: Calendar,
    by: By = "equal",
    decimals: int = 0,
    by_hand: Mapping[date, Decimal] = NOTHING,
    last_year: Sequence[Decimal | None] = (),
    holidays: frozenset[date] = frozenset(),
    workweek: frozenset[int] = WORKWEEK,
) -> tuple[Part, ...]:
    """Split ``total`` over the periods from ``starts_on`` to ``due_on``.

    Amounts set ``by_hand`` (by first day of the period) stay; the others share what is left
    equally, by calendar days, by working days, or as ``last_year`` was (one value a period, None
    unknown). Parts have ``decimals`` places, or as many as the total needs, by largest remainder,
    ties to the earlier. Raises Unplannable when no such parts exist.

    >>> quarter = (Decimal(1500), date(2026, 1, 1), date(2026, 3, 31))
    >>> how = {"grain": "month", "calendar": Calendar()}
    >>> [int(part.amount) for part in plan(*quarter, by="calendar_days", **how)]
    [517, 467, 516]
    >>> [int(p.amount) for p in plan(*quarter, by_hand={date(2026, 2, 1): Decimal(800)}, **how)]
    [350, 800, 350]
    """
    if due_on < starts_on:
        raise Unplannable("before_start", "The due date must not be before the start.")
    starts = periods.grid(starts_on, due_on, grain, calendar)
    fixed = _fixed(by_hand, starts, grain, calendar)
    places = max([decimals, *(_places(amount) for amount in (total, *fixed.values()))])
    left = WIDE.subtract(total, sum(fixed.values(), Decimal(0)))
    free = [start for start in starts if start not in fixed]
    _check(total, left, free)
    spans = {s: _clipped(s, starts_on, due_on, grain, calendar) for s in starts}
    if by == "last_year":
        weights = _shape(starts, last_year)
    else:
        weights = {s: _weight(spans[s], by, holidays, workweek) for s in starts}
    shares = _apportioned(left, [weights[start] for start in free], places)
    amounts = fixed | dict(zip(free, shares, strict=True))
    return _added_up(starts, spans, amounts, fixed)


def as_milestones(parts: Sequence[Part]) -> tuple[tuple[date, Decimal], ...]:
    """Return the milestones of an accumulating target: the total by the last day of each part."""
    return tuple((part.last_day, part.total) for part in parts[:-1])


def _fixed(
    by_hand: Mapping[date, Decimal], starts: list[date], grain: Grain, calendar: Calendar
) -> dict[date, Decimal]:
    """Return the amounts set by hand by the first day of their period."""
    fixed = {periods.start_of(day, grain, calendar): amount for day, amount in by_hand.items()}
    if set(fixed) - set(starts):
        raise Unplannable("outside", "An amount set by hand lies outside the plan.")
    if len(fixed) < len(by_hand):
        raise Unplannable("twice", "Two amounts set by hand are for the same period.")
    return fixed


def _check(total: Decimal, left: Decimal, free: list[date]) -> None:
    if not free and left:
        raise Unplannable("not_the_total", f"The parts set by hand miss the total by {left}.")
    if left and (left > 0) != (total > 0):
        raise Unplannable("too_much", "The parts set by hand exceed the total.")


def _clipped(
    start: date, starts_on: date, due_on: date, grain: Grain, calendar: Calendar
) -> tuple[date, date]:
    first, last = periods.span(start, grain, calendar)
    return max(first, starts_on), min(last, due_on)


def _weight(
    span: tuple[date, date], by: By, holidays: frozenset[date], workweek: frozenset[int]
) -> Fraction:
    if by == "equal":
        return Fraction(1)
    first, last = span
    days = (last - first).days + 1
    if by == "calendar_days":
        return Fraction(days)
    each = (first + timedelta(k) for k in range(days))
    return Fraction(sum(day.isoweekday() in workweek and day not in holidays for day in each))


def _shape(starts: list[date], last_year: Sequence[Decimal | None]) -> dict[date, Fraction]:
    """Take last year's values as weights; an unknown one counts as the mean of the others."""
    if len(last_year) != len(starts):
        raise Unplannable("shape", f"Last year's shape needs {len(starts)} values.")
    known = [Fraction(value) for value in last_year if value is not None]
    if not known or min(known) < 0:
        raise Unplannable("shape", "Last year has no shape to follow: no values, or negative ones.")
    mean = sum(known, Fraction(0)) / len(known)
    shape = [mean if value is None else Fraction(value) for value in last_year]
    return dict(zip(starts, shape, strict=True))


def _apportioned(total: Decimal, weights: list[Fraction], places: int) -> list[Decimal]:
    """Split ``total`` by weight into multiples of 10^-places (Hamilton's largest remainder)."""
    if not weights:
        return []
    whole = sum(weights, Fraction(0))
    if whole == 0:
        raise Unplannable("no_weight", "No day or value to split by falls into these periods.")
    units = abs(int(total.scaleb(places, WIDE)))
    exact = [units * weight / whole for weight in weights]
    counts = [int(share) for share in exact]
    order = sorted(range(len(exact)), key=lambda k: (counts[k] - exact[k], k))
    for k in order[: units - sum(counts)]:
        counts[k] += 1
    sign = -1 if total < 0 else 1
    return [Decimal(sign * count).scaleb(-places, WIDE) for count in counts]


def _places(amount: Decimal) -> int:
    exponent = amount.normalize(WIDE).as_tuple().exponent
    if not isinstance(exponent, int):
        raise Unplannable("not_finite", "Only finite amounts can be split.")
    return max(0, -exponent)


def _added_up(
    starts: list[date],
    spans: Mapping[date, tuple[date, date]],
    amounts: Mapping[date, Decimal],
    fixed: Mapping[date, Decimal],
) -> tuple[Part, ...]:
    parts, total = [], Decimal(0)
    for start in starts:
        total = WIDE.add(total, amounts[start])
        parts.append(Part(start, spans[start][1], amounts[start], total, start in fixed))
    return tuple(parts)
