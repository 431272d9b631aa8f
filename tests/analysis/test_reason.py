"""The sentence that a verdict gives as its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from analysis.values import Definition, Guard
from tests.analysis.build import (
    KRONOR,
    PERCENT,
    judged,
    monthly,
    target,
)

RANGE = {"comparator": "between", "value": 20, "upper": 22}

REASONS = [
    ([480000], KRONOR, {"value": 500000}, "20,000 kr below target, inside the 10 % band."),
    ([300000], KRONOR, {"value": 500000}, "200,000 kr below target, beyond the 10 % band."),
    ([3.2], PERCENT, {"value": 3}, "0.2 percentage points above target."),
    ([3], PERCENT, {"value": 3}, "Exactly on target."),
    (
        [21],
        PERCENT,
        RANGE,
        "21.0 %, inside the range.",
    ),
    (
        [23],
        PERCENT,
        RANGE,
        "1.0 percentage point above the range, inside the 10 % band.",
    ),
    (
        [480],
        KRONOR,
        {"value": 500, "tolerance": 30, "tolerance_kind": "absolute"},
        "20 kr below target, inside the 30 kr band.",
    ),
    ([1], KRONOR, None, "No target is set."),
    ([], KRONOR, {"value": 1}, "No value yet."),
]


@pytest.mark.parametrize(("values", "definition", "goal", "reason"), REASONS)
def test_reason_is_a_sentence_a_manager_reads(
    values: list[float], definition: Definition, goal: dict[str, Any] | None, reason: str
) -> None:
    now = datetime(2020, 2, 3, tzinfo=UTC)
    found = judged(values, target(**goal) if goal else None, definition=definition, now=now)
    assert found.reason == reason


def test_reason_names_the_milestone() -> None:
    goal = target(
        kind="reach",
        value=120,
        baseline=100,
        baseline_on=date(2020, 1, 1),
        due_on=date(2020, 12, 31),
        milestones={"2020-03-31": 110},
    )
    assert judged([100, 104, 111.2], goal).reason == "1.2 above the March milestone."
    assert judged([100, 107], goal).reason == "2.0 above the path to target."


def test_reason_of_totals_and_ends() -> None:
    goal = target(
        kind="accumulate", value=1500, starts_on=date(2020, 1, 1), due_on=date(2020, 3, 31)
    )
    flow = replace(KRONOR, rollup="sum", unit_label="")
    assert judged([500, 460], goal, definition=flow).reason == (
        "40 below plan, inside the 10 % band."
    )
    done = judged([500, 500, 520], goal, definition=flow)
    assert (done.status, done.reason) == ("achieved", "Reached: 1,520, the target was 1,500.")
    assert done.value == 1520 and done.previous == 1000 and done.change == 520


def test_reason_of_silence_remembers_the_last_state() -> None:
    series = monthly([50])
    stale = judged(series, target(value=100), now=datetime(2020, 3, 20, tzinfo=UTC))
    assert stale.status == "stale" and stale.candidate == "off_track"
    assert stale.reason == "The last value is that of January 2020; it was off track then."
    gone = judged(series, target(value=100), now=datetime(2021, 3, 20, tzinfo=UTC))
    assert (gone.status, gone.reason) == ("no_data", "No value since that of January 2020.")


def test_guard_is_named() -> None:
    guard = Guard("on_track", "deteriorating", "Complaints")
    found = judged([100], target(value=100), guard=guard)
    assert found.reason == "Exactly on target. Met at a cost: Complaints deteriorates."
    assert found.needs_talk
