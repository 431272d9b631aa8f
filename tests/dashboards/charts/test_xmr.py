"""Process behaviour charts: limits, signals and moving ranges."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.dashboards import specimens
from tests.dashboards.charts.marks import MONDAY, marked, parsed, texts, weekly
from web.charts import NARROW, WIDE, Break, Limits, Step, moving_range_chart, xmr_chart
from web.charts.large import moving_ranges
from web.charts.plot import plot_of


def test_limits_and_mean_are_drawn_and_named() -> None:
    svg = xmr_chart(specimens.process())
    assert len(marked(svg, "limit")) == 2 and len(marked(svg, "mean")) == 1
    assert set(texts(svg, "label")) == {
        "Upper limit 38.3",
        "Mean 36.6",
        "Lower limit 34.9",
        "Target 30.0",
    }


def test_narrow_labels_are_shorter_and_kept_apart() -> None:
    svg = xmr_chart(specimens.process(), NARROW)
    assert "Upper 38.3" in texts(svg, "label")
    ys = sorted(float(node.get("y", 0)) for node in marked(svg, "label"))
    assert all(b - a >= 14.9 for a, b in pairwise(ys))


def test_signals_are_coloured_by_what_they_mean() -> None:
    svg = xmr_chart(specimens.process())
    assert len(marked(svg, "signal bad")) == 1
    assert len(marked(svg, "signal good")) == 7
    assert len(marked(svg, "point")) == 30 - 8
    assert "1 signal for worse; 7 signals for better" in parsed(svg).get("aria-label", "")


def test_each_stretch_has_its_own_limits() -> None:
    change = MONDAY + timedelta(weeks=3)
    stretches = (Limits(MONDAY, change, 2, 1, 3), Limits(change, None, 7, 6, 8, 6.3, 7.7))
    data = weekly([2, 2, 2, 7, 7, 7], limits=stretches)
    svg = xmr_chart(data)
    assert len(marked(svg, "mean")) == 2
    assert len(marked(svg, "limit near")) == 2
    plot = plot_of(data, WIDE, texts=("Upper limit 8.0",))
    first, second = (mark.get("d", "") for mark in marked(svg, "mean"))
    assert float(first.split("H")[1]) == pytest.approx(plot.across(change), abs=0.1)
    assert float(second.split("H")[1]) == pytest.approx(plot.right, abs=0.1)


def test_moving_ranges_skip_gaps_and_breaks() -> None:
    broken = (Break(MONDAY + timedelta(weeks=5), "2"),)
    data = weekly([1, 4, None, 2, 3, 9], breaks=broken)
    assert [point.value for point in moving_ranges(data)] == [None, 3, None, None, 1, None]


def test_the_moving_range_limit_is_a_multiple_of_the_mean() -> None:
    svg = moving_range_chart(weekly([1, 2, 1, 2, 1]))
    assert texts(svg, "label strong") == ["Limit 3.3"]
    assert marked(svg, "line ink")


def test_both_charts_share_their_time_axis() -> None:
    data = specimens.process()
    above = [float(m.get("cx", 0)) for m in marked(xmr_chart(data), "last")]
    below = [float(m.get("cx", 0)) for m in marked(moving_range_chart(data), "point")]
    assert below[-1] == pytest.approx(above[-1], abs=16)


def test_without_limits_only_the_values_are_drawn() -> None:
    svg = xmr_chart(replace(specimens.process(), limits=()))
    assert marked(svg, "limit") == [] and marked(svg, "line")


def test_few_values_draw_without_a_limit() -> None:
    assert texts(moving_range_chart(weekly([None])), "label") == []
    parsed(moving_range_chart(weekly([1.0], target=(Step(MONDAY, 3),))))
