"""Formulas over indicators: a small grammar, parsed by Python's `ast` and computed exactly.

    sum     = product { ("+" | "-") product }
    product = factor { ("*" | "/") factor }
    factor  = "-" factor | number | name | function "(" sum { "," sum } ")" | "(" sum ")"

Functions are min, max, sum, mean and abs. A name is the key of an indicator, bare or in braces.
Keys hold ``-``, ``_`` and ``.`` themselves, so a bare name is the longest one that is known; what
reads as a number is a number. The text is cut into tokens and checked against the grammar, which
bounds its size and names the place of an error; only then does Python build the tree, from
generated identifiers. The tree is walked, never executed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Literal

MAX_LENGTH = 500
MAX_NODES = 100
MAX_DEPTH = 20
MAX_NAMES = 20
MAX_GUESSES = 2000  # keys that a formula may be asked to hold, before they are looked up

WIDE = Context(prec=60, traps=[DivisionByZero, InvalidOperation, Overflow])
RESULT = Context(prec=34, traps=[InvalidOperation, Overflow])
LARGEST = Decimal(10) ** 30
FINEST = Decimal(1).scaleb(-40)

BLANK = " \t\r\n\u00a0\u202f"
SPELLINGS = {"×": "*", "·": "*", "∙": "*", "÷": "/", "−": "-", "–": "-"}
FUNCTIONS = frozenset({"min", "max", "sum", "mean", "abs"})
RUN = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?(?![a-z0-9_]|\.[a-z0-9])")
BRACED = re.compile(r"\{([^}]*)\}")
TOKEN = re.compile(
    rf"(?P<blank>[{BLANK}]+)|(?P<braced>{BRACED.pattern})"
    rf"|(?P<function>{'|'.join(sorted(FUNCTIONS))})[{BLANK}]*\("
    rf"|(?P<run>{RUN.pattern})|(?P<sign>[-+*/(),{''.join(SPELLINGS)}])"
)
MISSING = "a number, a name or “(” is missing"
COMMA = "a comma parts the arguments of a function; write 1.5 and 1500"
HINTS = {
    "%": "a percentage is written as a number: 0.05 or 5 / 100",
    "^": "there are no powers; multiply instead",
    "=": "a formula is only the part after the equals sign",
    ";": "the arguments of a function are parted by commas",
    "}": "there is no “{” before it",
}


class FormulaError(ValueError):
    """A text that is no formula; the words say where and why, `position` counts from 1."""

    def __init__(self, text: str, at: int, what: str) -> None:
        super().__init__(f"{where(text, at)}: {what}.")
        self.position = at + 1


class Gap(ArithmeticError):
    """There is no result, and why: a division by 0, or a number too large to keep."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula: its tree, and the names in it in the order of their appearance.

    The tree holds `ast.Name` with the key as `id`, `ast.Constant` with the digits, `ast.UnaryOp`
    for the opposite, `ast.BinOp`, and `ast.Call` of a function by its name.
    """

    root: ast.expr
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; the parenthesis after a function belongs to the function."""

    kind: Literal["number", "name", "function", "sign", "end"]
    text: str
    start: int
    end: int


def parse(text: str, known: Collection[str]) -> Formula:
    """Parse a formula over indicators with these keys; `FormulaError` for everything else.

    >>> formula = parse("revenue-gross − 2×(costs + {7-day})", ["revenue-gross", "costs", "7-day"])
    >>> formula.names, ast.unparse(formula.root)
    (('revenue-gross', 'costs', '7-day'), "revenue-gross - '2' * (costs + 7-day)")
    """
    found = list(tokens(text, known))
    _check(text, found)
    names = {token.text: f"_{place}" for place, token in enumerate(found) if token.kind == "name"}
    if len(names) > MAX_NAMES:
        raise FormulaError(text, len(text), f"it names {len(names)} indicators; {MAX_NAMES} may be")
    code = " ".join(_code(token, names) for token in found)
    root = ast.parse(code.strip(), mode="eval").body
    keys = {identifier: key for key, identifier in names.items()}
    for node in ast.walk(root):
        if isinstance(node, ast.Name):
            node.id = keys.get(node.id, node.id)
    return Formula(root, tuple(names))


def _code(token: Token, names: Mapping[str, str]) -> str:
    match token.kind:
        case "name":
            return names[token.text]
        case "number":
            return f"'{token.text}'"  # as a text it keeps every digit
        case "function":
            return f"{token.text}("
    return token.text


