"""Short ways to write series, definitions and targets in the tests of judgement."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from analysis import periods
from analysis.judgement import judge
from analysis.rollup import roll_up
from analysis.values import Calendar, Definition, Entry, Grain, Rule, Series, Target
from analysis.verdict import Verdict

DATA = Path(__file__).parent.parent / "data"
UTC_CALENDAR = Calendar()
KRONOR = Definition(unit="currency", unit_label="kr")
PERCENT = Definition(unit="percent", decimals=1)
NOISE = np.random.default_rng(6).normal(size=200)
LONG_AFTER = datetime(2200, 1, 1, tzinfo=UTC)


def monthly(
    values: Iterable[float | str | None], *, first: date = date(2020, 1, 1), grain: Grain = "month"
) -> Series:
    """A finished series on a grid, None where a period is missing."""
    entries = [
        entry(periods.step(first, k, grain, UTC_CALENDAR), value)
        for k, value in enumerate(values)
        if value is not None
    ]
    return rolled(entries, grain=grain, entry_grain=grain)


def entry(on: date, value: float | str | Decimal) -> Entry:
    return Entry(periods.midnight(on, UTC_CALENDAR), Decimal(str(value)))


def daily(first: date, values: Iterable[float | str]) -> list[Entry]:
    return [entry(first + timedelta(k), value) for k, value in enumerate(values)]


def rolled(
    entries: list[Entry],
    *,
    grain: Grain = "month",
    rule: Rule = "last",
    now: datetime = LONG_AFTER,
    calendar: Calendar = UTC_CALENDAR,
    **more: Any,
) -> Series:
    return roll_up(entries, grain=grain, rule=rule, now=now, calendar=calendar, **more)


def after(series: Series) -> datetime:
    """The instant the last period of a series is over."""
    return periods.bounds(series.points[-1].period, series.grain, series.calendar)[1]


def judged(values: Any, goal: Target | None = None, **how: Any) -> Verdict:
    """The verdict on values or a series, once its last period is over."""
    series = values if isinstance(values, Series) else monthly(values)
    definition = how.pop("definition", Definition(decimals=1, period=series.grain))
    now = how.pop("now", None) or after(series)
    return judge(series, definition, goal, now=now, **how)


def target(**fields: Any) -> Target:
    """A target with numbers as Decimal, milestones as a mapping of days."""
    given = {name: decimal(value) for name, value in fields.items()}
    if "milestones" in fields:
        given["milestones"] = tuple(
            (date.fromisoformat(str(on)), Decimal(str(level)))
            for on, level in fields["milestones"].items()
        )
    return Target(**given)


def decimal(value: Any) -> Any:
    return (
        Decimal(str(value))
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        else value
    )


def read_toml(name: str) -> Mapping[str, Any]:
    return tomllib.loads((DATA / name).read_text(), parse_float=Decimal)
