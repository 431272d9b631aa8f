"""The grammar of formulas: what it reads, how it refuses the rest, and what comes out."""

from __future__ import annotations

import ast
import copy
import operator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.formula import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_NAMES,
    MAX_NODES,
    Formula,
    FormulaError,
    Gap,
    evaluate,
    guesses,
    masked,
    parse,
    refuse_ambiguous,
    storable,
)

KEYS = ["orders", "orders-gross", "visits", "7-day-users", "a.b_c", "min", "2024", "x"]
VALUES = {key: Decimal(place + 2) for place, key in enumerate([*KEYS, "a", "b"])}


def result(text: str, **values: Any) -> Decimal:
    """The value of a formula over single letters."""
    known = {key: Decimal(str(value)) for key, value in values.items()}
    return evaluate(parse(text, known), known)


# --- what is read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + 3 * 4 + a", 15),
        ("(2 + 3) * 4 + a", 21),
        ("10 - 4 - 3 * a", 3),
        ("100 / 10 / 5 * a", 2),
        ("-a - -2", 1),
        ("--a", 1),
        ("-a * 3", -3),
        ("2 * -a", -2),
        ("min(3, a, 2)", 1),
        ("max(3, a, 2)", 3),
        ("sum(1, 2, a)", 4),
        ("mean(1, 2, 3, a)", Decimal("1.75")),
        ("abs(a - 5)", 4),
        ("min(max(a, 2), abs(-3)) × 2 ÷ 4 − 1", 0),
        ("\u00a0a\t+\n1 ", 2),
        ("0.1 + 0.2 + a - 1", Decimal("0.3")),
        ("{a}+{ a }", 2),
    ],
)
def test_arithmetic_is_what_it_is_at_school(text: str, expected: Decimal | int) -> None:
    assert result(text, a=1) == expected


def test_a_third_of_three_is_one() -> None:
    assert result("a / 3 * 3", a=1) == 1, "kept wider than it is shown"
    assert str(result("a / 3", a=1)) == "0." + "3" * 34


def test_large_and_small_numbers_keep_every_digit() -> None:
    assert result("a + b", a="1e15", b="0.000000000001") == Decimal("1000000000000000.000000000001")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("orders-gross", ["orders-gross"]),
        ("orders - visits", ["orders", "visits"]),
        ("orders-visits", ["orders", "visits"]),
        ("orders-gross-visits", ["orders-gross", "visits"]),
        ("{orders}-{visits}", ["orders", "visits"]),
        ("7-day-users * 7", ["7-day-users"]),
        ("a.b_c/7-x", ["a.b_c", "x"]),
        ("min(min, x)", ["min", "x"]),
        ("2024 * x", ["x"]),
        ("{2024} * x", ["2024", "x"]),
        ("x + visits + x", ["x", "visits"]),
    ],
)
def test_a_name_is_the_longest_that_is_known(text: str, names: list[str]) -> None:
    assert list(parse(text, KEYS).names) == names


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 1, "At the beginning: a number, a name or “(” is missing."),
        ("   ", 4, "is missing"),
        ("x +", 4, "After “x +” (character 4): a number, a name or “(” is missing."),
        ("x visits", 3, "an operator such as + or / is missing before “visits”"),
        ("(x", 3, "“)” is missing"),
        ("x)", 2, "“)” has no “(” before it"),
        ("x * 1,000", 6, "write 1.5 and 1500"),
        ("(x, 2)", 3, "a comma parts the arguments"),
        ("abs(x, 2)", 9, "“abs” takes one argument"),
        ("sum()", 5, "is missing"),
        ("mean", 5, "“mean” wants its arguments in parentheses"),
        ("x * 5%", 6, "0.05 or 5 / 100"),
        ("x ^ 2", 3, "there are no powers"),
        ("= x", 1, "after the equals sign"),
        ("Orders", 1, "keys are written in small letters"),
        ("order", 1, "“order” is not known"),
        ("orders.late", 1, "“orders.late” is not known"),
        ("ordersx", 1, "“ordersx” is not known"),
        ("3x", 1, "“3x” is not known"),
        ("x + 1.5.2", 5, "“1.5.2” is not known"),
        ("{x", 1, "“{” is never closed"),
        ("x}", 2, "there is no “{” before it"),
        ("{y}", 1, "“y” is not known"),
        ("x; visits", 2, "parted by commas"),
        ("x\u0000", 2, "“?”: it means nothing"),
        ("٣ + x", 1, "it means nothing"),
        ("__import__('os')", 1, "it means nothing"),
        ("x if x else 0", 3, "“if” is not known"),
        ("x**2", 3, "is missing"),
        ("9**9**9", 3, "is missing"),
        ("x // 2", 4, "is missing"),
        ("+x", 1, "is missing"),
        ("(x visits)", 4, "an operator such as + or / is missing before “visits”"),
        ("2 (x)", 3, "an operator such as + or / is missing before “(”"),
        ("x min(x)", 3, "an operator such as + or / is missing before “min”"),
        ("sum(x, )", 8, "a number, a name or “(” is missing"),
        ("sum((x, 2))", 7, "a comma parts the arguments"),
        ("x, 2", 2, "a comma parts the arguments"),
        ("abs(x", 6, "“)” is missing"),
        ("x.visits", 1, "“x.visits” is not known"),
        ("x < 2", 3, "it means nothing"),
        ("x[0]", 2, "it means nothing"),
        ("'x'", 1, "it means nothing"),
        ("_1 + x", 1, "it means nothing"),
    ],
)
def test_a_refusal_names_the_place_in_words(text: str, position: int, words: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text, KEYS)
    assert caught.value.position == position
    assert words in str(caught.value)
    assert str(caught.value).startswith(("At the beginning:", "After “"))


