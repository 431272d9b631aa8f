"""From the row of a derived indicator to the recipe by which it is computed."""

from __future__ import annotations

from typing import cast

from analysis import formula, periods, units
from analysis.derivation import Kind, Recipe
from analysis.values import Grain
from indicators.models import Indicator


def recipe_of(indicator: Indicator) -> Recipe:
    """How its values are computed; raises `FormulaError` where its formula cannot be read."""
    is_formula = indicator.source_kind == Indicator.SourceKind.FORMULA
    is_ratio = indicator.source_kind == Indicator.SourceKind.RATIO
    return Recipe(
        kind=cast(Kind, indicator.source_kind),
        inputs=tuple(indicator.inputs),
        formula=formula.parse(indicator.formula, indicator.inputs) if is_formula else None,
        factor=indicator.factor,
        parts=is_ratio and indicator.rollup == Indicator.RollUp.RATIO,
    )


def finest(indicator: Indicator) -> str:
    """How fine its values come in at best: a period."""
    return indicator.entry_period or indicator.period


def is_too_coarse(indicator: Indicator, period: str) -> bool:
    """Whether its values come in coarser than the periods of what is made of it."""
    return periods.DAYS[cast(Grain, finest(indicator))] > periods.DAYS[cast(Grain, period)]


def unit_of(indicator: Indicator) -> units.Unit:
    """Its unit as the checks know it."""
    return units.unit_of(indicator.unit, indicator.unit_label)
