"""The status of an indicator: a truth table made by hand, and the laws that hold for all of it."""

from __future__ import annotations

import pytest

from analysis.judgement import judge
from analysis.status import assess
from tests.analysis.cases import Case, all_cases

CASES = all_cases()
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def test_table_is_large_enough_and_has_every_status() -> None:
    assert len(CASES) >= 120
    assert {case.says for case in CASES} == {
        "on_track",
        "at_risk",
        "off_track",
        "achieved",
        "met_at_cost",
        "no_target",
        "no_data",
        "stale",
        "provisional",
    }


@every_case
def test_says(case: Case) -> None:
    assert assess(case.facts()).status == case.says


@every_case
def test_says_the_same_in_the_mirror(case: Case) -> None:
    assert assess(case.mirrored().facts()).status == case.says


@every_case
@pytest.mark.parametrize("factor", ["250", "0.001"])
def test_says_the_same_in_another_unit(case: Case, factor: str) -> None:
    assert assess(case.scaled(factor).facts()).status == case.says


@pytest.mark.parametrize("case", [c for c in CASES if not c.told], ids=lambda case: case.name)
def test_judge_says_the_same(case: Case) -> None:
    facts = case.facts()
    verdict = judge(facts.series, case.definition, case.target, now=case.now, guard=case.guard)
    assert verdict.status == case.says
    assert verdict.explain[-1].outcome == case.says
    assert verdict.reason.endswith(".")
