"""Units of what is computed: what may be added, what comes out, and what it may be declared as."""

from __future__ import annotations

import pytest

from analysis.formula import parse
from analysis.units import Mismatch, Unit, of_formula, quotient, refuse, unit_of

UNITS = {
    "sales": Unit("currency", "kr"),
    "costs": Unit("currency", "Kr "),
    "euros": Unit("currency", "€"),
    "money": Unit("currency"),
    "wait": Unit("duration"),
    "won": Unit("percent"),
    "lost": Unit("percent"),
    "moved": Unit("points"),
    "calls": Unit("number"),
    "mails": Unit("number"),
    "rate": Unit("per"),
    "nps": Unit("score"),
}


def unit(text: str) -> str:
    return str(of_formula(parse(text, UNITS), UNITS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sales - costs", "currency (kr)"),
        ("sales + 100", "currency (kr)"),
        ("100 + sales", "currency (kr)"),
        ("-sales * 2 / 3", "currency (kr)"),
        ("sales / calls", "currency (kr)"),
        ("sales * calls", "currency (kr)"),
        ("sales / costs", "plain"),
        ("sales / euros", "rate"),
        ("sales + money", "currency (kr)"),
        ("sum(sales, costs, 5)", "currency (kr)"),
        ("wait / calls", "duration"),
        ("calls + mails", "number"),
        ("calls / mails", "plain"),
        ("min(calls, rate)", "number"),
        ("won + lost", "percent"),
        ("100 - won", "percent"),
        ("mean(won, lost)", "percent"),
        ("won - lost", "percentage points"),
        ("won + moved", "percent"),
        ("won - moved", "percent"),
        ("moved + moved", "percentage points"),
        ("moved - won", "percentage points"),
        ("won - lost + lost", "percent"),
        ("abs(won - lost)", "percentage points"),
        ("won / 100 * sales", "anything"),
        ("sales * won", "a value times a percentage"),
        ("won * sales / calls", "a value times a percentage"),
        ("sales * (1 + won)", "a value times a percentage"),
        ("-won * lost", "a value times a percentage"),
        ("2 * sales * won", "a value times a percentage"),
        ("sales * won / 100", "anything"),
        ("sales * (1 + won / 100)", "anything"),
        ("won * 2", "anything"),
        ("won / lost", "plain"),
        ("nps - nps", "score"),
        ("2 * 3", "anything"),
        ("calls * 0.5", "anything"),
    ],
)
def test_what_comes_out(text: str, expected: str) -> None:
    assert unit(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sales + euros", "kr and € are different currencies and cannot be added"),
        ("sales - won", "currency (kr) and percent cannot be added"),
        ("won + sales", "percent and currency (kr) cannot be added"),
        ("min(sales, calls)", "currency (kr) and number cannot be added or compared"),
        ("sum(calls, wait)", "number and duration"),
        ("calls + won", "number and percent cannot be added"),
        ("max(won, moved)", "percent and percentage points"),
        ("nps + calls", "score and number"),
        ("sales + sales * won", "currency (kr) and a value times a percentage"),
        ("2 * (wait + sales / calls)", "duration and currency (kr)"),
    ],
)
def test_what_cannot_be_added(text: str, words: str) -> None:
    with pytest.raises(Mismatch) as caught:
        unit(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("computed", "declared", "words"),
    [
        (Unit("currency", "kr"), Unit("percent"), "Choose Currency, kr, or Number."),
        (Unit("currency", "kr"), Unit("currency", "€"), "It comes out in kr."),
        (Unit("duration"), Unit("percent"), "Choose Duration."),
        (Unit("points"), Unit("percent"), "Choose Number with the unit “percentage points”"),
        (Unit("percent"), Unit("currency"), "Choose Percent."),
        (Unit("plain"), Unit("currency"), "Choose Number, Percent or Ratio per N"),
        (Unit("rate"), Unit("percent"), "one currency over another"),
        (Unit("score"), Unit("percent"), "Choose Score."),
        (Unit("hundredfold"), Unit("currency", "kr"), "Divide it by 100."),
        (Unit("hundredfold"), Unit("percent"), "a hundred times too large"),
    ],
)
def test_a_wrong_declaration_is_refused_with_what_to_do(
    computed: Unit, declared: Unit, words: str
) -> None:
    with pytest.raises(Mismatch) as caught:
        refuse(computed, declared)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("computed", "declared"),
    [
        (Unit("currency", "kr"), Unit("currency", "KR")),
        (Unit("currency", "kr"), Unit("number")),
        (Unit("plain"), Unit("percent")),
        (Unit("hundredfold"), Unit("number")),
        (Unit("plain"), Unit("per")),
        (Unit("points"), Unit("points")),
        (Unit("points"), Unit("number")),
        (Unit("number"), Unit("currency", "kr")),
        (Unit("any"), Unit("duration")),
    ],
)
def test_what_may_be_is_not_refused(computed: Unit, declared: Unit) -> None:
    refuse(computed, declared)


def test_points_are_known_by_their_label() -> None:
    assert unit_of("number", " Percentage points ").kind == "points"
    assert unit_of("number", "pp").kind == "points"
    assert unit_of("number", "points").kind == "number", "points of a game"
    assert unit_of("currency", " kr ") == Unit("currency", "kr")
    assert unit_of("percent", "of visitors") == Unit("percent")


def test_a_quotient_of_what_is_uncertain_is_uncertain() -> None:
    assert quotient(Unit("any"), Unit("any")).kind == "any"
    assert quotient(Unit("percent"), Unit("number")).kind == "any"
