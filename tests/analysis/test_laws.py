"""Laws of the whole judgement, on series nobody chose."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import periods, spc
from analysis.expected import Plan
from analysis.judgement import judge
from analysis.values import Comparator, Definition, Rule, Target
from tests.analysis.build import UTC_CALENDAR, after, monthly

levels = st.integers(-400, 400)
histories = st.lists(levels, min_size=1, max_size=40)
tolerances = st.sampled_from(["0", "0.05", "0.10", "0.5"])
STARTS = date(2020, 1, 1)


@st.composite
def targets(draw: Any) -> Target:
    kind = draw(st.sampled_from(["standing", "reach", "accumulate", "grow"]))
    comparators = ["gte", "lte"] if kind == "grow" else ["gte", "lte", "between", "eq"]
    value = Decimal(draw(levels))
    return Target(
        kind=kind,
        comparator=draw(st.sampled_from(comparators)),
        value=value,
        upper=value + draw(st.integers(1, 90)),
        baseline=Decimal(draw(levels)),
        baseline_on=STARTS,
        starts_on=STARTS,
        due_on=draw(st.dates(date(2020, 2, 1), date(2024, 1, 1))),
        growth=Decimal(draw(st.integers(-50, 50))) / 1000,
        tolerance=Decimal(draw(tolerances)),
        path=draw(st.sampled_from(["linear", "step"])),
    )


def mirrored(target: Target) -> Target:
    swap: dict[str, Comparator] = {"gte": "lte", "lte": "gte"}
    assert target.value is not None and target.baseline is not None and target.upper is not None
    low, high = target.value, target.upper
    if target.comparator == "between":
        low, high = high, low
    return replace(
        target,
        comparator=swap.get(target.comparator, target.comparator),
        value=-low,
        upper=-high,
        baseline=-target.baseline,
    )


def said(values: list[int], target: Target, *, direction: Any, factor: int = 1) -> Any:
    series = monthly([value * factor for value in values])
    rollup: Rule = "sum" if target.kind == "accumulate" else "last"
    definition = Definition(direction=direction, rollup=rollup)
    return judge(series, definition, target, now=after(series))


@settings(max_examples=120, deadline=None)
@given(histories.filter(lambda values: len(values) < 12), targets())
def test_lower_is_better_on_the_negative_is_the_same(values: list[int], target: Target) -> None:
    up = said(values, target, direction="up")
    down = said(values, mirrored(target), direction="down", factor=-1)
    assert (up.status, up.signal, up.gap, up.band) == (
        down.status,
        down.signal,
        down.gap,
        down.band,
    )
    assert [p.status for p in up.points] == [p.status for p in down.points]


@settings(max_examples=60, deadline=None)
@given(histories, targets(), st.sampled_from([1000, 7]))
def test_another_unit_changes_no_flag(values: list[int], target: Target, factor: int) -> None:
    assert target.value is not None and target.upper is not None and target.baseline is not None
    there = replace(
        target,
        value=target.value * factor,
        upper=target.upper * factor,
        baseline=target.baseline * factor,
    )
    plain = said(values, target, direction="up")
    scaled = said(values, there, direction="up", factor=factor)
    assert [p.status for p in plain.points] == [p.status for p in scaled.points]
    assert plain.signal == scaled.signal and plain.assurance == scaled.assurance
    if plain.trend is not None and scaled.trend is not None:
        assert plain.trend.direction == scaled.trend.direction


@settings(max_examples=60, deadline=None)
@given(histories, st.lists(levels, min_size=1, max_size=6), targets())
def test_what_comes_later_changes_no_past_status(
    values: list[int], later: list[int], target: Target
) -> None:
    before = said(values, target, direction="up")
    now = said(values + later, target, direction="up")
    assert [p.status for p in now.points[: len(values)]] == [p.status for p in before.points]


@settings(max_examples=30, deadline=None)
@given(st.lists(levels, min_size=30, max_size=80), st.lists(levels, min_size=1, max_size=10))
def test_what_comes_later_changes_no_past_alert(values: list[int], later: list[int]) -> None:
    whole = np.array(values + later, dtype=float)
    flags = spc.alerts(whole[: len(values)], 24)
    assert flags.tolist() == spc.alerts(whole, 24)[: len(values)].tolist()


@given(targets(), st.integers(0, 50))
def test_paths_go_from_baseline_to_target(target: Target, months: int) -> None:
    plan = Plan.of(target, "month", UTC_CALENDAR)
    assert plan.due is not None and plan.first is not None
    final, late = plan.at(plan.due), plan.at(plan.due + months)
    assert final == late and final is not None
    assert plan.at(plan.first - 1) is None
    if target.kind in ("reach", "accumulate"):
        assert final == plan.final()
    if target.kind == "accumulate" and target.comparator == "gte":
        day = periods.step(STARTS, months, "month", UTC_CALENDAR)
        bounds = plan.on(day)
        assert bounds is not None and bounds.low is not None and target.value is not None
        assert abs(bounds.low) <= abs(target.value)


@settings(max_examples=60, deadline=None)
@given(histories, targets())
def test_verdicts_hold_together(values: list[int], target: Target) -> None:
    found = said(values, target, direction="up")
    if found.gap is not None and found.band is not None and found.status != "achieved":
        met, inside = found.gap >= 0, -found.gap <= found.band
        assert found.status == "on_track" or not met or len(values) >= 12
        assert met or found.status == ("at_risk" if inside else "off_track") or len(values) >= 12
    assert found.explain[-1].outcome == found.status
    assert found.needs_talk == (
        found.status in ("at_risk", "off_track", "met_at_cost", "stale", "no_data")
        or found.signal == "deteriorating"
    )
