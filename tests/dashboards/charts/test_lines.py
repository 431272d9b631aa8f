"""Gaps stay gaps and extremes survive thinning."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from web.charts.plot import EndLabel, spread
from web.charts.svg import path, pixel, runs, thinned


def test_coordinates_are_short() -> None:
    assert [pixel(v) for v in (3, 3.04, 3.06, -0.01, 10.0, 100.25)] == [
        "3",
        "3",
        "3.1",
        "0",
        "10",
        "100.2",
    ]
    assert path([(0, 1), (2.5, 3)]) == "M0 1L2.5 3"


def test_runs_end_at_gaps() -> None:
    assert runs([None, 1, 2, None, None, 3]) == [[1, 2], [3]]
    assert runs([None, None]) == []


def test_short_series_are_drawn_whole() -> None:
    assert thinned([1.0] * 120, 120) == list(range(120))


def test_a_lone_spike_and_a_lone_dip_survive() -> None:
    values: list[float | None] = [random.Random(1).uniform(10, 11) for _ in range(1000)]
    values[371], values[655] = 99.0, -40.0
    kept = thinned(values, 120)
    assert len(kept) <= 120
    assert {371, 655, 0, 999} <= set(kept)


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=200, max_size=600))
def test_lowest_and_highest_always_survive(values: list[float | None]) -> None:
    kept = thinned(values, 120)
    known = [value for value in values if value is not None]
    shown = [value for index in kept if (value := values[index]) is not None]
    assert kept == sorted(set(kept)) and len(kept) <= 121
    if known:
        assert (min(shown), max(shown)) == (min(known), max(known))


def test_labels_keep_fifteen_pixels_apart() -> None:
    close = [EndLabel(100, "a"), EndLabel(101, "b"), EndLabel(99, "c"), EndLabel(200, "d")]
    placed = spread(close, top=10, bottom=300)
    assert [label.text for label in placed] == ["c", "a", "b", "d"]
    gaps = [b.y - a.y for a, b in pairwise(placed)]
    assert min(gaps) >= 15
    assert placed[-1].y == 200


def test_labels_at_the_bottom_move_up() -> None:
    placed = spread([EndLabel(298, "a"), EndLabel(299, "b")], top=10, bottom=300)
    assert [label.y for label in placed] == [285, 300]


@given(st.lists(st.floats(-50, 500), min_size=1, max_size=6))
def test_labels_never_touch(places: list[float]) -> None:
    placed = spread([EndLabel(y, str(y)) for y in places], top=10, bottom=300)
    assert all(b.y - a.y >= 14.999 for a, b in pairwise(placed))
    assert placed[-1].y <= 300
