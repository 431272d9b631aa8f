"""Units of what is computed: which values may be added, and what comes out of them.

Only what is certain is refused. A number that somebody wrote into a formula may carry any unit, and
so may what is multiplied with it; a difference of two percentages is in percentage points.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.formula import Formula

POINTS = "percentage points"
POINTS_LABELS = frozenset({POINTS, "percentage point", "pp"})
MONEY_MEASURES = frozenset({"currency", "duration"})
# What a computed value of a kind is never declared as; what is not named may be anything.
NEVER: Mapping[str, frozenset[str]] = {
    "currency": frozenset({"percent", "duration", "score"}),
    "duration": frozenset({"percent", "currency", "score"}),
    "percent": frozenset({"currency", "duration"}),
    "points": frozenset({"percent", "currency", "duration"}),
    "score": frozenset({"percent", "currency", "duration"}),
    "rate": frozenset({"percent", "currency", "duration"}),
    "plain": frozenset({"currency", "duration", "score"}),
    "hundredfold": frozenset({"percent", "currency", "duration"}),
}


WORDS: Mapping[str, str] = {
    "points": POINTS,
    "per": "a ratio per N",
    "hundredfold": "a value times a percentage",
    "any": "anything",
}


class Mismatch(ValueError):
    """Units that do not go together; the words say what to do."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What a value is made of.

    ``kind`` is that of an indicator (number, percent, currency, duration, per, score), ``points``
    for percentage points, ``rate`` for one currency over another, ``plain`` for a quotient of two
    alike, ``hundredfold`` for a value times a percentage, which is the number 50 where half is
    meant, or ``any`` where nothing is certain. ``label`` names the currency.
    """

    kind: str
    label: str = ""

    def __str__(self) -> str:
        if self.kind == "currency":
            return f"currency ({self.label})" if self.label else "currency"
        return WORDS.get(self.kind, self.kind)

    def like(self, other: Unit) -> bool:
        """Whether both may stand in one sum."""
        return self.kind == other.kind and (self.kind != "currency" or same_currency(self, other))


ANY, PLAIN, NUMBER, PERCENT = Unit("any"), Unit("plain"), Unit("number"), Unit("percent")
SHARE = frozenset({"percent", "points"})
COUNTS = frozenset({"number", "plain", "per"})


def same_currency(one: Unit, other: Unit) -> bool:
    """Whether two currencies may be one: one that is not named may be any; case does not matter."""
    labels = {unit.label.strip().casefold() for unit in (one, other)} - {""}
    return len(labels) < 2


def unit_of(unit: str, label: str) -> Unit:
    """The unit of an indicator as it is declared.

    >>> unit_of("number", "Percentage points").kind
    'points'
    """
    if unit == "number" and label.strip().casefold() in POINTS_LABELS:
        return Unit("points")
    return Unit(unit, label.strip() if unit == "currency" else "")


def of_formula(formula: Formula, units: Mapping[str, Unit]) -> Unit:
    """The unit of a formula's result; `Mismatch` where it adds what cannot be added.

    >>> from analysis.formula import parse
    >>> units = {"sales": Unit("currency", "kr"), "churn": PERCENT, "won": PERCENT}
    >>> str(of_formula(parse("sales / 2", units), units))
    'currency (kr)'
    >>> str(of_formula(parse("won - churn", units), units))
    'percentage points'
    """
    return _of(formula.root, units)


def _of(node: ast.expr, units: Mapping[str, Unit]) -> Unit:
    match node:
        case ast.Constant():
            return ANY
        case ast.Name(id=key):
            return units[key]
        case ast.UnaryOp(operand=operand):
            return _of(operand, units)
        case ast.Call(args=args):
            return _alike([_of(one, units) for one in args])
        case ast.BinOp():
            return _operation(node, _of(node.left, units), _of(node.right, units))
    raise TypeError(ast.dump(node))


def _operation(node: ast.BinOp, left: Unit, right: Unit) -> Unit:
    if isinstance(node.op, ast.Add | ast.Sub):
        return _added(node.op, left, right)
    literal = isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant)
    return _scaled(left, right) if literal else _combined(node.op, left, right)


def _added(op: ast.operator, left: Unit, right: Unit) -> Unit:
    if left.kind in SHARE and right.kind in SHARE:
        if isinstance(op, ast.Sub):
            alike = left.kind == right.kind
            return Unit("points") if alike or left.kind == "points" else PERCENT
        return PERCENT if "percent" in (left.kind, right.kind) else left
    return _alike([left, right])


def _alike(found: list[Unit]) -> Unit:
    """The one unit of all that are added or compared; written numbers take that of the others."""
    certain = [unit for unit in found if unit.kind != "any"]
    if not certain:
        return ANY
    first = certain[0]
    for other in certain[1:]:
        if first.kind in COUNTS and other.kind in COUNTS:
            continue
        if not first.like(other):
            raise Mismatch(_apart(first, other))
    return first


def _apart(one: Unit, other: Unit) -> str:
    if one.kind == other.kind == "currency":
        return (
            f"{one.label or 'a currency'} and {other.label or 'a currency'} are different "
            "currencies and cannot be added; convert both to one currency first"
        )
    return (
        f"{one} and {other} cannot be added or compared; multiply or divide one of them first, "
        "or measure both in the same unit"
    )


def _scaled(left: Unit, right: Unit) -> Unit:
    """One side is a written number: money and time stay what they are, the rest is not certain."""
    return next((unit for unit in (left, right) if unit.kind in MONEY_MEASURES), ANY)


def _combined(op: ast.operator, left: Unit, right: Unit) -> Unit:
    if isinstance(op, ast.Div):
        return unit_quotient(left, right)
    if "percent" in (left.kind, right.kind) and "any" not in (left.kind, right.kind):
        return Unit("hundredfold")
    money = [unit for unit in (left, right) if unit.kind in MONEY_MEASURES]
    rest = [unit for unit in (left, right) if unit.kind not in MONEY_MEASURES]
    if len(money) == 1 and rest[0].kind in COUNTS:
        return money[0]
    return ANY


def unit_quotient(numerator: Unit, denominator: Unit) -> Unit:
    """The unit of one over the other.

    >>> str(unit_quotient(Unit("currency", "kr"), NUMBER)), unit_quotient(NUMBER, NUMBER).kind
    ('currency (kr)', 'plain')
    """
    if numerator.kind == denominator.kind == "currency" and not same_currency(
        numerator, denominator
    ):
        return Unit("rate")
    if numerator.kind == denominator.kind and numerator.kind != "any":
        return PLAIN
    if numerator.kind in {*MONEY_MEASURES, "hundredfold"} and denominator.kind in COUNTS:
        return numerator
    if numerator.kind in COUNTS and denominator.kind in COUNTS:
        return PLAIN
    return ANY


def refuse_unit(computed: Unit, declared: Unit) -> None:
    """Raise `Mismatch` where a value of the one unit is declared as the other."""
    if computed.kind == "points" and declared.kind == "percent":
        raise Mismatch(
            "A difference of percentages is in percentage points, not percent. "
            f"Choose Number with the unit “{POINTS}”."
        )
    if computed.kind == "hundredfold" and declared.kind in NEVER["hundredfold"]:
        raise Mismatch(
            "A percentage is the number 50 where half is meant, so that a value times a percentage "
            "is a hundred times too large. Divide it by 100."
        )
    if declared.kind in NEVER.get(computed.kind, frozenset()):
        raise Mismatch(
            f"It comes out as {_named(computed)}, not as {declared}. {_advice(computed)}"
        )
    if computed.kind == declared.kind == "currency" and not same_currency(computed, declared):
        raise Mismatch(f"It comes out in {computed.label or 'the currency'}. {_advice(computed)}")


def _named(unit: Unit) -> str:
    return {"plain": "a plain number", "rate": "one currency over another"}.get(
        unit.kind, str(unit)
    )


def _advice(unit: Unit) -> str:
    if unit.kind == "currency":
        return f"Choose Currency, {unit.label}, or Number." if unit.label else "Choose Currency."
    if unit.kind == "plain":
        return "Choose Number, Percent or Ratio per N, with the factor that fits."
    return "Choose Number." if unit.kind in ("rate", "points") else f"Choose {unit.kind.title()}."
