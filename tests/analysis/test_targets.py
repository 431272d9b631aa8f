"""Targets that cannot be meant are refused with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from analysis.targets import target_problems
from analysis.values import Definition
from tests.analysis.build import decimal, target

STARTS, DUE = date(2026, 1, 1), date(2026, 12, 31)
REACH = {"kind": "reach", "value": 200, "baseline": 100, "baseline_on": STARTS, "due_on": DUE}
TOTAL = {"kind": "accumulate", "value": 900, "starts_on": STARTS, "due_on": DUE}
GROW = {"kind": "grow", "baseline": 100, "baseline_on": STARTS, "growth": 0.1}
EXACTLY = {"value": 5, "comparator": "eq"}
TURNING = {"2026-03-01": 150, "2026-06-01": 120}
SOUND: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"value": 5}, {}),
    ({"value": 5, "comparator": "lte"}, {"direction": "down"}),
    ({"value": 5, "upper": 9, "comparator": "between"}, {"direction": "range"}),
    (EXACTLY, {"direction": "range"}),
    ({"value": 0, "tolerance": 1, "tolerance_kind": "absolute"}, {}),
    ({"milestones": {"2026-01-01": 5}}, {}),
    (REACH, {}),
    ({**REACH, "milestones": {"2026-06-30": 150}}, {}),
    (TOTAL, {"rollup": "sum"}),
    (GROW, {}),
]


@pytest.mark.parametrize(("fields", "definition"), SOUND)
def test_sound_targets_have_no_problem(fields: dict[str, Any], definition: dict[str, Any]) -> None:
    assert target_problems(target(**fields), Definition(**definition)) == []


FAULTY: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({}, {}, "value", "required"),
    ({"value": 5, "comparator": "between"}, {"direction": "range"}, "upper", "required"),
    ({**REACH, "baseline": None}, {}, "baseline", "required"),
    ({**REACH, "baseline_on": None}, {}, "baseline_on", "required"),
    ({**REACH, "due_on": None}, {}, "due_on", "required"),
    ({**TOTAL, "starts_on": None}, {"rollup": "sum"}, "starts_on", "required"),
    ({**GROW, "growth": None}, {}, "growth", "required"),
    ({"value": 5, "comparator": "lte"}, {}, "comparator", "against_direction"),
    ({"value": 5}, {"direction": "down"}, "comparator", "against_direction"),
    ({"value": 5}, {"direction": "range"}, "comparator", "against_direction"),
    ({**REACH, "due_on": STARTS}, {}, "due_on", "before_start"),
    ({**REACH, "milestones": {"2027-01-01": 1}}, {}, "milestones", "outside"),
    ({**REACH, "milestones": {"2025-01-01": 1}}, {}, "milestones", "outside"),
    (
        {**REACH, "milestones": TURNING},
        {},
        "milestones",
        "turn_back",
    ),
    ({**TOTAL, "milestones": {"2026-03-01": 950}}, {"rollup": "sum"}, "milestones", "turn_back"),
    (TOTAL, {"rollup": "mean"}, "kind", "not_additive"),
    ({"value": 5, "tolerance": -1}, {}, "tolerance", "negative"),
    ({"value": 5, "tolerance": 10}, {}, "tolerance", "not_a_share"),
    (
        {"value": 5, "tolerance": 0, "comparator": "eq"},
        {"direction": "range"},
        "tolerance",
        "required",
    ),
    ({"value": 0}, {}, "tolerance_kind", "absolute_needed"),
    ({**GROW, "baseline": 0}, {}, "tolerance_kind", "absolute_needed"),
    ({"value": 101}, {"maximum": 100}, "value", "out_of_bounds"),
    ({"value": -1}, {"minimum": 0}, "value", "out_of_bounds"),
    (
        {"value": 5, "upper": 5, "comparator": "between"},
        {"direction": "range"},
        "upper",
        "not_above",
    ),
    ({**GROW, "growth": -1}, {}, "growth", "impossible"),
    ({**GROW, "comparator": "between", "upper": 2}, {}, "comparator", "unsupported"),
    ({**REACH, "value": 90}, {}, "value", "already_met"),
    ({**REACH, "value": 0, "baseline": -5, "path": "geometric"}, {}, "path", "impossible"),
]


@pytest.mark.parametrize(("fields", "definition", "field", "code"), FAULTY)
def test_faulty_targets_are_told_where_and_why(
    fields: dict[str, Any], definition: dict[str, Any], field: str, code: str
) -> None:
    bounds = {name: decimal(value) for name, value in definition.items()}
    found = target_problems(target(**fields), Definition(**bounds))
    assert (field, code) in [(problem.field, problem.code) for problem in found]
    assert all(problem.detail.endswith(".") for problem in found)


def test_a_person_may_insist_on_what_is_only_odd() -> None:
    odd = target_problems(target(**{**REACH, "milestones": TURNING}), Definition())
    assert [problem.confirmable for problem in odd] == [True]
    wrong = target_problems(target(**{**REACH, "due_on": STARTS}), Definition())
    assert not any(problem.confirmable for problem in wrong)