def test_limits() -> None:
    with pytest.raises(FormulaError, match="at most 500 characters"):
        parse("x" + " " * MAX_LENGTH, KEYS)
    assert result("(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH, x=3) == 3
    with pytest.raises(FormulaError, match="nested more than 20 deep"):
        parse("-" * (MAX_DEPTH + 1) + "x", KEYS)
    half = MAX_NODES // 2
    longest = parse("+".join("x" * half), KEYS)  # as many operands, one operator less
    assert longest.names == ("x",)
    with pytest.raises(FormulaError, match="more than 100 parts"):
        parse("+".join("x" * (half + 1)), KEYS)
    many = [f"k{place}" for place in range(MAX_NAMES + 1)]
    assert len(parse("+".join(many[:-1]), many).names) == MAX_NAMES
    with pytest.raises(FormulaError, match="names 21 indicators; 20 may be"):
        parse("+".join(many), many)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a / 0", "division by 0"),
        ("0 / (a - a)", "division by 0"),
        ("a / (a - 1)", "division by 0"),
        ("1000000000000000 * 1000000000000000 * a", "too large"),
    ],
)
def test_what_has_no_result_is_a_gap(text: str, reason: str) -> None:
    with pytest.raises(Gap, match=reason):
        result(text, a=1)


def test_what_is_kept_can_be_stored() -> None:
    assert str(storable(Decimal("-0.000"))) == "0"
    assert storable(Decimal("1e-60")) == 0
    exponent = storable(Decimal("1.23456789e-39")).as_tuple().exponent
    assert isinstance(exponent, int) and exponent >= -40


# --- which names are meant ---------------------------------------------------------------------


def test_every_key_that_may_be_meant_is_guessed() -> None:
    assert guesses("a-b-c + {d e} / 12.5") == {"a", "b", "c", "a-b", "b-c", "a-b-c", "d e"} | {
        "d",
        "e",
    }
    with pytest.raises(FormulaError, match="in braces"):
        guesses("-".join(f"k{place}" for place in range(200)))


def test_a_name_that_may_be_a_difference_is_refused() -> None:
    known = ["gross-costs", "gross", "costs", "level-7", "level"]
    with pytest.raises(FormulaError, match=r"write \{gross-costs\} for the one") as caught:
        refuse_ambiguous("1 + gross-costs", known)
    assert caught.value.position == 5
    with pytest.raises(FormulaError, match="level - 7"):
        refuse_ambiguous("level-7", known)
    for clear in ("{gross-costs} + 1", "gross - costs", "gross -costs", "{level-7}"):
        refuse_ambiguous(clear, known)
    refuse_ambiguous("gross-costs", ["gross-costs", "gross"])


def test_names_that_may_not_be_seen_are_masked() -> None:
    text = "orders-gross / (visits − {x})"
    assert masked(text, KEYS, {"visits"}) == "{…} / (visits − {…})"
    assert masked(text, KEYS, set(KEYS)) == text
    assert masked("Umsatz / Kosten", KEYS, set()) == "…", "nothing is known of what is unreadable"


# --- laws --------------------------------------------------------------------------------------

