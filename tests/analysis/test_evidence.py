"""evidence: what is claimed about unrelated series, what is found in related ones."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.arrays import Floats
from analysis.evidence import ladder, lead_lag
from tests.analysis.build import DATA
from tests.analysis.generators import gapped, noise, walk, wave


def stepped(n: int, seed: int) -> Floats:
    y = noise(n, seed)
    y[np.random.default_rng(seed + 10_000).integers(n // 4, 3 * n // 4) :] += 3
    return y


UNRELATED: dict[str, tuple[Callable[[int, int], Floats], int]] = {
    "white": (noise, 1),
    "correlated": (lambda n, seed: noise(n, seed, lag=0.8), 1),
    "walks": (walk, 1),
    "drifting walks": (lambda n, seed: walk(n, seed, drift=0.3), 1),
    "trends": (lambda n, seed: noise(n, seed) + 0.05 * np.arange(n), 1),
    "seasons": (lambda n, seed: noise(n, seed) + wave(n, 7), 7),
    "shifts": (stepped, 1),
}


@pytest.mark.parametrize("kind", UNRELATED)
@pytest.mark.parametrize("n", [30, 104])
def test_unrelated_series_are_hardly_ever_claimed(kind: str, n: int) -> None:
    make, season = UNRELATED[kind]
    claims = [
        lead_lag(make(n, 2 * seed), make(n, 2 * seed + 1), season=season).claim
        for seed in range(80)
    ]
    assert np.mean(claims) <= 0.125


def led(n: int, seed: int, lag: int, *, r: float = 0.5) -> tuple[Floats, Floats]:
    cause, own = noise(n + 20, seed), noise(n + 20, seed + 5_000)
    effect = r * np.roll(cause, lag) + np.sqrt(1 - r * r) * own
    return cause[10:-10], effect[10:-10]


@pytest.mark.parametrize(("n", "at_least"), [(52, 0.62), (104, 0.92)])
def test_finds_the_right_lag(n: int, at_least: float) -> None:
    found = [(lag, lead_lag(*led(n, seed, lag))) for seed in range(120) for lag in (seed % 7 - 3,)]
    assert np.mean([f.claim and f.lag == lag for lag, f in found]) >= at_least


def test_box_jenkins_series_m_leads_by_three() -> None:
    series = json.loads((DATA / "box_jenkins_series_m.json").read_text())
    lead, sales = np.array(series["lead"]), np.array(series["sales"])
    found = lead_lag(lead, sales)
    assert (found.lag, found.claim) == (3, True)
    assert found.reason == "moved together, X first by 3 periods; not proof of cause"
    assert lead_lag(sales, lead).lag == -3


def test_wandering_together_is_not_enough() -> None:
    claims = [lead_lag(10 * walk(150, seed), walk(150, seed + 999)).claim for seed in range(40)]
    assert sum(claims) <= 5


def test_one_half_alone_is_not_claimed() -> None:
    x, own = noise(120, 1), noise(120, 2)
    y = own.copy()
    y[60:] = x[60:] + 0.3 * own[60:]
    found = lead_lag(x, y)
    assert found.p < 0.001 and not found.claim
    assert found.reason == "no relation found; not the same in both halves"


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 200), lag=st.integers(-5, 5))
def test_exchanging_the_two_turns_the_lag(seed: int, lag: int) -> None:
    x, y = led(80, seed, lag, r=0.9)
    there, back = lead_lag(x, y), lead_lag(y, x)
    assert (there.lag, there.claim) == (lag, True)
    assert back.lag == -lag
    assert back.r == pytest.approx(there.r)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 200), scale=st.sampled_from([1e-12, 1e15]))
def test_units_do_not_matter(seed: int, scale: float) -> None:
    x, y = led(60, seed, 2)
    plain, scaled = lead_lag(x, y), lead_lag(x * scale, y * scale + 3 * scale)
    assert (plain.lag, plain.claim) == (scaled.lag, scaled.claim)
    assert plain.r == pytest.approx(scaled.r)


def test_opposite_movement_is_a_relation() -> None:
    x, y = led(104, 1, 2, r=0.8)
    found = lead_lag(x, -y)
    assert found.claim and found.lag == 2 and found.r < -0.5


def test_in_the_same_period() -> None:
    x, y = led(104, 1, 0, r=0.9)
    assert lead_lag(x, y).reason == "moved together in the same period; not proof of cause"


@pytest.mark.parametrize("n", [0, 1, 2, 25])
def test_too_few_pairs(n: int) -> None:
    x, y = led(60, 3, 1, r=0.99)
    found = lead_lag(x[:n], y[:n])
    assert not found.claim and found.n == n
    assert found.reason == f"not enough data: {n} pairs, 26 needed"


def test_gaps() -> None:
    x, y = led(150, 3, 2, r=0.9)
    found = lead_lag(gapped(x, 0.15, 1), gapped(y, 0.15, 2))
    assert found.lag == 2 and found.claim and found.n < 130
    hollow = lead_lag(gapped(x[:60], 0.6, 1), y[:60])
    assert not hollow.claim and hollow.reason.startswith("not enough data")


def test_constant() -> None:
    found = lead_lag(np.full(60, 3.0), noise(60, 1))
    assert not found.claim and found.reason == "not enough data: x hardly ever changes"


def test_grids_must_agree() -> None:
    with pytest.raises(ValueError, match="one grid"):
        lead_lag(noise(30, 1), noise(31, 1))


def test_many_rungs_are_asked_for_more() -> None:
    weak = next(
        pair
        for pair in (led(60, seed, 1, r=0.45) for seed in range(200))
        if 0.02 < lead_lag(*pair).p < 0.05
    )
    assert ladder([weak])[0].claim
    idle = [(noise(60, 2 * s + 1_000), noise(60, 2 * s + 1_001)) for s in range(12)]
    among = ladder([weak, *idle])
    assert not among[0].claim
    assert among[0].reason == "no relation found (among so many rungs)"
    assert ladder([led(104, 1, 2, r=0.9), *idle])[0].claim
    assert ladder([]) == []
