"""intervals: quantiles and survival of one distribution, its growth and its tails."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import intervals
from analysis.arrays import Floats

NORMAL_975 = 1.96


def errors(seed: int, *, growth: float, origins: int = 150, horizons: int = 8) -> Floats:
    """Errors of a fractional walk as seen from many origins."""
    rng = np.random.default_rng(seed)
    steps = np.arange(1, horizons + 1)
    found = rng.normal(size=(origins, horizons)) * steps**growth
    for h in range(1, horizons):
        found[origins - h :, h] = np.nan
    return np.asarray(found, dtype=np.float64)


@pytest.mark.parametrize("growth", [0.1, 0.5, 0.9])
def test_growth_is_found(growth: float) -> None:
    found = [intervals.learn_spread(errors(seed, growth=growth)).growth for seed in range(20)]
    assert np.mean(found) == pytest.approx(growth, abs=0.1)


def test_growth_stays_within_bounds() -> None:
    assert intervals.learn_spread(errors(1, growth=3.0)).growth == 1.0
    assert intervals.learn_spread(errors(1, growth=-2.0)).growth == 0.05


def test_quantiles_are_near_normal_with_heavier_tails() -> None:
    spreads = [intervals.learn_spread(errors(seed, growth=0.3)) for seed in range(20)]
    assert np.mean([s.quantile(0.9) for s in spreads]) == pytest.approx(1.36, abs=0.12)
    assert NORMAL_975 < np.mean([s.quantile(0.975) for s in spreads]) < 2.5
    assert np.mean([s.quantile(0.995) for s in spreads]) > 3.0


def test_little_evidence_widens() -> None:
    few = [intervals.learn_spread(errors(s, growth=0.3, origins=6, horizons=2)) for s in range(40)]
    many = [intervals.learn_spread(errors(s, growth=0.3)) for s in range(40)]
    assert np.mean([s.quantile(0.975) for s in few]) > np.mean([s.quantile(0.975) for s in many])


def test_late_errors_weigh_more() -> None:
    calm = errors(1, growth=0.3)
    late, early = calm.copy(), calm.copy()
    late[-40:] *= 3
    early[:40] *= 3
    assert intervals.learn_spread(late).scale > 1.5 * intervals.learn_spread(early).scale


def test_bias_moves_both_ends() -> None:
    spread = intervals.learn_spread(errors(2, growth=0.3) + 1.5)
    assert spread.quantile(0.9) > 2.2
    assert spread.quantile(0.1) > -1.6


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 200), p=st.floats(0.02, 0.98))
def test_survival_turns_quantile_around(seed: int, p: float) -> None:
    spread = intervals.learn_spread(errors(seed, growth=0.4))
    assert spread.survival(spread.quantile(p)) == pytest.approx(1 - p, abs=0.04)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 200), origins=st.integers(2, 60), e=st.floats(-1e6, 1e6))
def test_survival_falls_and_is_never_certain(seed: int, origins: int, e: float) -> None:
    spread = intervals.learn_spread(errors(seed, growth=0.4, origins=origins, horizons=2))
    assert 0.003 <= spread.survival(e) <= 0.997
    assert spread.survival(e) >= spread.survival(e + 1)


@pytest.mark.parametrize("growth", [0.05, 0.5, 1.0])
def test_errors_of_one_path_go_together(growth: float) -> None:
    together = intervals.path_covariance(6, growth)
    np.testing.assert_allclose(np.diag(together), np.arange(1, 7) ** (2 * growth))
    assert np.linalg.eigvalsh(together).min() > -1e-9
    assert (together > 0).all()


def test_a_walk_adds_up_as_walks_do() -> None:
    ones = np.ones(5)
    assert ones @ intervals.path_covariance(5, 0.5) @ ones == pytest.approx(
        sum(k * k for k in range(6))
    )
