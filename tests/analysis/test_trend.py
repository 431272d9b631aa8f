"""The trend line: certified figures, what may be claimed, and how often it claims wrongly."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import trend
from analysis.arrays import Floats
from tests.analysis.build import DATA

REFERENCES = json.loads((DATA / "statistical_references.json").read_text())
CERTIFIED = REFERENCES["norris"]["certified"]
RISING = np.arange(40) * 0.5 + np.tile([0.0, 1.0, -1.0, 0.5], 10)


def digits(found: float, known: float) -> float:
    return 16.0 if found == known else -math.log10(abs(found - known) / abs(known))


@pytest.mark.parametrize("figure", CERTIFIED)
def test_norris_to_twelve_digits(figure: str) -> None:
    norris = REFERENCES["norris"]
    assert digits(trend.reference(norris["x"], norris["y"])[figure], CERTIFIED[figure]) >= 12


def test_norris_shifted_far_away_keeps_its_slope() -> None:
    norris = REFERENCES["norris"]
    far = trend.reference(norris["x"], [y + 2**40 for y in norris["y"]])
    assert digits(far["slope"], CERTIFIED["slope"]) >= 6
    assert far["resid_sd"] == pytest.approx(CERTIFIED["resid_sd"], rel=1e-4)


@pytest.mark.parametrize("name", ["nile", "airpassengers"])
def test_mann_kendall_and_sen_agree_with_scipy_and_pymannkendall(name: str) -> None:
    values, known = REFERENCES["mk_series"][name], REFERENCES["mk_ref"][name]
    found = trend.reference(range(len(values)), values)
    for ours, theirs in [
        ("mk_s", "s"),
        ("mk_var", "var_s"),
        ("mk_z", "z"),
        ("mk_p", "p"),
        ("sen_slope", "sen"),
    ]:
        assert found[ours] == pytest.approx(known[theirs], abs=1e-9), ours


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=4, max_size=30).filter(lambda v: len(set(v)) > 1))
def test_reference_agrees_with_pymannkendall(values: list[int]) -> None:
    import pymannkendall

    known = pymannkendall.original_test(values)
    found = trend.reference(range(len(values)), values)
    assert found["mk_s"] == known.s
    assert found["mk_var"] == pytest.approx(known.var_s, abs=1e-9)
    assert found["mk_z"] == pytest.approx(known.z, abs=1e-9)
    assert found["sen_slope"] == pytest.approx(known.slope, abs=1e-9)


def test_reference_of_too_little_is_unknown() -> None:
    for t, y in [([], []), ([1.0], [2.0]), ([1.0, 1.0], [2.0, 3.0])]:
        assert math.isnan(trend.reference(t, y)["slope"])
    assert math.isnan(trend.reference([0, 1], [1, 2])["slope_se"])
    assert trend.reference([0, 1, 2], [5, 5, 5])["mk_z"] == 0
    assert math.isnan(trend.reference([0, 1, 2], [5, 5, 5])["r2"])


def test_reference_leaves_out_what_is_not_a_number() -> None:
    found = trend.reference([0, 1, 2, 3], [1, 3, math.nan, 7])
    assert found["slope"] == 2 and found["sen_slope"] == 2


def test_rising_line() -> None:
    found = trend.fit(RISING)
    assert found.direction == 1 and found.word() == "rising" and found.p < 0.001
    assert found.slope == pytest.approx(0.5, abs=0.03)
    assert found.slope_low < 0.5 < found.slope_high
    assert found.n == 40 and len(found.line) == 40 and "Sen" in found.method
    steps = np.diff(found.line)
    assert steps == pytest.approx(np.full(39, found.slope))
    assert np.median(RISING - np.array(found.line)) == pytest.approx(0, abs=1e-9)


def test_meaningful_change_decides_between_rising_and_flat() -> None:
    found = trend.fit(RISING)
    assert found.change() == pytest.approx(19.5, abs=1)
    assert found.word(15) == "rising"
    assert found.word(21) == "unknown" or found.slope_high * 39 <= 21
    assert found.word(40) == "flat"


def test_flat_needs_evidence_too() -> None:
    noise = np.random.default_rng(3).normal(size=10)
    assert trend.fit(noise).word(0.1) == "unknown"
    assert trend.fit(noise).word(50) == "flat"


def test_below_eight_points_there_is_a_line_and_no_claim() -> None:
    found = trend.fit([1, 2, 3, 4, 5, 6, 7])
    assert found.slope == 1 and list(found.line) == [1, 2, 3, 4, 5, 6, 7]
    assert found.direction == 0 and found.word(1000) == "unknown"
    assert found.reason == "a line through 7 values; a trend needs 8"


@pytest.mark.parametrize(
    ("values", "n", "reason"),
    [
        ([], 0, "no values"),
        ([math.nan] * 4, 0, "no values"),
        ([3.0], 1, "one value has no trend"),
        ([math.nan, 3.0, math.inf], 1, "one value has no trend"),
    ],
)
def test_declines_in_words(values: list[float], n: int, reason: str) -> None:
    found = trend.fit(values)
    assert (found.n, found.direction, found.reason) == (n, 0, reason)
    assert math.isnan(found.slope) and len(found.line) == len(values)
    assert found.word() == "unknown"


def test_constant_is_flat() -> None:
    found = trend.fit([5.0] * 12)
    assert found.slope == 0 and found.direction == 0 and found.word() == "flat"
    assert found.reason == "the values do not vary"


@pytest.mark.parametrize("hole", [slice(10, 11), slice(2, 40, 2), np.r_[1:14, 20:32]])
def test_gaps_are_missing_not_zero(hole: slice | np.ndarray) -> None:
    values = RISING.copy()
    values[hole] = math.nan
    found = trend.fit(values)
    assert found.n == np.isfinite(values).sum()
    assert found.slope == pytest.approx(0.5, abs=0.06) and found.direction == 1


@pytest.mark.parametrize("scale", [1e-12, 1e15, -3.0])
@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_unit_and_mirror(scale: float, offset: float) -> None:
    plain = trend.fit(RISING)
    there = trend.fit((RISING + offset) * scale)
    assert there.slope == pytest.approx(plain.slope * scale, rel=1e-9)
    assert there.p == pytest.approx(plain.p, rel=1e-6)
    assert there.direction == plain.direction * math.copysign(1, scale)


def test_noise_on_a_huge_offset_is_seen() -> None:
    found = trend.fit(RISING + 1e12)
    assert found.slope == pytest.approx(0.5, abs=0.03) and found.direction == 1


def test_one_wild_value_turns_nothing() -> None:
    values = RISING.copy()
    values[20] = -1e9
    assert trend.fit(values).slope == pytest.approx(trend.fit(RISING).slope, abs=0.05)


def test_season_is_not_a_trend() -> None:
    season = np.tile([0, 1, 2, 3, 4, -8, -9.0], 9)[:60]
    noise = np.random.default_rng(8).normal(size=60)
    assert trend.fit(season + noise, season=7).direction == 0
    assert trend.fit(season + noise + 0.1 * np.arange(60), season=7).slope == pytest.approx(
        0.1, abs=0.03
    )


def test_line_belongs_to_the_regime_after_a_shift() -> None:
    noise = np.random.default_rng(1).normal(size=60)
    found = trend.fit(np.r_[noise[:40], 30 + noise[40:]])
    assert found.start == 40 and found.direction == 0
    assert all(math.isnan(y) for y in found.line[:40]) and found.line[-1] == pytest.approx(
        30, abs=1.5
    )


def test_only_the_newest_points_count() -> None:
    found = trend.fit(np.r_[np.arange(900, 0, -1.0), np.arange(500.0)])
    assert found.n <= trend.WINDOW and found.stop == 1400 and found.slope == 1


def walk(rng: np.random.Generator, n: int, rho: float) -> Floats:
    noise = rng.normal(size=n + 40)
    values = np.zeros(n + 40)
    for k in range(1, n + 40):
        values[k] = rho * values[k - 1] + noise[k]
    return values[40:]


@pytest.mark.parametrize(("rho", "most"), [(0.0, 0.08), (0.3, 0.12), (0.6, 0.14), (0.8, 0.14)])
def test_trendless_data_rarely_get_a_direction(rho: float, most: float) -> None:
    """Seeded and small: the tables of ``make validate`` are the real measure."""
    rng = np.random.default_rng(20)
    sizes = [12, 24, 60, 120] * 25
    claims = sum(trend.fit(walk(rng, n, rho)).direction != 0 for n in sizes)
    assert claims / len(sizes) <= most


def test_weak_trends_are_found() -> None:
    rng = np.random.default_rng(21)
    found = [trend.fit(rng.normal(size=60) + 0.03 * np.arange(60)).direction for _ in range(60)]
    assert sum(direction == 1 for direction in found) >= 54
