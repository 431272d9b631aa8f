"""Believable made-up series: the same key and day always give the same numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import pi, sin
from typing import Any

from analysis import periods
from analysis.values import Calendar, Grain

WEEKEND = (5, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one series is made; see the head of `shop.toml`."""

    grain: Grain
    periods: int
    level: float
    to: float
    noise: float
    growth: float = 0.0
    weekly: float = 0.0
    yearly: float = 0.0
    shift: tuple[int, float] | None = None
    last: tuple[float, ...] = ()
    ends: int = 0
    base: float | None = None
    since_month_start: bool = False

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Recipe:
        """From a table of `shop.toml`."""
        lists = {name: tuple(given[name]) for name in ("last", "shift") if name in given}
        return cls(**{**given, **lists})


@dataclass(frozen=True, slots=True)
class Made:
    """One made-up measurement: a value, or the parts of a ratio."""

    on: date
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


def make(
    key: str, recipe: Recipe, *, decimals: int, factor: Decimal, today: date, calendar: Calendar
) -> Iterator[Made]:
    """The measurements of the finished periods before `today`, oldest first."""
    chance = random.Random(f"KPItrack demo {key}")  # noqa: S311  # numbers for show, not secrets
    days = list(starts(recipe, today, calendar))
    for place, on in enumerate(days):
        level = level_at(recipe, place, len(days), on) + chance.gauss(0, recipe.noise)
        from_end = len(days) - place
        if from_end <= len(recipe.last):
            level = recipe.last[-from_end]
        if place < len(days) - recipe.ends:
            yield measured(recipe, on, level, decimals=decimals, factor=factor, chance=chance)


def starts(recipe: Recipe, today: date, calendar: Calendar) -> Iterator[date]:
    """The first days of the periods that are over; in `since_month_start` those of this month."""
    running = periods.start_of(today, recipe.grain, calendar)
    if recipe.since_month_start:
        first = today.replace(day=1)
        yield from (first + timedelta(days=k) for k in range(max(1, (today - first).days)))
        return
    for back in range(recipe.periods, 0, -1):
        yield periods.step(running, -back, recipe.grain, calendar)


def level_at(recipe: Recipe, place: int, n: int, on: date) -> float:
    """The level without noise: a line or growth, a shift, a week and a year."""
    way = place / max(1, n - 1)
    level = recipe.level + (recipe.to - recipe.level) * way
    level *= (1 + recipe.growth) ** place
    if recipe.shift and n - place <= recipe.shift[0]:
        level += recipe.shift[1]
    if recipe.weekly:
        level *= 1 - recipe.weekly * (2.5 if on.weekday() in WEEKEND else -1) / 2
    if recipe.yearly:
        level *= 1 + recipe.yearly * sin(2 * pi * on.timetuple().tm_yday / 365)
    return level


def measured(
    recipe: Recipe,
    on: date,
    level: float,
    *,
    decimals: int,
    factor: Decimal,
    chance: random.Random,
) -> Made:
    """The level as somebody would report it: rounded, or as the two parts of a ratio."""
    if recipe.base is None:
        return Made(on, value=Decimal(f"{level:.{decimals}f}"))
    below = round(recipe.base * (1 + chance.gauss(0, 0.02)))
    above = round(below * level / float(factor))
    return Made(on, numerator=Decimal(above), denominator=Decimal(below))
