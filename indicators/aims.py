"""Targets in words and on the way to them: "≥ 45 by 31 Dec", and how far along a value is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from indicators.models import Target
from web import formats as formatting
from web.formats import NBSP, NumberFormat, aim, figure, plain, unit_text, written
from web.wording import Lens

SHORT = 5  # letters of a unit that may be repeated beside every number


@dataclass(frozen=True, slots=True)
class Way:
    """Shares of the way to a target, 0 to 1: where the value is, where it was planned to be."""

    position: float
    planned: float
    label: str


def aim_words(target: Target, fmt: NumberFormat, grain: str) -> str:
    """Write a target without its date: "≥ 3.0 %", "+10 % a month"."""
    if target.kind == Target.Kind.GROW:
        share = plain((target.growth or Decimal(0)) * 100, 1, locale=fmt.locale, signed=True)
        return f"{without_zero(share)}{NBSP}% a{NBSP}{grain}"
    return aim(target.comparator, target.value, fmt, upper=target.upper, strict=target.strict)


def aim_sentence(target: Target, fmt: NumberFormat, grain: str, lens: Lens) -> str:
    """Write a target with its dates, for a history of targets."""
    words = aim_words(target, fmt, grain)
    if target.kind == Target.Kind.ACCUMULATE:
        words = f"{words} in total"
    if target.kind == Target.Kind.STANDING:
        words = f"{words}, every {grain}"
    if target.kind == Target.Kind.REACH and target.baseline is not None:
        words = f"{words}, from {written(target.baseline, fmt)}"
    return f"{words}, by {lens.day(target.due_on)}" if target.due_on else words


def tolerance_words(target: Target, fmt: NumberFormat) -> str:
    """Write how wide "at risk" is: "10 % of the expected value", "2 kr" or "2.0 pp"."""
    if target.tolerance_kind == Target.ToleranceKind.ABSOLUTE:
        return distance(target.tolerance, fmt)
    share = without_zero(plain(target.tolerance * 100, 1, locale=fmt.locale))
    base = "the way" if target.kind == Target.Kind.REACH else "the expected value"
    return f"{share}{NBSP}% of {base}"


def way_to(target: Target, value: Decimal | None, expected: Decimal | None) -> Way | None:
    """Measure how far along a value is; None where the target gives no such way.

    Targets with a baseline are measured from it, totals from zero; a standing one is laid on a
    scale from zero that ends a little beyond the larger of value and target.
    """
    if value is None or target.comparator in (Target.Comparator.BETWEEN, Target.Comparator.EQ):
        return None
    if target.kind == Target.Kind.REACH and target.baseline is not None:
        return _from_baseline(target, value, expected)
    if target.kind == Target.Kind.ACCUMULATE:
        return _way_to_total(target, value, expected)
    return _on_scale(value, target.value if target.kind == Target.Kind.STANDING else expected)


def brief(value: Decimal | float | None, fmt: NumberFormat) -> str:
    """A value where its unit is known from beside it: a long unit is left out."""
    shown = figure(value, fmt)
    return str(shown) if len(shown.unit) <= SHORT else shown.number


def distance(gap: Decimal | float, fmt: NumberFormat, *, unit: bool = True) -> str:
    """Write the gap between two values, without a sign; percentages differ by points."""
    apart = formatting.distance(gap, fmt)
    return str(apart) if unit or len(apart.unit) <= SHORT else apart.number


def short(fmt: NumberFormat) -> NumberFormat:
    """The format without a long unit."""
    return replace(fmt, unit_label="", factor=Decimal(1)) if len(unit_text(fmt)) > SHORT else fmt


def without_zero(text: str) -> str:
    """A written number without a zero fraction: "10.0" becomes "10"."""
    return text.removesuffix(".0").removesuffix(",0")


def _from_baseline(target: Target, value: Decimal, expected: Decimal | None) -> Way | None:
    assert target.baseline is not None and target.value is not None
    whole = target.value - target.baseline
    if not whole:
        return None
    position = (value - target.baseline) / whole
    planned = Decimal(1) if expected is None else (expected - target.baseline) / whole
    return _way(position, planned, "from baseline to target")


def _way_to_total(target: Target, value: Decimal, expected: Decimal | None) -> Way | None:
    if not target.value or target.value < 0:
        return None
    planned = Decimal(1) if expected is None else expected / target.value
    return _way(value / target.value, planned, "of the total")


def _on_scale(value: Decimal, goal: Decimal | None) -> Way | None:
    if goal is None or goal <= 0 or value < 0:
        return None
    whole = max(value, goal) * Decimal("1.12")
    label = f"{percent(value / goal)} of the target"
    return Way(bounded_share(value / whole), bounded_share(goal / whole), label)


def _way(position: Decimal, planned: Decimal, words: str) -> Way:
    label = f"{percent(position)} of the way {words}; {percent(planned)} planned by now"
    if words == "of the total":
        label = f"{percent(position)} {words}; {percent(planned)} planned by now"
    return Way(bounded_share(position), bounded_share(planned), label)


def percent(part: Decimal) -> str:
    """A share as a whole percentage."""
    return f"{plain(part * 100, 0)}{NBSP}%"


def bounded_share(part: Decimal) -> float:
    """A share kept between 0 and 1 for drawing."""
    return float(min(max(part, Decimal(0)), Decimal(1)))
