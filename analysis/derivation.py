"""Derived series: a ratio of two, a formula over several, or the growth of one, period by period.

A period without a value of every input is a gap, never zero. What an input may still change is not
passed on as final: see ``compute``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from analysis import periods
from analysis.formula import WIDE, Formula, Gap, evaluate, storable
from analysis.values import Calendar, Entry, Point, Rule, Series

Kind = Literal["ratio", "formula", "growth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How values are computed: ``inputs`` are the keys, of a ratio numerator and denominator.

    ``parts`` keeps numerator and denominator apart, so that coarser periods are sum over sum.
    """

    kind: Kind
    inputs: tuple[str, ...]
    formula: Formula | None = None
    factor: Decimal = Decimal(1)
    parts: bool = False


@dataclass(frozen=True, slots=True)
class Input:
    """An input's series in the grain and calendar of what is computed, and its roll-up rule."""

    series: Series
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """What comes out for one period: a value, or the two parts of a ratio."""

    period: date
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


def compute(recipe: Recipe, inputs: Mapping[str, Input], *, now: datetime) -> list[Computed]:
    """Compute every period that has begun and for which all inputs have a value.

    - A period that is over takes part once it is final in every input; until then it is a gap.
    - The period that runs takes part where its inputs so far can be compared: where none of them is
      a sum, which is only a part of what it will be, or as a ratio of two such sums.

    Whoever reads the result sees the running period as provisional, because it is not over.
    """
    found: dict[str, dict[date, Point]] = {
        key: {point.period: point for point in one.series} for key, one in inputs.items()
    }
    if not found or any(key not in found for key in recipe.inputs):
        return []
    series = next(iter(inputs.values())).series
    usable = _Usable(recipe, inputs, found, now)
    results = []
    for start in sorted({start for points in found.values() for start in points}):
        begin, end = periods.bounds(start, series.grain, series.calendar)
        if begin > now:
            break
        before = periods.step(start, -1, series.grain, series.calendar)
        try:
            results.append(_one(recipe, usable, start, before, running=end > now))
        except Gap:
            continue
    return results


@dataclass(frozen=True, slots=True)
class _Usable:
    """Values of the inputs as far as they may be used."""

    recipe: Recipe
    inputs: Mapping[str, Input]
    found: Mapping[str, Mapping[date, Point]]
    now: datetime

    def value(self, key: str, start: date, *, running: bool) -> Decimal:
        """The value of an input in a period; `Gap` where it has none that may be used."""
        point = self.found[key].get(start)
        if point is None or point.value is None:
            raise Gap(f"“{key}” has no value")
        if point.provisional and not (running and self.compares()):
            raise Gap(f"“{key}” is not final")
        return point.value

    def compares(self) -> bool:
        """Whether what the inputs hold so far, in a period that runs, can be compared."""
        sums = [self.inputs[key].rule == "sum" for key in self.recipe.inputs]
        return not any(sums) or (self.recipe.kind == "ratio" and all(sums))


def _one(recipe: Recipe, usable: _Usable, start: date, before: date, *, running: bool) -> Computed:
    values = {key: usable.value(key, start, running=running) for key in recipe.inputs}
    if recipe.kind == "formula":
        assert recipe.formula is not None
        return Computed(period=start, value=evaluate(recipe.formula, values))
    if recipe.kind == "growth":
        (key,) = recipe.inputs
        former = usable.value(key, before, running=False)
        return Computed(period=start, value=growth(values[key], former, factor=recipe.factor))
    above, below = (values[key] for key in recipe.inputs)
    if recipe.parts:
        if below < 0:  # parts are summed, and a negative one would turn the sum around
            raise Gap("the denominator is below 0")
        return Computed(period=start, numerator=storable(above), denominator=storable(below))
    return Computed(period=start, value=ratio(above, below, factor=recipe.factor))


def ratio(numerator: Decimal, denominator: Decimal, *, factor: Decimal = Decimal(1)) -> Decimal:
    """One over the other times ``factor``; `Gap` where the denominator is 0.

    >>> str(ratio(Decimal(3), Decimal(4), factor=Decimal(100)))
    '75'
    """
    if not denominator:
        raise Gap("the denominator is 0")
    return storable(WIDE.divide(WIDE.multiply(numerator, factor), denominator))


def growth(value: Decimal, before: Decimal, *, factor: Decimal = Decimal(1)) -> Decimal:
    """The relative change from one period to the next, times ``factor``.

    `Gap` where the earlier value is 0 or less, or the later one below 0: a share of nothing, or of
    a loss, says nothing.

    >>> str(growth(Decimal(110), Decimal(100), factor=Decimal(100)))
    '10'
    """
    if before <= 0 or value < 0:
        raise Gap("growth needs a value above 0 before, and none below 0 now")
    return ratio(WIDE.subtract(value, before), before, factor=factor)


def carried_over(entries: Iterable[Entry], origin: Calendar, to: Calendar) -> Iterable[Entry]:
    """The entries as another time zone counts them.

    What was sent for a day or a longer period is stamped with its local midnight, and belongs to
    the day of that name everywhere; every other instant stays what it is.
    """
    if origin.timezone == to.timezone:
        return entries
    return [
        replace(entry, at=periods.midnight(day, to))
        if entry.at == periods.midnight(day := periods.local_day(entry.at, origin), origin)
        else entry
        for entry in entries
    ]
