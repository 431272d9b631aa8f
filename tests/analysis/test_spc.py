"""Process behaviour charts: limits, point types and assurance against published figures."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import spc
from tests.analysis import nhs
from tests.analysis.build import DATA

REFERENCES = json.loads((DATA / "statistical_references.json").read_text())
ROUTINE = [5.0, 6.0, 5.0, 4.0, 5.0, 6.0, 5.0, 4.0]
levels = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))


@pytest.mark.parametrize("known", REFERENCES["xmr"], ids=lambda known: known["name"])
def test_limits_are_the_published_ones(known: dict[str, Any]) -> None:
    scaling = 3 / 1.128 if known["const"] == "3/1.128" else spc.SCALING
    found = spc.limits(known["y"], screen=known["screen"], scaling=scaling)
    tolerance = known["tol"] if known["const"] == "3/1.128" else 1e-6
    assert found.centre == pytest.approx(known["centre"], abs=1e-7)
    assert found.upper == pytest.approx(known["unpl"], abs=tolerance)
    assert found.lower == pytest.approx(known["lnpl"], abs=tolerance)
    assert found.n == len(known["y"])


def test_every_nhs_provider_gets_the_limits_and_types_of_the_nhs() -> None:
    judged = points = 0
    for name, shares in nhs.providers():
        known = nhs.limits(shares)
        if known is None or known[0] == known[2]:
            continue
        found = spc.classify(shares, direction="up")
        limits = found.limits
        assert (limits.lower, limits.centre, limits.upper) == pytest.approx(known, abs=1e-9), name
        assert list(found.point_types) == nhs.point_types(shares, up=True), name
        judged += 1
        points += len(shares)
    assert (judged, points) == (172, 6192)


@settings(max_examples=150)
@given(st.lists(st.integers(0, 12).map(float), min_size=2, max_size=40), st.booleans())
def test_rules_hold_for_any_values(values: list[float], up: bool) -> None:
    if nhs.limits(values) is None:
        return
    found = spc.classify(values, direction="up" if up else "down")
    assert list(found.point_types) == nhs.point_types(values, up=up)


@pytest.mark.parametrize(
    ("values", "signals"),
    [
        ([*ROUTINE, 12.0], {8: ("beyond_limit",)}),
        ([1, 0, 0, 1, 0, 1, 0, *range(1, 8)], dict.fromkeys(range(6, 14), "trend")),
        ([0, 1] * 6 + [0.9] * 7, dict.fromkeys(range(12, 19), "run")),
    ],
)
def test_each_rule_marks_its_points(values: list[float], signals: dict[int, Any]) -> None:
    found = spc.classify(values, direction="up")
    for k, names in signals.items():
        assert set([names] if isinstance(names, str) else names) <= set(found.signals[k])
    assert all(
        bool(names) == (kind != "common_cause")
        for names, kind in zip(found.signals, found.point_types, strict=True)
    )


def test_six_in_a_row_are_no_run_and_no_trend() -> None:
    found = spc.classify([1, 0] * 8 + [0.6] * 6 + [0], direction="up")
    assert not any("run" in names for names in found.signals)
    found = spc.classify([3, 1, 4, 1, 5, 1, 2, 3, 4, 5, 6, 1], direction="up")
    assert not any("trend" in names for names in found.signals)


def test_peak_of_two_trends_counts_with_the_one_that_begins() -> None:
    values = [0, 6] * 8 + [*range(7), *range(5, -1, -1)]
    found = spc.classify(values, direction="up")
    assert found.limits.upper > 6 and found.signals[22][0] == "trend"
    assert found.point_types[21] == "improvement" and found.point_types[22] == "concern"


def test_two_of_three_marks_only_the_near_ones() -> None:
    values = [5.5, 4.5] * 9 + [7.4, 5.9, 7.4] + [4.5, 5.5] * 4
    found = spc.classify(values, direction="up")
    limits = found.limits
    assert limits.near_upper < 7.4 < limits.upper and limits.centre < 5.9 < limits.near_upper
    assert [k for k, names in enumerate(found.signals) if names] == [18, 20]


def test_direction_says_which_side_is_good() -> None:
    values = [*ROUTINE, 12.0]
    said = {d: spc.classify(values, direction=d) for d in ("up", "down", "range")}
    assert said["up"].point_types[-1] == "improvement" and said["up"].variation == "improving"
    assert said["down"].point_types[-1] == "concern" and said["down"].variation == "deteriorating"
    assert said["range"].variation == "neutral_high"
    low = spc.classify([*ROUTINE, -2.0], direction="range")
    assert low.point_types[-1] == "neutral_low"


@pytest.mark.parametrize(
    ("direction", "target", "says"),
    [
        ("up", 2.0, "consistently_hits"),
        ("up", 5.0, "hit_or_miss"),
        ("up", 8.0, "consistently_misses"),
        ("down", 2.0, "consistently_misses"),
        ("down", 8.0, "consistently_hits"),
        ("range", 5.0, "none"),
        ("up", None, "none"),
    ],
)
def test_assurance(direction: Any, target: float | None, says: str) -> None:
    found = spc.classify(ROUTINE, direction=direction, target=target)
    assert 2 < found.limits.lower < 5 < found.limits.upper < 8
    assert found.assurance == says


def test_target_on_a_limit_is_hit_or_miss() -> None:
    upper = spc.classify(ROUTINE, direction="up").limits.upper
    assert spc.classify(ROUTINE, direction="up", target=upper).assurance == "hit_or_miss"


def test_rebase_starts_limits_and_rules_anew() -> None:
    values = ROUTINE + [value + 20 for value in ROUTINE]
    whole = spc.classify(values, direction="up")
    parts = spc.classify(values, direction="up", rebase=[8])
    assert whole.variation == "improving" and parts.variation == "steady"
    assert [(s.start, s.stop, s.limits.centre) for s in parts.segments] == [(0, 8, 5), (8, 16, 25)]


def test_wheelers_rules_differ() -> None:
    seven = [1, 0] * 8 + [0.9] * 7
    assert spc.classify(seven, direction="up").signals[-1] == ("run",)
    assert spc.classify(seven, direction="up", rules="wheeler").signals[-1] == ()
    eight = spc.classify([*seven, 0.9], direction="up", rules="wheeler")
    assert eight.signals[-1] == ("run",) and eight.signals[-9] == ()
    quarter = [0, 1] * 12 + [2.3, 0.4, 2.3, 2.3]
    found = spc.classify(quarter, direction="up", rules="wheeler")
    assert [found.signals[k] for k in (-4, -3, -2, -1)] == [
        ("three_of_four",),
        (),
        ("three_of_four",),
        ("three_of_four",),
    ]


def test_gaps_are_looked_through() -> None:
    values = [*ROUTINE, 12.0]
    gappy: list[float] = []
    for value in values:
        gappy += [value, math.nan]
    found, plain = spc.classify(gappy, direction="up"), spc.classify(values, direction="up")
    assert found.point_types[::2] == plain.point_types
    assert set(found.point_types[1::2]) == {None}
    assert replace(found.limits, window=9) == plain.limits
    assert (found.n, found.window, found.variation) == (9, 18, "improving")


@pytest.mark.parametrize("values", [[], [math.nan], [math.nan, math.nan]])
def test_nothing_says_nothing(values: list[float]) -> None:
    found = spc.classify(values, direction="up", target=1)
    assert found.n == 0 and found.variation == "unknown" and found.assurance == "none"
    assert found.limits.reason == "no values" and math.isnan(found.limits.centre)


def test_one_value_has_a_centre_and_no_limits() -> None:
    found = spc.classify([7.0], direction="up", target=1)
    assert found.limits.centre == 7 and math.isnan(found.limits.upper)
    assert (found.point_types, found.variation, found.assurance) == (
        ("common_cause",),
        "unknown",
        "none",
    )


def test_constant_has_limits_without_width_and_any_change_is_a_signal() -> None:
    found = spc.limits([4.0] * 9)
    assert (found.lower, found.centre, found.upper) == (4, 4, 4)
    assert found.reason == "the values do not vary"
    assert spc.classify([4.0] * 9, direction="up").variation == "steady"
    jump = spc.classify([4.0] * 30 + [5.0], direction="up")
    assert jump.variation == "improving"


@pytest.mark.parametrize(("scale", "offset"), [(1e-12, 0.0), (1e15, 0.0), (1.0, 1e9), (-1.0, 0.0)])
def test_unit_and_mirror(scale: float, offset: float) -> None:
    values = np.random.default_rng(4).integers(0, 60, 60) / 4.0
    values[30:38] += 6
    plain = spc.classify(values, direction="up")
    there = spc.classify(values * scale + offset, direction="up" if scale > 0 else "down")
    assert there.point_types == plain.point_types and there.signals == plain.signals
    assert "improvement" in plain.point_types


@settings(max_examples=60)
@given(st.lists(levels, min_size=2, max_size=60))
def test_limits_enclose_their_centre(values: list[float]) -> None:
    found = spc.limits(values, screen=True)
    ordered = [found.lower, found.near_lower, found.centre, found.near_upper, found.upper]
    assert ordered == sorted(ordered)
    assert min(values) - 1e-9 <= found.centre <= max(values) + 1e-9
    assert found.mr_bar <= spc.limits(values).mr_bar + 1e-9


def test_numerically_hard_values_have_an_exact_centre() -> None:
    for name in ("NumAcc3", "NumAcc4"):
        known = REFERENCES["numacc"][name]
        base, low, high, pairs = known["pattern"]
        values = [base] + [low, high] * int(pairs)
        assert spc.limits(values).centre == pytest.approx(
            REFERENCES["numacc"][name]["mean"], rel=2e-16
        )
        assert spc.limits(values).mr_bar == pytest.approx(0.1999, abs=1e-8)
