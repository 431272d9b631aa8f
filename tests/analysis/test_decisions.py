"""decisions: the four words, their intervals, and how long to wait before asking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.arrays import Floats
from analysis.decisions import DecisionCheck, check, periods_needed
from tests.analysis.generators import gapped, noise, walk, wave

Make = Callable[[int, int], Floats]


def checks(
    make: Make, *, effect: float, expected: float, after: int = 8, before: int = 48, season: int = 1
) -> list[DecisionCheck]:
    found = []
    for seed in range(120):
        y = make(before + after, seed)
        y[before:] += effect
        found.append(check(y[:before], y[before:], expected, season=season))
    return found


def seasonal(n: int, seed: int) -> Floats:
    return noise(n, seed) + wave(n, 12)


def rising(n: int, seed: int) -> Floats:
    return noise(n, seed) + 0.1 * np.arange(n)


@pytest.mark.parametrize(
    ("make", "season"),
    [
        (noise, 1),
        (lambda n, seed: noise(n, seed, lag=0.5), 1),
        (seasonal, 12),
        (rising, 1),
        (walk, 1),
    ],
)
def test_nothing_happened(make: Make, season: int) -> None:
    words = Counter(c.word for c in checks(make, effect=0, expected=1.5, season=season))
    assert words["moved beyond limits"] <= 0.08 * 120
    assert words["moved the other way"] <= 0.08 * 120


@pytest.mark.parametrize(("make", "season"), [(noise, 1), (seasonal, 12), (rising, 1)])
def test_it_worked(make: Make, season: int) -> None:
    found = checks(make, effect=2.0, expected=2.0, season=season)
    assert np.mean([c.word == "moved beyond limits" for c in found]) >= 0.9
    assert abs(np.mean([c.effect for c in found]) - 2) < 0.15
    assert np.mean([c.lower <= 2.0 <= c.upper for c in found]) >= 0.9


def test_it_went_the_other_way() -> None:
    words = Counter(c.word for c in checks(noise, effect=-2.0, expected=2.0))
    assert words["moved the other way"] >= 100
    lower_is_better = Counter(c.word for c in checks(noise, effect=-2.0, expected=-2.0))
    assert lower_is_better["moved beyond limits"] >= 100


def test_too_early() -> None:
    found = checks(noise, effect=0.5, expected=0.8, after=3)
    words = Counter(c.word for c in found)
    assert words["too early to say"] >= 110
    one = next(c for c in found if c.word == "too early to say")
    assert one.needed is not None and one.needed > 3 and one.power < 0.8
    assert one.reason == f"3 of the {one.needed} periods needed to see the predicted effect"


def test_a_huge_effect_needs_no_patience() -> None:
    y = noise(50, 1)
    y[48:] += 15
    assert check(y[:48], y[48:], 0.8).word == "moved beyond limits"


def test_no_effect_after_long_enough() -> None:
    words = Counter(c.word for c in checks(noise, effect=0.0, expected=2.0, after=12))
    assert words["no detectable effect"] >= 105


def test_the_promised_wait_gives_the_promised_power() -> None:
    seen = []
    for seed in range(150):
        y = noise(140, seed)
        wait = periods_needed(y[:40], 1.2)
        if wait is not None:
            y[40:] += 1.2
            seen.append(check(y[:40], y[40 : 40 + wait], 1.2).word == "moved beyond limits")
    assert len(seen) >= 120
    assert 0.7 <= np.mean(seen) <= 0.93


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 300), size=st.floats(0.3, 5))
def test_larger_effects_need_no_longer(seed: int, size: float) -> None:
    values = noise(40, seed)
    small, large = periods_needed(values, size), periods_needed(values, 1.5 * size)
    assert periods_needed(values, -size) == small
    assert small is None or (large is not None and large <= small)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 300),
    scale=st.sampled_from([1e-12, 1e-3, 1e15]),
    sign=st.sampled_from([1.0, -1.0]),
)
def test_unit_and_sign_do_not_matter(seed: int, scale: float, sign: float) -> None:
    y = noise(44, seed)
    y[36:] += 1.5
    plain, scaled = (
        check(y[:36], y[36:], 1.5),
        check(y[:36] * scale * sign, y[36:] * scale * sign, 1.5 * scale * sign),
    )
    assert (plain.word, plain.needed) == (scaled.word, scaled.needed)
    assert scaled.effect == pytest.approx(plain.effect * scale * sign)


def test_a_huge_offset_keeps_the_effect() -> None:
    y = noise(44, 2)
    y[36:] += 2
    moved = check(y[:36] + 1e12, y[36:] + 1e12, 2.0)
    assert moved.effect == pytest.approx(check(y[:36], y[36:], 2.0).effect, abs=1e-3)


def test_only_the_present_level_is_compared_with() -> None:
    y = noise(90, 5)
    y[:40] += 12
    found = check(y[:80], y[80:], 2.0)
    assert found.n_before == 40
    assert found.word != "moved the other way"


def test_gaps_are_skipped() -> None:
    y = noise(60, 6)
    y[48:] += 3
    found = check(gapped(y[:48], 0.4), np.r_[np.nan, y[49:55], np.nan], 3.0)
    assert found.word == "moved beyond limits"
    assert found.n_after == 6 and found.n == found.n_before + 6


def test_without_noise_any_change_counts() -> None:
    assert check(np.full(12, 5.0), np.array([5.1]), 0.1).word == "moved beyond limits"
    assert check(np.full(12, 5.0), np.array([5.0]), 0.1).word == "no detectable effect"
    assert periods_needed(np.full(12, 5.0), 0.1) == 1


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_too_little_before(n: int) -> None:
    found = check(noise(n, 1), noise(9, 2), 1.0)
    assert found.word == "too early to say"
    assert found.reason == f"only {n} of the 6 periods needed before a decision"
    assert periods_needed(noise(n, 1), 1.0) is None


def test_nothing_after() -> None:
    found = check(noise(30, 1), np.full(4, np.nan), 1.0)
    assert found.word == "too early to say" and found.reason == "no value since the decision"


def test_too_small_to_ever_be_seen() -> None:
    found = check(noise(12, 1), noise(40, 2), 0.05)
    assert found.needed is None
    assert found.word == "no detectable effect"
    assert found.reason.startswith("the predicted effect is too small")
