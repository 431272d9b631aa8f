"""The SMARTER check: each letter met, weak or open, and the words that say why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from indicators.models import Indicator, Target
from indicators.smarter import Check, check_definition, output_measure

TODAY = date(2026, 11, 21)
COMPLETE: dict[str, Any] = {
    "name": "New newsletter subscribers",
    "specific": "People who did not know us ask to hear from us.",
    "formula": "Confirmed subscriptions less cancellations",
    "source": "Mailing system",
    "achievable": "312 a month in the last quarter",
    "objective_id": 1,
    "guard_id": 2,
    "evaluate_every": "monthly",
    "evaluate_on": date(2026, 12, 1),
    "reevaluate_on": date(2027, 2, 1),
    "aim": Target(kind="reach", value=Decimal(1500), baseline=Decimal(0), due_on=date(2027, 3, 31)),
    "history": [],
}
S, M, A, R, T, E, R2 = range(7)


def checked(**changes: Any) -> Check:
    """Check the complete definition with some changes."""
    given = COMPLETE | changes
    aim, history = given.pop("aim"), given.pop("history")
    return check_definition(Indicator(**given), aim, history, today=TODAY)


def test_complete_definition_has_seven() -> None:
    found = checked()
    assert (found.score, found.title, found.advice) == (7, "SMARTER", [])


def test_empty_one_has_none_and_says_seven_things() -> None:
    found = check_definition(Indicator(evaluate_every=""), None, today=TODAY)
    assert found.score == 0
    assert {letter.standing for letter in found.letters} == {"open"}
    assert len(found.advice) == 7


YEAR = [100.0] * 12


@pytest.mark.parametrize(
    ("place", "changes", "standing", "words"),
    [
        (S, {"specific": "", "description": ""}, "open", "which outcome"),
        (S, {"specific": "More sales"}, "weak", "few more words"),
        (S, {"specific": "We want to be better now"}, "weak", "something else to everyone"),
        (M, {"formula": ""}, "open", "formula"),
        (M, {"source": ""}, "weak", "where the numbers come from"),
        (A, {"achievable": "", "aim": None}, "open", "no baseline"),
        (A, {"achievable": "We can", "aim": None}, "weak", "no baseline"),
        (A, {"aim": Target(value=Decimal(90)), "history": YEAR}, "weak", "in 12 of the last 12"),
        (A, {"aim": Target(value=Decimal(90)), "history": [80.0] * 3 + [95.0] * 9}, "weak", "9 of"),
        (A, {"aim": Target(value=Decimal(90)), "history": [80.0] * 4 + [95.0] * 8}, "met", ""),
        (A, {"aim": Target(value=Decimal(90)), "history": [95.0] * 11}, "met", ""),
        (
            A,
            {"aim": Target(comparator="lte", value=Decimal(120)), "history": YEAR},
            "weak",
            "12 of",
        ),
        (
            A,
            {
                "aim": Target(kind="grow", growth=Decimal("0.4"), baseline=Decimal(1)),
                "history": [100.0, 110.0, 112.0, 115.0],
            },
            "weak",
            "40% a period; the best ever seen was 10%",
        ),
        (
            A,
            {
                "aim": Target(kind="grow", growth=Decimal("0.1"), baseline=Decimal(1)),
                "history": [100.0, 110.0, 112.0, 115.0],
            },
            "met",
            "",
        ),
        (R, {"objective_id": None}, "open", "only a number"),
        (R, {"objective_id": None, "relevant": "It pays"}, "weak", "link the objective"),
        (R, {"kind": "kvi"}, "open", "customers and the company"),
        (R, {"kind": "kvi", "customer_impact": "Helped"}, "weak", "customers and the company"),
        (R, {"kind": "kvi", "customer_impact": "a", "business_value": "b"}, "met", ""),
        (T, {"aim": None}, "open", "target"),
        (T, {"aim": None, "time_bound": "Soon much more"}, "weak", "no number in the goal"),
        (T, {"aim": None, "time_bound": "1,500 by March"}, "weak", "set it as a target"),
        (T, {"aim": Target(kind="reach", value=Decimal(1))}, "weak", "no date"),
        (T, {"aim": Target(value=Decimal(1))}, "met", "every period"),
        (
            T,
            {"aim": Target(kind="reach", due_on=date(2026, 1, 1))},
            "weak",
            "was due on 1 Jan 2026",
        ),
        (E, {"evaluate_every": ""}, "open", "how often"),
        (E, {"evaluate_every": "weekly"}, "weak", "values come each month"),
        (E, {"evaluate_on": None}, "weak", "no next date"),
        (E, {"evaluate_on": date(2026, 11, 20)}, "weak", "20 Nov 2026"),
        (R2, {"reevaluate_on": None}, "open", "still right"),
        (R2, {"reevaluate_on": date(2026, 11, 20)}, "weak", "20 Nov 2026"),
        (R2, {"reevaluate_on": date(2028, 1, 1)}, "weak", "too long"),
        (R2, {"reevaluate_on": TODAY}, "met", ""),
    ],
)
def test_each_letter(place: int, changes: dict[str, Any], standing: str, words: str) -> None:
    found = checked(**changes)
    letter = found.letters[place]
    assert letter.standing == standing
    assert words in letter.evidence
    if standing != "met":
        assert any(letter.evidence in advice for advice in found.advice)


def test_a_target_without_a_guard_is_asked_for_one() -> None:
    found = checked(guard_id=None)
    assert found.score == 7
    assert "guard" in found.advice[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Lines of code", "lines of code"),
        ("Calls handled per agent", "calls handled"),
        ("Tickets closed", "tickets closed"),
        ("Number of pull requests", "commits"),
        ("E-mails sent", "e-mails sent"),
        ("Calls per 1,000 customers", None),
        ("Support resolution time", None),
        ("Conversion", None),
    ],
)
def test_outputs_are_told_from_outcomes(text: str, words: str | None) -> None:
    assert output_measure(text) == words


def test_key_value_indicator_of_an_output_is_warned() -> None:
    found = checked(kind="kvi", name="Calls handled")
    assert any("what you produce (calls handled)" in one for one in found.advice)
