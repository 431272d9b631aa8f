"""Small charts: sparkline, bullet and ring."""

from __future__ import annotations

import pytest

from tests.dashboards.charts.marks import corners, marked, parsed
from web.charts import bullet, ring, sparkline


def test_the_line_spans_the_width_and_ends_in_a_coloured_dot() -> None:
    svg = sparkline([1, 3, 2], label="x", tone="bad")
    (line,) = marked(svg, "line")
    assert corners(line) == [(1, 47), (117, 5), (233, 26)]
    (dot,) = marked(svg, "dot bad")
    assert dot.get("d") == "M233 26h.01"


def test_a_gap_interrupts_the_line() -> None:
    svg = sparkline([1, 2, None, 2, 3], label="x")
    assert [len(corners(line)) for line in marked(svg, "line")] == [2, 2]


def test_a_value_between_gaps_is_a_dot() -> None:
    assert len(marked(sparkline([1, None, 2, None, 3, 4], label="x"), "dot lone")) == 2


def test_a_gap_in_a_long_series_survives_thinning() -> None:
    values: list[float | None] = [float(i % 7) for i in range(1000)]
    values[500:520] = [None] * 20
    svg = sparkline(values, label="x")
    lines = marked(svg, "line")
    assert len(lines) == 2
    assert sum(len(corners(line)) for line in lines) <= 120


def test_the_provisional_end_is_dashed() -> None:
    svg = sparkline([1, 2, 3], label="x", provisional=True)
    (dashed,) = marked(svg, "line provisional")
    assert len(corners(dashed)) == 2
    assert corners(dashed)[-1][0] == 233


@pytest.mark.parametrize(("direction", "top", "height"), [("up", 0, 26), ("down", 26, 26)])
def test_the_good_side_of_the_target_is_tinted(direction: str, top: int, height: int) -> None:
    svg = sparkline([0, 10], label="x", target=5, direction=direction)
    (zone,) = marked(svg, "zone")
    assert (zone.get("y"), zone.get("height")) == (str(top), str(height))


def test_a_range_has_no_good_side() -> None:
    svg = sparkline([0, 10], label="x", target=5, direction="range")
    assert marked(svg, "zone") == [] and len(marked(svg, "target")) == 1


@pytest.mark.parametrize("values", [[], [None], [None, None], [5.0], [5.0, 5.0]])
def test_degenerate_series_still_draw(values: list[float | None]) -> None:
    parsed(sparkline(values, label="x", target=5))


def test_the_label_is_escaped() -> None:
    svg = sparkline([1, 2], label='"><script>alert(1)</script>')
    assert "<script" not in svg
    assert parsed(svg).get("aria-label") == '"><script>alert(1)</script>'


def test_a_sparkline_stays_small() -> None:
    svg = sparkline([float(i * 37 % 101) for i in range(1000)], label="Calls", target=50)
    assert len(svg) < 2_000


def test_the_bullet_says_both_shares() -> None:
    svg = bullet(0.58, 0.86, tone="warn")
    assert parsed(svg).get("aria-label") == "58% of the way to the target; 86% planned by now"
    (value,) = marked(svg, "value warn")
    assert value.get("width") == "58"
    assert marked(svg, "planned")[0].get("x") == "86"


@pytest.mark.parametrize(("done", "width"), [(-3.0, "1"), (0.0, "1"), (7.5, "100")])
def test_the_bullet_is_cut_at_its_ends(done: float, width: str) -> None:
    assert marked(bullet(done, None, tone="bad"), "value")[0].get("width") == width


def test_a_standing_target_has_no_plan() -> None:
    assert marked(bullet(0.5, None, tone="good"), "planned") == []


@pytest.mark.parametrize(("met", "arc"), [(0, None), (3, "path"), (7, "circle")])
def test_the_ring_closes_when_all_is_met(met: int, arc: str | None) -> None:
    found = [node.tag.split("}")[-1] for node in marked(ring(met), "arc")]
    assert found == ([arc] if arc else [])
    assert f"{met}/7" in ring(met)


def test_a_drawing_is_remembered_by_all_that_shows_in_it() -> None:
    first = sparkline([1, 2], label="a", target=1.5)
    assert sparkline((1, 2), label="a", target=1.5) is first
    others = [
        sparkline([1, 3], label="a", target=1.5),
        sparkline([1, 2], label="b", target=1.5),
        sparkline([1, 2], label="a", target=2),
        sparkline([1, 2], label="a", target=1.5, direction="down"),
        sparkline([1, 2], label="a", target=1.5, tone="good"),
        sparkline([1, 2], label="a", target=1.5, provisional=True),
    ]
    assert len({first, *others}) == 7