def tokens(text: str, known: Collection[str]) -> Iterator[Token]:
    """Cut the text into its tokens; the last one is the end."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(text, MAX_LENGTH, f"a formula has at most {MAX_LENGTH} characters")
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise _foreign(text, at)
        match found.lastgroup:
            case "braced":
                yield Token("name", _known(text, at, found[0], known), at, found.end())
            case "function":
                yield Token("function", found["function"], at, found.end())
            case "run":
                yield (token := _number_or_name(text, at, found[0], known))
                at = token.end
                continue
            case "sign":
                yield Token("sign", SPELLINGS.get(found[0], found[0]), at, found.end())
        at = found.end()
    yield Token("end", "", len(text), len(text))


def _known(text: str, at: int, braced: str, known: Collection[str]) -> str:
    key = braced[1:-1].strip(BLANK)
    if key not in known:
        raise FormulaError(text, at, f"“{quotable(key)}” is not known")
    return key


def _number_or_name(text: str, at: int, run: str, known: Collection[str]) -> Token:
    """Whichever is longer at the beginning of the run, which ends with a name or before a "-"."""
    number = NUMBER.match(text, at)
    name = run
    while name and name not in known:
        name = name.rpartition("-")[0]
    if number and len(number[0]) >= len(name):
        return Token("number", number[0], at, number.end())
    if name:
        return Token("name", name, at, at + len(name))
    if run in FUNCTIONS:
        raise FormulaError(text, at + len(run), f"“{run}” wants its arguments in parentheses")
    raise FormulaError(text, at, f"“{quotable(run)}” is not known")


def _foreign(text: str, at: int) -> FormulaError:
    letter = text[at]
    if letter == "{":
        return FormulaError(text, at, "“{” is never closed by “}”")
    if letter.isalpha() and letter.lower() != letter:
        return FormulaError(text, at, "keys are written in small letters")
    hint = HINTS.get(letter, "it means nothing in a formula")
    return FormulaError(text, at, f"“{letter if letter.isprintable() else '?'}”: {hint}")


def _check(text: str, found: Iterable[Token]) -> None:
    """Raise `FormulaError` where a token may not follow, or the formula is too large or deep."""
    open_: list[str] = []  # "(", the function, "abs," after a comma, "-" until its operand is over
    parts, operand_follows = 0, True
    for token in found:
        parts += token.text not in {"(", ")", ",", ""}
        problem = ""
        if operand_follows:
            operand_follows = token.kind not in ("number", "name")
            if token.kind == "function" or token.text in ("(", "-"):
                open_.append(token.text)
            elif operand_follows:
                problem = MISSING
        elif token.kind == "sign" and token.text in "+-*/,":
            operand_follows = True
            problem = _after_comma(open_) if token.text == "," else ""
        else:
            problem = _after_operand(text, token, open_)
        while not operand_follows and open_[-1:] == ["-"]:
            open_.pop()
        if len(open_) > MAX_DEPTH:
            problem = f"it is nested more than {MAX_DEPTH} deep"
        if parts > MAX_NODES:
            problem = f"it has more than {MAX_NODES} parts"
        if problem:
            raise FormulaError(text, token.start, problem)


def _after_comma(open_: list[str]) -> str:
    """Note a comma in the list of what is open, and say what is wrong with it."""
    if not open_ or open_[-1] == "(":
        return COMMA
    if open_[-1] == "abs":
        open_[-1] = "abs,"
    return ""


def _after_operand(text: str, token: Token, open_: list[str]) -> str:
    """Close what a parenthesis closes, and say what is wrong with a token after an operand."""
    if token.text == ")":
        if not open_:
            return "“)” has no “(” before it"
        return "“abs” takes one argument" if open_.pop() == "abs," else ""
    if token.kind == "end":
        return "“)” is missing" if open_ else ""
    said = quotable(text[token.start : token.end].rstrip(f"({BLANK}") or "(")
    return f"an operator such as + or / is missing before “{said}”"


def evaluate(formula: Formula, given: Mapping[str, Decimal]) -> Decimal:
    """Compute the result from one value of each name, rounded to 34 digits; `Gap` without one.

    >>> str(evaluate(parse("a / 4", ["a"]), {"a": Decimal(3)}))
    '0.75'
    """
    try:
        return storable(_value(formula.root, given))
    except DivisionByZero as problem:
        raise Gap("a division by 0") from problem
    except (InvalidOperation, Overflow) as problem:
        raise Gap("no number comes out") from problem


def storable(value: Decimal) -> Decimal:
    """A result as it can be stored: at most 30 digits before the point and 40 after it."""
    found = RESULT.plus(value)
    if abs(found) >= LARGEST:
        raise Gap("the result is too large to keep")
    exponent = found.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -40:
        found = found.quantize(FINEST, context=WIDE)
    return found or Decimal(0)  # never −0


def _value(node: ast.expr, given: Mapping[str, Decimal]) -> Decimal:
    match node:
        case ast.Constant(value=str() as digits):
            return Decimal(digits)
        case ast.Name(id=key):
            return given[key]
        case ast.UnaryOp(operand=operand):
            return WIDE.minus(_value(operand, given))
        case ast.Call(func=ast.Name(id=function), args=args):
            return _called(function, [_value(one, given) for one in args])
        case ast.BinOp(left=left, op=op, right=right):
            return _operation(op, _value(left, given), _value(right, given))
    raise TypeError(ast.dump(node))


def _operation(op: ast.operator, left: Decimal, right: Decimal) -> Decimal:
    match op:
        case ast.Add():
            return WIDE.add(left, right)
        case ast.Sub():
            return WIDE.subtract(left, right)
        case ast.Mult():
            return WIDE.multiply(left, right)
    if not right:
        raise Gap("a division by 0")
    return WIDE.divide(left, right)


def _called(function: str, values: list[Decimal]) -> Decimal:
    if function == "abs":
        return WIDE.abs(values[0])
    if function in ("min", "max"):
        return (min if function == "min" else max)(values)
    total = Decimal(0)
    for value in values:
        total = WIDE.add(total, value)
    return total if function == "sum" else WIDE.divide(total, Decimal(len(values)))


def guesses(text: str) -> set[str]:
    """All keys that a text may mean: every run of letters, cut at its hyphens in every way.

    >>> sorted(guesses("gross-costs / 2"))
    ['costs', 'gross', 'gross-costs']
    """
    found = {inner.strip(BLANK) for inner in re.findall(r"\{([^{}]*)\}", text)}
    for run in RUN.finditer(text):
        parts = run[0].split("-")
        for first in range(len(parts)):
            for last in range(first + 1, len(parts) + 1):
                word = "-".join(parts[first:last])
                if len(word) > 80:
                    break
                found.add(word)
        if len(found) > MAX_GUESSES:
            raise FormulaError(text, run.start(), "put the keys in braces, such as {orders}")
    return {word for word in found if not NUMBER.fullmatch(word)}


def refuse_ambiguous(text: str, known: Collection[str]) -> None:
    """Raise `FormulaError` where a bare name may as well be a difference of known ones."""
    for token in tokens(text, known):
        if token.kind != "name" or text[token.start] == "{":
            continue
        if _divisible(token.text.split("-"), known):
            spaced = token.text.replace("-", " - ")
            raise FormulaError(
                text,
                token.start,
                f"“{token.text}” may be one indicator or “{spaced}”; "
                f"write {{{token.text}}} for the one, spaces around the minus for the other",
            )


def _divisible(parts: list[str], known: Collection[str]) -> bool:
    """Whether the parts, joined anew, make two or more known keys or numbers."""
    reached = {0}
    for end in range(1, len(parts) + 1):
        for start in sorted(reached):
            word = "-".join(parts[start:end])
            whole = (start, end) == (0, len(parts))
            if not whole and (word in known or NUMBER.fullmatch(word)):
                reached.add(end)
                break
    return len(parts) in reached


def masked(text: str, known: Collection[str], seen: Collection[str]) -> str:
    """The text with the names that may not be seen put as “{…}”; all of it where it is unreadable.

    >>> masked("orders / (visits - 1)", ["orders", "visits"], ["visits"])
    '{…} / (visits - 1)'
    """
    try:
        names = [token for token in tokens(text, known) if token.kind == "name"]
    except FormulaError:
        return "…"
    shown, at = "", 0
    for token in names:
        said = text[token.start : token.end] if token.text in seen else "{…}"
        shown, at = shown + text[at : token.start] + said, token.end
    return shown + text[at:]


def where(text: str, at: int) -> str:
    """Name a place in a text in words.

    >>> where("a + b", 0), where("a + ", 4)
    ('At the beginning', 'After “a +” (character 5)')
    """
    before = text[:at].strip(BLANK)
    if not before:
        return "At the beginning"
    shown = before if len(before) <= 20 else f"…{before[-20:]}"
    return f"After “{_printable(shown)}” (character {at + 1})"


def quotable(word: str) -> str:
    """A word as a message may repeat it."""
    return _printable(word if len(word) <= 40 else f"{word[:39]}…")


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
