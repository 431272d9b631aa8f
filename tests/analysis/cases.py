"""The truth table of status as objects: one case a line of ``tests/data/status_cases.toml``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any, cast

from analysis import periods
from analysis.status import Facts
from analysis.values import (
    Calendar,
    Comparator,
    Definition,
    Direction,
    Entry,
    Guard,
    Previous,
    Target,
)
from tests.analysis.build import read_toml, rolled, target

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
MIRROR: dict[str, str] = {"gte": "lte", "lte": "gte", "up": "down", "down": "up"}
EXACT = Context(prec=100)
BEYOND_VALUES = frozenset({"probability", "adverse", "previous", "n"})


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table; ``told`` holds what a forecast or an earlier verdict would say."""

    name: str
    says: str
    now: datetime
    definition: Definition
    target: Target | None
    entries: tuple[Entry, ...]
    calendar: Calendar
    guard: Guard | None
    told: Mapping[str, Any]

    def facts(self) -> Facts:
        series = rolled(
            list(self.entries),
            grain=self.definition.period,
            rule=self.definition.rollup,
            now=self.now,
            calendar=self.calendar,
        )
        told = dict(self.told)
        if "previous" in told:
            told["previous"] = Previous(**told["previous"])
        if "probability" in told:
            told["probability"] = float(told["probability"])
        return Facts(series, self.definition, self.target, self.now, self.guard, **told)

    def scaled(self, factor: str) -> Case:
        """The same case in another unit."""
        return self._mapped(lambda number: EXACT.multiply(number, Decimal(factor)))

    def mirrored(self) -> Case:
        """The same case with lower as better and every number negated."""
        case = self._mapped(lambda number: number.copy_negate())
        goal = case.target
        if goal is not None:
            comparator = cast(Comparator, MIRROR.get(goal.comparator, goal.comparator))
            value, upper = goal.value, goal.upper
            if goal.comparator == "between":
                value, upper = upper, value
            goal = replace(goal, comparator=comparator, value=value, upper=upper)
            goal = replace(goal, tolerance=abs(goal.tolerance))
        direction = cast(Direction, MIRROR.get(self.definition.direction, "range"))
        rule = {"min": "max", "max": "min"}.get(self.definition.rollup, self.definition.rollup)
        definition = replace(case.definition, direction=direction, rollup=cast(Any, rule))
        return replace(case, definition=definition, target=goal)

    def _mapped(self, change: Callable[[Decimal], Decimal]) -> Case:
        entries = tuple(
            replace(entry, value=change(entry.value))
            for entry in self.entries
            if entry.value is not None
        )
        goal = self.target
        if goal is not None:
            numbers: dict[str, Any] = {
                name: change(number)
                for name in ("value", "upper", "baseline")
                if (number := getattr(goal, name)) is not None
            }
            if goal.tolerance_kind == "absolute":
                numbers["tolerance"] = change(goal.tolerance)
            numbers["milestones"] = tuple((on, change(level)) for on, level in goal.milestones)
            goal = replace(goal, **numbers)
        return replace(self, entries=entries, target=goal)


def all_cases() -> list[Case]:
    return [
        _case(group, {**group, **line})
        for group in read_toml("status_cases.toml")["group"]
        for line in group["cases"]
    ]


def _case(group: Mapping[str, Any], fields: Mapping[str, Any]) -> Case:
    calendar = Calendar(
        fields.get("timezone", "UTC"),
        fields.get("week_start", 1),
        fields.get("fiscal_year_start", 1),
    )
    definition = Definition(
        direction=fields.get("direction", "up"),
        period=fields.get("period", "month"),
        rollup=fields.get("rollup", "last"),
    )
    goal = target(**fields["target"]) if fields["target"] else None
    return Case(
        f"{group['title']}: {fields['why']}",
        fields["says"],
        fields.get("now", NOW),
        definition,
        goal,
        tuple(_entry(at, value, calendar) for at, value in fields["values"].items()),
        calendar,
        Guard(**fields["guard"]) if "guard" in fields else None,
        {name: fields[name] for name in BEYOND_VALUES if name in fields},
    )


def _entry(at: str, value: float | Decimal, calendar: Calendar) -> Entry:
    if "T" in at:
        return Entry(datetime.fromisoformat(at), Decimal(str(value)))
    return Entry(periods.midnight(periods.parse(at, calendar), calendar), Decimal(str(value)))
