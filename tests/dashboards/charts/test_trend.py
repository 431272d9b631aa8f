"""The large chart: where marks lie, what is left out, and that nothing hostile gets through."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from tests.dashboards import specimens
from tests.dashboards.charts.marks import MONDAY, corners, marked, parsed, texts, weekly
from web.charts import (
    HERO,
    NARROW,
    WALL,
    WIDE,
    Break,
    ChartData,
    ForecastStep,
    Note,
    Size,
    Step,
    TrendLine,
    trend_chart,
)
from web.charts.plot import plot_of
from web.charts.series import clipped
from web.formats import NumberFormat


def test_the_line_runs_from_edge_to_edge() -> None:
    data = weekly([10, 20, 15])
    plot = plot_of(data, WIDE)
    (line,) = marked(trend_chart(data), "line")
    xs = [x for x, _ in corners(line)]
    assert xs == pytest.approx([plot.left, (plot.left + plot.right) / 2, plot.right], abs=0.1)
    highest = min(corners(line), key=lambda corner: corner[1])
    assert highest[0] == xs[1]


def test_gaps_and_definition_breaks_interrupt_the_line() -> None:
    broken = (Break(MONDAY + timedelta(weeks=6), "Definition 2"),)
    svg = trend_chart(weekly([1, 2, None, 4, 5, 6, 7, 8], breaks=broken))
    assert [len(corners(line)) for line in marked(svg, "line")] == [2, 3, 2]
    assert "Definition 2" in texts(svg, "label")


def test_the_provisional_point_is_dashed_and_hollow() -> None:
    data = weekly([1, 2, 3])
    ends = (*data.points[:-1], replace(data.points[-1], provisional=True))
    svg = trend_chart(replace(data, points=ends))
    solid, dashed = marked(svg, "line")
    assert len(corners(solid)) == 2
    assert "provisional" in dashed.get("class", "")
    assert corners(dashed)[0] == corners(solid)[-1]
    assert len(marked(svg, "last provisional")) == 1


def test_stepped_targets_hold_until_the_next_place() -> None:
    steps = (Step(MONDAY, 48), Step(MONDAY + timedelta(weeks=2), 42))
    svg = trend_chart(weekly([50, 47, 44, 43, 41], target=steps, target_shape="step"))
    places = corners(marked(svg, "target")[0])
    assert len(places) == 4
    assert places[0][1] == places[1][1] != places[2][1] == places[3][1]
    assert places[1][0] == places[2][0]


def test_a_level_target_has_the_corners_of_its_ends_alone() -> None:
    level = tuple(Step(MONDAY + timedelta(weeks=k), 48) for k in range(5))
    data = weekly([50, 47, 44, 43, 41], target=level, target_shape="step")
    svg = trend_chart(data)
    first, last = corners(marked(svg, "target")[0])
    (line,) = marked(svg, "line")
    assert [first[0], last[0]] == [corners(line)[0][0], corners(line)[-1][0]]
    assert first[1] == last[1]


def test_a_linear_target_is_cut_at_the_edge_of_the_plot() -> None:
    path = (Step(MONDAY - timedelta(10), 0.0), Step(MONDAY + timedelta(10), 20.0))
    seen = clipped(path, MONDAY, MONDAY + timedelta(5), "linear")
    assert [step.value for step in seen] == [10, 15]


def test_a_standing_target_holds_over_the_whole_plot() -> None:
    data = weekly([1, 2, 3], target=(Step(date(2020, 1, 1), 2.0),))
    plot = plot_of(data, WIDE, texts=("Target 2.0",))
    left, right = corners(marked(trend_chart(data), "target")[0])
    assert left[0] == pytest.approx(plot.left, abs=0.1)
    assert right[0] == pytest.approx(plot.right, abs=0.1)


def test_a_far_target_does_not_squeeze_the_measurements() -> None:
    data = weekly([1.0] * 21, target=(Step(MONDAY, 1), Step(MONDAY + timedelta(days=2000), 9)))
    assert data.end() == MONDAY + timedelta(days=175)
    assert max(data.values()) < 2


@pytest.mark.parametrize(("direction", "ends"), [("down", ("0", "1")), ("up", ("1", "0"))])
def test_the_good_side_fades_away_from_the_target(direction: str, ends: tuple[str, str]) -> None:
    svg = trend_chart(weekly([1, 2], direction=direction, target=(Step(MONDAY, 1.5),)))
    (gradient,) = [n for n in parsed(svg).iter() if n.tag.endswith("linearGradient")]
    assert (gradient.get("y1"), gradient.get("y2")) == ends


def test_the_forecast_starts_at_the_last_final_value() -> None:
    last = MONDAY + timedelta(weeks=2)
    fan = tuple(ForecastStep(last + timedelta(weeks=k), 3, (2, 4), (1, 5)) for k in range(1, 4))
    svg = trend_chart(weekly([1, 2, 3], forecast=fan))
    here = corners(marked(svg, "line")[0])[-1]
    wide, narrow, median = (marked(svg, c)[0] for c in ("fan-wide", "fan-narrow", "median"))
    assert corners(wide)[0] == corners(narrow)[0] == corners(median)[0] == here
    assert len(corners(wide)) == 7
    assert marked(svg, "now")[0].get("d", "").startswith(f"M{here[0]:g} ")


def test_the_view_never_ends_before_the_forecast() -> None:
    last = MONDAY + timedelta(weeks=2)
    fan = (ForecastStep(last + timedelta(weeks=1), 3, (2, 4), (1, 5)),)
    data = weekly([1, 2, 3], forecast=fan, until=last)
    assert data.end() == fan[-1].on
    assert marked(trend_chart(data), "median")


def test_notes_are_numbered_and_step_aside() -> None:
    notes = tuple(Note(MONDAY + timedelta(days=d), f"n{d}") for d in (7, 8, 9))
    svg = trend_chart(weekly([1.0] * 60, notes=notes))
    assert texts(svg, "note-number") == ["1", "2", "3"]
    xs = [float(mark.get("cx", 0)) for mark in marked(svg, "note-mark")]
    assert all(b - a >= 17 for a, b in pairwise(xs))


def test_notes_out_of_view_keep_their_number() -> None:
    notes = (Note(date(2001, 1, 1), "old"), Note(MONDAY + timedelta(7), "new"))
    assert texts(trend_chart(weekly([1, 2, 3], notes=notes)), "note-number") == ["2"]


def test_the_trend_line_is_straight() -> None:
    line = TrendLine(Step(MONDAY, 1), Step(MONDAY + timedelta(weeks=2), 3))
    (mark,) = marked(trend_chart(weekly([1, 2, 3], trend=line)), "trend")
    assert len(corners(mark)) == 2


def test_a_target_can_be_drawn_before_any_measurement() -> None:
    svg = trend_chart(specimens.planned())
    assert marked(svg, "line") == [] and len(marked(svg, "target")) == 1
    assert "no measurements yet" in parsed(svg).get("aria-label", "")


def test_the_text_for_screen_readers_says_what_happened() -> None:
    words = parsed(trend_chart(specimens.calls())).get("aria-label", "")
    assert words.startswith("Calls per 1,000 customers: from 52.9")
    assert "to 34.2\u00a0calls\u00a0per\u00a01,000 on 23 November 2026" in words
    assert "target ≤\u00a030.0" in words and "forecast 31.7" in words


def test_hostile_names_are_escaped() -> None:
    evil = '</svg><script>alert("x")</script>'
    data = weekly([1, 2], name=evil, target=(Step(MONDAY, 1),), target_label=evil)
    data = replace(
        data,
        breaks=(Break(MONDAY + timedelta(3), evil),),
        number=NumberFormat(unit_label=evil),
    )
    svg = trend_chart(data)
    assert "<script" not in svg
    assert parsed(svg).get("aria-label", "").startswith(evil)


@pytest.mark.parametrize("size", [WIDE, HERO, NARROW, WALL])
def test_every_text_lies_inside_the_drawing(size: Size) -> None:
    svg = trend_chart(specimens.calls(), size)
    for node in parsed(svg).iter():
        if node.tag.endswith("text"):
            assert 0 <= float(node.get("x", -1)) <= size.width
            assert 0 <= float(node.get("y", -1)) <= size.height


@pytest.mark.parametrize("values", [[], [None], [5.0], [5.0, 5.0], [0.0, 0.0], [1e-9, 2e-9]])
def test_degenerate_series_still_draw(values: list[float | None]) -> None:
    parsed(trend_chart(weekly(values)))


def test_drawings_carry_no_style_attributes_and_stay_small() -> None:
    for data in (specimens.calls(), specimens.process(), specimens.interrupted()):
        for size in (WIDE, NARROW):
            svg = trend_chart(data, size)
            assert "style=" not in svg
            assert len(svg) < 8_000


def test_the_marks_print_unescaped_in_templates() -> None:
    svg = trend_chart(ChartData(name="x", points=()))
    assert svg.__html__() == svg
