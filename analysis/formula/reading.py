"""From the pieces of a text to the tree of a formula, within limits."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from analysis.formula.tokens import FormulaError, Token, short, tokens
from analysis.formula.tree import (
    Call,
    Formula,
    Function,
    Name,
    Negative,
    Node,
    Number,
    Operation,
    Sign,
)

MAX_LENGTH = 500
MAX_NODES = 100
MAX_DEPTH = 20
MAX_NAMES = 20
COMMA = "a comma parts the arguments of a function; write 1.5 and 1500"


def parse(text: str, known: Collection[str]) -> Formula:
    """Read a formula over indicators with these keys; `FormulaError` for everything else.

    >>> str(parse("revenue-gross − 2×(costs + {7-day})", ["revenue-gross", "costs", "7-day"]))
    '{revenue-gross} - 2 * ({costs} + {7-day})'
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(text, MAX_LENGTH, f"a formula has at most {MAX_LENGTH} characters")
    reading = _Reading(text, list(tokens(text, known)))
    root = reading.whole()
    names = tuple(dict.fromkeys(reading.names))
    if len(names) > MAX_NAMES:
        raise FormulaError(text, len(text), f"it names {len(names)} indicators; {MAX_NAMES} may be")
    return Formula(root, names)


@dataclass(slots=True)
class _Reading:
    """The state of a parser that looks one piece ahead."""

    text: str
    tokens: list[Token]
    place: int = 0
    nodes: int = 0
    depth: int = 0
    names: list[str] = field(default_factory=list)

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def whole(self) -> Node:
        root = self.sum()
        if self.next.kind == "end":
            return root
        if self.next.text == ")":
            raise self.wrong("“)” has no “(” before it")
        if self.next.text == ",":
            raise self.wrong(COMMA)
        raise self.wrong(f"an operator such as + or / is missing before “{self.said()}”")

    def sum(self) -> Node:
        return self.chain(self.product, "+-")

    def product(self) -> Node:
        return self.chain(self.factor, "*/")

    def chain(self, part: Callable[[], Node], signs: str) -> Node:
        left = part()
        while self.next.kind == "sign" and self.next.text in signs:
            sign = cast(Sign, self.take().text)
            left = self.counted(Operation(sign, left, part()))
        return left

    def factor(self) -> Node:
        token = self.take()
        if token.kind == "number":
            return self.counted(Number(Decimal(token.text)))
        if token.kind == "name":
            self.names.append(token.text)
            return self.counted(Name(token.text))
        if token.kind == "function":
            return self.call(cast(Function, token.text))
        if token.text == "-":
            return self.counted(Negative(self.deeper(self.factor)))
        if token.text == "(":
            inner = self.deeper(self.sum)
            self.close()
            return inner
        self.place -= 1
        raise self.wrong("a number, a name or “(” is missing")

    def call(self, function: Function) -> Node:
        self.take()  # the parenthesis that made it a function
        arguments = [self.deeper(self.sum)]
        while self.next.text == ",":
            self.take()
            arguments.append(self.deeper(self.sum))
        if function == "abs" and len(arguments) > 1:
            raise self.wrong("“abs” takes one argument")
        self.close()
        return self.counted(Call(function, tuple(arguments)))

    def close(self) -> None:
        if self.next.text == ",":
            raise self.wrong(COMMA)
        if self.next.text != ")":
            raise self.wrong("“)” is missing")
        self.take()

    def take(self) -> Token:
        token = self.next
        if token.kind != "end":
            self.place += 1
        else:
            raise self.wrong("a number, a name or “(” is missing")
        return token

    def deeper(self, part: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.wrong(f"it is nested more than {MAX_DEPTH} deep")
        found = part()
        self.depth -= 1
        return found

    def counted(self, node: Node) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.wrong(f"it has more than {MAX_NODES} parts")
        return node

    def said(self) -> str:
        return short(self.text[self.next.start : self.next.end])

    def wrong(self, what: str) -> FormulaError:
        return FormulaError(self.text, self.next.start, what)
