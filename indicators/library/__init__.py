"""The library of indicator templates: plain TOML files, one an area, read once and validated."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from indicators.models import Indicator, Target

FOLDER = Path(__file__).parent
PERSPECTIVES = frozenset({"financial", "customer", "internal", "learning"})


class BrokenTemplate(ValueError):
    """A file of the library says something that no indicator can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleTarget:
    """A target as people would set it; numbers are only a start. Shares are fractions."""

    text: str
    kind: str = "standing"
    comparator: str = "gte"
    value: Decimal | None = None
    upper: Decimal | None = None
    baseline: Decimal | None = None
    growth: Decimal | None = None
    strict: bool = False

    def __post_init__(self) -> None:
        refuse_others("target.kind", self.kind, Target.Kind.values)
        refuse_others("target.comparator", self.comparator, Target.Comparator.values)
        wanted = self.growth if self.kind == Target.Kind.GROW else self.value
        if wanted is None:
            raise BrokenTemplate(f"the target “{self.text}” has no number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One measure that many organisations use, with what is known about it.

    `guard` is the key of the template that shows what reaching the target could harm.
    """

    key: str
    area: str
    name: str
    description: str
    unit: str
    unit_label: str = ""
    factor: Decimal = Decimal(1)
    decimals: int = 1
    display_scale: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    direction: str
    rollup: str
    period: str
    entry_period: str = ""
    formula: str
    specific: str
    measurable: str
    pitfalls: tuple[str, ...]
    guard: str
    perspective: str
    customer_impact: str = ""
    business_value: str = ""
    target: ExampleTarget

    def __post_init__(self) -> None:
        Indicator(key=self.key, **self.initial()).clean_fields(exclude={"team"})
        refuse_others("perspective", self.perspective, PERSPECTIVES)
        if not self.pitfalls:
            raise BrokenTemplate(f"{self.key} names no pitfall")

    def initial(self) -> dict[str, Any]:
        """The fields of an indicator that choosing this template fills in."""
        return {name: getattr(self, name) for name in FILLED}


OWN = {"key", "area", "pitfalls", "guard", "perspective", "target"}
FILLED = [field.name for field in fields(Template) if field.name not in OWN]


def refuse_others(field: str, value: str, allowed: Any) -> None:
    """Raise BrokenTemplate where `value` is not among the allowed words."""
    if value not in allowed:
        raise BrokenTemplate(f"{field} cannot be “{value}”")


@cache
def templates() -> Mapping[str, Template]:
    """All templates by key, areas in alphabetical order, names as in their files."""
    found: dict[str, Template] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for template in read_templates(path):
            if template.key in found:
                raise BrokenTemplate(f"{path.name}: {template.key} exists already")
            found[template.key] = template
    for template in found.values():
        if template.guard not in found or template.guard == template.key:
            raise BrokenTemplate(f"{template.key} has no guard “{template.guard}”")
    return found


def areas() -> list[tuple[str, list[Template]]]:
    """The templates of each area: ("customer success", […])."""
    grouped: dict[str, list[Template]] = {}
    for template in templates().values():
        grouped.setdefault(template.area, []).append(template)
    return list(grouped.items())


def find_template(key: str) -> Template | None:
    """The template with this key, or None."""
    return templates().get(key)


def read_templates(path: Path) -> list[Template]:
    """The templates of one file; BrokenTemplate names file, template and mistake."""
    area = path.stem.replace("_", " ")
    tables = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return [_template(path, key, {**table, "area": area}) for key, table in tables.items()]


def _template(path: Path, key: str, table: dict[str, Any]) -> Template:
    try:
        given = table | {
            "pitfalls": tuple(table.get("pitfalls", ())),
            "target": ExampleTarget(**_numbers(ExampleTarget, table.pop("target"))),
        }
        return Template(key=key, **_numbers(Template, given))
    except (TypeError, KeyError, ValueError, ValidationError) as problem:
        raise BrokenTemplate(f"{path.name}, {key}: {problem}") from problem


def _numbers(kind: type[Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """The table with whole numbers as Decimal wherever the field is one."""
    exact = {field.name for field in fields(kind) if "Decimal" in str(field.type)}
    return {name: Decimal(v) if name in exact else v for name, v in table.items()}
