"""The tree of a formula: its nodes, how they are written, and what comes out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Literal, TypeAlias

Sign = Literal["+", "-", "*", "/"]
Function = Literal["min", "max", "sum", "mean", "abs"]

WIDE = Context(prec=60, traps=[DivisionByZero, InvalidOperation, Overflow])
RESULT = Context(prec=34, traps=[InvalidOperation, Overflow])
LARGEST = Decimal(10) ** 30
FINEST = Decimal(1).scaleb(-40)


class Gap(ArithmeticError):
    """There is no result, and why: a division by 0, or a number too large to keep."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Name:
    """The key of an indicator."""

    key: str


@dataclass(frozen=True, slots=True)
class Negative:
    """The opposite."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands and the sign between them."""

    sign: Sign
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments."""

    function: Function
    arguments: tuple[Node, ...]


Node: TypeAlias = Number | Name | Negative | Operation | Call


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read: its tree, and the names in it in the order of their appearance."""

    root: Node
    names: tuple[str, ...]

    def __str__(self) -> str:
        return written(self.root)


def written(node: Node) -> str:
    """The formula in its plainest spelling, names in braces: reading it again gives the same."""
    if isinstance(node, Number):
        return format(node.value, "f")
    if isinstance(node, Name):
        return f"{{{node.key}}}"
    if isinstance(node, Negative):
        return f"-{_enclosed(node.operand, isinstance(node.operand, Operation))}"
    if isinstance(node, Call):
        return f"{node.function}({', '.join(written(one) for one in node.arguments)})"
    tight = node.sign in "*/"
    left, right = node.left, node.right
    before = isinstance(left, Operation) and tight and left.sign in "+-"
    after = isinstance(right, Operation) and (tight or right.sign in "+-")
    return f"{_enclosed(left, before)} {node.sign} {_enclosed(right, after)}"


def _enclosed(node: Node, needed: object) -> str:
    return f"({written(node)})" if needed else written(node)


def evaluate(formula: Formula, given: Mapping[str, Decimal]) -> Decimal:
    """The result for one value of each name, rounded to 34 digits; `Gap` where there is none.

    >>> tree = Operation("/", Name("a"), Number(Decimal(4)))
    >>> str(evaluate(Formula(tree, ("a",)), {"a": Decimal(3)}))
    '0.75'
    """
    try:
        return kept(_value(formula.root, given))
    except DivisionByZero as problem:
        raise Gap("a division by 0") from problem
    except (InvalidOperation, Overflow) as problem:
        raise Gap("no number comes out") from problem


def kept(value: Decimal) -> Decimal:
    """A result as it can be stored: at most 30 digits before the point and 40 after it."""
    found = RESULT.plus(value)
    if abs(found) >= LARGEST:
        raise Gap("the result is too large to keep")
    exponent = found.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -40:
        found = found.quantize(FINEST, context=WIDE)
    return found or Decimal(0)  # never −0


def _value(node: Node, given: Mapping[str, Decimal]) -> Decimal:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return given[node.key]
    if isinstance(node, Negative):
        return WIDE.minus(_value(node.operand, given))
    if isinstance(node, Call):
        return _called(node.function, [_value(one, given) for one in node.arguments])
    left, right = _value(node.left, given), _value(node.right, given)
    if node.sign == "/":
        if not right:
            raise Gap("a division by 0")
        return WIDE.divide(left, right)
    act = {"+": WIDE.add, "-": WIDE.subtract, "*": WIDE.multiply}[node.sign]
    return act(left, right)


def _called(function: Function, values: list[Decimal]) -> Decimal:
    if function == "abs":
        return WIDE.abs(values[0])
    if function in ("min", "max"):
        return (min if function == "min" else max)(values)
    total = Decimal(0)
    for value in values:
        total = WIDE.add(total, value)
    return total if function == "sum" else WIDE.divide(total, Decimal(len(values)))