numbers = st.decimals(0, 10**6, allow_nan=False, places=3).map(
    lambda n: ast.Constant(f"{abs(n):f}")
)
names = st.sampled_from(KEYS).map(ast.Name)


def grown(inner: st.SearchStrategy[ast.expr]) -> st.SearchStrategy[ast.expr]:
    signs: Any = st.sampled_from([ast.Add(), ast.Sub(), ast.Mult(), ast.Div()])
    functions: Any = st.sampled_from(["min", "max", "sum", "mean"]).map(ast.Name)
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.builds(ast.UnaryOp, st.just(ast.USub()), inner),
        st.builds(ast.BinOp, inner, signs, inner),
        st.builds(ast.Call, functions, several, st.just([])),
        inner.map(lambda one: ast.Call(ast.Name("abs"), [one], [])),
    )


trees: st.SearchStrategy[ast.expr] = st.recursive(numbers | names, grown, max_leaves=12)


class Written(ast.NodeTransformer):
    """Names in braces, and numbers with all of their digits."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        return ast.Call(node.func, [self.visit(one) for one in node.args], [])

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(f"{{{node.id}}}")

    def visit_Constant(self, node: ast.Constant) -> ast.Name:
        return ast.Name(str(node.value))


def written(tree: ast.expr) -> str:
    return ast.unparse(Written().visit(copy.deepcopy(tree)))


def shape(tree: ast.expr) -> str:
    return ast.dump(tree).replace(", ctx=Load()", "")


def attempt(text: str, known: list[str]) -> Formula | FormulaError:
    try:
        return parse(text, known)
    except FormulaError as problem:
        return problem


def outcome(formula: Formula) -> Decimal | str:
    try:
        return evaluate(formula, VALUES)
    except Gap as gap:
        return str(gap)


@settings(max_examples=200, deadline=None)
@given(trees)
def test_what_is_written_is_read_again_as_the_same(tree: ast.expr) -> None:
    text = written(tree)
    read = attempt(text, KEYS)
    if isinstance(read, FormulaError):
        words = str(read)
        assert "nested" in words or "at most 500" in words or "parts" in words
    else:
        assert shape(read.root) == shape(tree)


@settings(max_examples=200, deadline=None)
@given(trees)
def test_it_comes_out_as_python_computes_it(tree: ast.expr) -> None:
    """The same tree in fractions, which lose nothing."""
    from fractions import Fraction

    def exact(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant(value=str() as digits):
                return Fraction(digits)
            case ast.Name(id=key):
                return Fraction(VALUES[key])
            case ast.UnaryOp(operand=operand):
                return -exact(operand)
            case ast.Call(func=ast.Name(id=function), args=args):
                parts = [exact(one) for one in args]
                acts: dict[str, Any] = {"min": min, "max": max, "sum": sum}
                acts |= {"abs": lambda p: abs(p[0]), "mean": lambda p: sum(p) / len(p)}
                return Fraction(acts[function](parts))
            case ast.BinOp(left=left, op=op, right=right):
                signs: dict[type[ast.operator], Any] = {
                    ast.Add: operator.add,
                    ast.Sub: operator.sub,
                    ast.Mult: operator.mul,
                    ast.Div: operator.truediv,
                }
                return Fraction(signs[type(op)](exact(left), exact(right)))
        raise TypeError(node)

    found = outcome(Formula(tree, ()))
    try:
        expected = exact(tree)
    except ZeroDivisionError:
        # Rounding may leave a trace where fractions cancel out; never an infinity.
        assert isinstance(found, str) or found.is_finite()
        return
    if isinstance(found, str):
        assert abs(expected) >= 10**30 or "division" in found
    else:
        assert abs(Fraction(found) - expected) <= abs(expected) / 10**20 + Fraction(1, 10**20)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | st.text("ab x+-*/(){},.0123min−×%", max_size=40))
@example("(" * 400)
@example("-" * 400 + "x")
@example("x" * 500)
@example("{" + "x" * 400)
@example("(" * 10_000 + "x" + ")" * 10_000)
@example("x" * 2**20)
@example("9**9**9")
@example("x\x00x")
def test_no_text_does_any_harm(text: str) -> None:
    known = [*KEYS, "a", "b"]
    read = attempt(text, known)
    if isinstance(read, FormulaError):
        assert 1 <= read.position <= len(text) + 1
        assert len(str(read)) < 200 and str(read).isprintable()
    else:
        assert set(read.names) <= set(known)
        outcome(read)
    guesses(text)
    masked(text, known, [])
