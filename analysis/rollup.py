"""From measurements to one value a period: the roll-up rules, coverage, and what is unfinished."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, Inexact, localcontext
from itertools import pairwise
from statistics import median

from analysis import periods
from analysis.values import Calendar, Entry, Grain, Point, Rule, Series

WIDE = Context(prec=200)  # sums keep every digit: 30 before the point and 100 after it
EXACT = Context(prec=200, traps=[Inexact])
RESULT = Context(prec=34)
GRACE = 0.5  # grains a closed period at the end may wait for late entries
REGULAR = 0.5  # share of gaps that must look alike before a grain is guessed from them
ONE = Decimal(1)


def roll_up(
    entries: Iterable[Entry],
    *,
    grain: Grain,
    rule: Rule,
    calendar: Calendar,
    now: datetime,
    factor: Decimal = ONE,
    entry_grain: Grain | None = None,
) -> Series:
    """Roll measurements up into one value a period on a gap-free grid.

    ``sum`` for flows, ``last`` for stocks, ``ratio`` = sum of numerators / sum of denominators *
    ``factor`` (a denominator of 0 gives no value), ``none`` refuses to combine several entries.
    A period that still runs is provisional; so is a sum at either end that lacks entries.
    ``entry_grain`` is guessed from the usual spacing where it is None.

    >>> from datetime import UTC
    >>> days = [Entry(datetime(2026, 1, d, tzinfo=UTC), Decimal(10)) for d in range(1, 32)]
    >>> months = roll_up(days, grain="month", rule="sum", calendar=Calendar(),
    ...                  now=datetime(2026, 2, 3, tzinfo=UTC))
    >>> [(str(p.period), str(p.value), p.coverage, p.provisional) for p in months]
    [('2026-01-01', '310', 1.0, False)]
    """
    given = list(entries)
    usable = sorted((e for e in given if _usable(e)), key=lambda entry: entry.at)
    dropped = len(given) - len(usable)
    if not usable:
        return Series(grain, calendar, entry_grain=entry_grain, dropped=dropped)
    days = [periods.local_day(entry.at, calendar) for entry in usable]
    rhythm = _Rhythm.of(days, entry_grain or guess_grain(days, grain), calendar)
    groups: dict[date, list[Entry]] = {}
    for entry, day in zip(usable, days, strict=True):
        groups.setdefault(periods.start_of(day, grain, calendar), []).append(entry)
    points = tuple(
        _point(start, groups.get(start, []), grain=grain, rule=rule, factor=factor, rhythm=rhythm)
        for start in periods.grid(days[0], days[-1], grain, calendar)
    )
    points = _mark_unfinished(points, grain=grain, rule=rule, rhythm=rhythm, now=now, began=days[0])
    return Series(grain, calendar, points, usable[-1].at, rhythm.grain, dropped)


def guess_grain(days: Sequence[date], grain: Grain) -> Grain:
    """Return the grain entries arrive in, never coarser than ``grain``, from their usual spacing.

    >>> guess_grain([date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19)], "month")
    'week'
    """
    unique = sorted(set(days))
    gaps = [(b - a).days for a, b in pairwise(unique)]
    if not gaps:
        return grain
    usual = median(gaps)
    for finer in ("day", "week", "month", "quarter"):
        length = periods.DAYS[finer]
        if length >= periods.DAYS[grain]:
            break
        alike = sum(abs(gap - length) <= 0.3 * length for gap in gaps)
        if abs(usual - length) <= 0.3 * length and alike >= REGULAR * len(gaps):
            return finer
    return grain


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """What is expected: a grain, and for days and weeks the weekdays entries come on."""

    grain: Grain
    weekdays: frozenset[int]
    calendar: Calendar

    @classmethod
    def of(cls, days: Sequence[date], grain: Grain, calendar: Calendar) -> _Rhythm:
        seen = Counter(day.weekday() for day in days)
        if grain == "week":
            return cls(grain, frozenset([seen.most_common(1)[0][0]]), calendar)
        long_enough = (days[-1] - days[0]).days >= 13
        return cls(grain, frozenset(seen) if long_enough else frozenset(range(7)), calendar)

    def expected(self, first: date, last: date) -> int:
        """Count the entries a period from ``first`` to ``last`` should have."""
        if self.grain not in ("day", "week"):
            return max(1, periods.between(first, last + timedelta(1), self.grain, self.calendar))
        whole, rest = divmod((last - first).days + 1, 7)
        tail = sum((first.weekday() + k) % 7 in self.weekdays for k in range(rest))
        return max(1, whole * len(self.weekdays) + tail)

    def missed(self, first: date, began: date) -> bool:
        """Say whether something was expected from ``first`` on before ``began``."""
        if self.grain not in ("day", "week"):
            return periods.between(first, began, self.grain, self.calendar) > 0
        return first < began and self.expected(first, began) > 1

    def coverage(self, days: Iterable[date], first: date, last: date) -> float:
        """Return the share of expected entries that came, at most 1."""
        found = {periods.index(day, self.grain, self.calendar) for day in days}
        return min(1.0, len(found) / self.expected(first, last))


def _usable(entry: Entry) -> bool:
    numbers = [n for n in (entry.value, entry.numerator, entry.denominator) if n is not None]
    return bool(numbers) and all(number.is_finite() for number in numbers)


def _point(
    start: date, group: list[Entry], *, grain: Grain, rule: Rule, factor: Decimal, rhythm: _Rhythm
) -> Point:
    calendar = rhythm.calendar
    if not group:
        return Point(start, None, coverage=0.0)
    if periods.DAYS[rhythm.grain] >= periods.DAYS[grain]:
        coverage = 1.0
    else:
        days = (periods.local_day(entry.at, calendar) for entry in group)
        coverage = rhythm.coverage(days, *periods.span(start, grain, calendar))
    if rule == "ratio":
        return _ratio(start, group, factor, coverage)
    values = [entry.value for entry in group if entry.value is not None]
    if rule == "none" and len(values) > 1 and periods.DAYS[rhythm.grain] < periods.DAYS[grain]:
        reason = f"{len(values)} distinct counts cannot be added up; send one value a {grain}"
        return Point(start, None, n=len(group), coverage=coverage, reason=reason)
    return Point(start, _combined(values, rule), n=len(group), coverage=coverage)


def _combined(values: list[Decimal], rule: Rule) -> Decimal | None:
    if not values:
        return None
    if rule == "min":
        return min(values)
    if rule == "max":
        return max(values)
    if rule in ("last", "none"):
        return values[-1]
    total = _total(values)
    return total if rule == "sum" else quotient(total, Decimal(len(values)))


def quotient(above: Decimal, below: Decimal) -> Decimal:
    """One over the other: exact where it ends, so that no rounding carries it over a target."""
    try:
        return EXACT.divide(above, below)
    except Inexact:
        return RESULT.divide(above, below)


def _ratio(start: date, group: list[Entry], factor: Decimal, coverage: float) -> Point:
    parts = [e for e in group if e.numerator is not None and e.denominator is not None]
    if not parts:
        # A ratio sent ready-made can stand for its period alone, never be averaged.
        value = group[0].value if len(group) == 1 else None
        reason = "" if value is not None else "a ratio of several entries needs both its parts"
        return Point(start, value, n=len(group), coverage=coverage, reason=reason)
    numerator = _total([e.numerator for e in parts if e.numerator is not None])
    denominator = _total([e.denominator for e in parts if e.denominator is not None])
    value = None
    if denominator:
        value = quotient(WIDE.multiply(numerator, factor), denominator)
    reason = "" if denominator else "the denominator is 0"
    return Point(start, value, numerator, denominator, len(group), coverage, reason=reason)


def _total(values: list[Decimal]) -> Decimal:
    with localcontext(WIDE):
        return sum(values, Decimal(0))


def _mark_unfinished(
    points: tuple[Point, ...],
    *,
    grain: Grain,
    rule: Rule,
    rhythm: _Rhythm,
    now: datetime,
    began: date,
) -> tuple[Point, ...]:
    """Mark periods that still run, and sums at either end of the series that lack entries."""
    marked = list(points)
    for k in range(len(marked) - 1, -1, -1):
        end = periods.bounds(marked[k].period, grain, rhythm.calendar)[1]
        if end <= now:
            break
        marked[k] = _provisional(marked[k], "the period is not over")
    last = marked[-1]
    if rule == "sum" and last.coverage < 1 and not last.provisional:
        end = periods.bounds(last.period, grain, rhythm.calendar)[1]
        if periods.age(end, now, grain, rhythm.calendar) <= GRACE:
            marked[-1] = _provisional(last, "entries are missing")
    first = marked[0]
    late = rule == "sum" and first.coverage < 1 and rhythm.missed(first.period, began)
    if late and len(marked) > 1 and not first.provisional:
        marked[0] = _provisional(first, f"measuring began on {began}")
    return tuple(marked)


def _provisional(point: Point, reason: str) -> Point:
    return replace(point, provisional=True, reason=point.reason or reason)
