"""The figures that people explore are valid Plotly figures and say the same as the drawings."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.dashboards import specimens
from tests.dashboards.charts.marks import MONDAY, weekly
from web.charts import ChartData, Step, TrendLine, trend_figure, xmr_figure
from web.formats import NumberFormat

CHARTS = [specimens.calls(), specimens.process(), specimens.interrupted(), specimens.planned()]


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("data", CHARTS, ids=lambda data: data.name)
@pytest.mark.parametrize("build", [trend_figure, xmr_figure])
def test_figures_are_valid(build: Any, data: ChartData, theme: str) -> None:
    import plotly.graph_objects as go

    figure = build(data, theme=theme)
    checked = go.Figure(figure)
    assert len(checked.data) == len(figure["data"])
    assert len(json.dumps(figure)) < 20_000


def named(figure: dict[str, Any], name: str) -> dict[str, Any]:
    """The trace of a name."""
    found: dict[str, Any] = next(t for t in figure["data"] if t["name"] == name)
    return found


def test_gaps_stay_gaps() -> None:
    trace = named(trend_figure(weekly([1, None, 3])), "Calls")
    assert trace["y"] == [1, None, 3] and trace["connectgaps"] is False


def test_the_provisional_end_is_its_own_dotted_line() -> None:
    data = weekly([1, 2, 3])
    ends = (*data.points[:-1], replace(data.points[-1], provisional=True))
    figure = trend_figure(replace(data, points=ends))
    assert named(figure, "Calls")["y"] == [1, 2, None]
    dotted = named(figure, "Provisional")
    assert dotted["y"] == [2, 3] and dotted["line"]["dash"] == "dot"


def test_stepped_targets_are_stepped() -> None:
    steps = (Step(MONDAY, 5), Step(MONDAY + timedelta(weeks=1), 3))
    figure = trend_figure(weekly([1, 2, 3], target=steps, target_shape="step"))
    target = named(figure, "Target")
    assert target["line"]["shape"] == "hv"
    assert target["y"] == [5, 3, 3] and target["x"][-1] == "2026-01-19"


def test_the_fan_starts_at_the_newest_value() -> None:
    figure = trend_figure(specimens.calls())
    edges = [t for t in figure["data"] if t["name"].startswith("Forecast")]
    assert len(edges) == 5
    assert {trace["y"][0] for trace in edges} == {34.2}
    assert [t.get("fill") for t in edges] == ["none", "tonexty", "none", "tonexty", None]


def test_limits_are_shapes_and_signals_are_coloured() -> None:
    figure = xmr_figure(specimens.process())
    assert [s["type"] for s in figure["layout"]["shapes"][:4]] == ["rect", "line", "line", "line"]
    marker = named(figure, specimens.process().name)["marker"]
    assert marker["size"][12] == 10 and marker["color"][12] == "#d93e2d"
    assert marker["color"][22] == "#12946a"


def test_notes_are_numbers_with_their_text_on_hover() -> None:
    notes = trend_figure(specimens.calls())["layout"]["annotations"]
    assert (notes[0]["text"], notes[0]["hovertext"]) == ("1", "Self-service returns live")


def test_hostile_names_are_escaped() -> None:
    line = TrendLine(Step(MONDAY, 1), Step(MONDAY + timedelta(7), 2))
    figure = trend_figure(weekly([1, 2], name="<b>x</b>", trend=line))
    assert "<b>" not in json.dumps(figure)


# --- what the pointer and the axis say --------------------------------------------------------


def said(figure: dict[str, Any], name: str) -> list[str | None]:
    found = named(figure, name)
    assert found["hovertemplate"].startswith("%{customdata}") and "%{y}" not in str(figure)
    return [None if text is None else text.replace("\u00a0", " ") for text in found["customdata"]]


@pytest.mark.parametrize(
    ("fmt", "texts"),
    [
        (NumberFormat(unit="percent"), ["3,600.0 %", None, "5,405.0 %"]),
        (NumberFormat(unit="duration"), ["1 h 00 min", None, "1 h 30 min"]),
        (NumberFormat(unit="duration", unit_label="min"), ["60.0 min", None, "90.1 min"]),
        (
            NumberFormat(unit="currency", unit_label="kr", display_scale="k", locale="nb"),
            ["3 600,0 kr", None, "5 405,0 kr"],
        ),
        (NumberFormat(unit="currency", unit_label="<b>"), ["3,600.0 &lt;b&gt;"]),
    ],
)  # fmt: skip
def test_the_pointer_shows_values_as_people_write_them(
    fmt: NumberFormat, texts: list[str | None]
) -> None:
    data = weekly([3600, None, 5405], number=fmt)
    for build in (trend_figure, xmr_figure):
        assert said(build(data), "Calls")[: len(texts)] == texts


def test_every_line_says_its_value_and_name() -> None:
    ends = (Step(MONDAY, 4000), Step(MONDAY + timedelta(weeks=2), 7200))
    figure = trend_figure(
        weekly(
            [3600, 4000, 5400], number=NumberFormat(unit="duration"), target=ends,
            trend=TrendLine(*ends),
        )
    )  # fmt: skip
    assert said(figure, "Trend line") == ["1 h 07 min", "2 h 00 min"]
    assert said(figure, "Target") == ["1 h 07 min", "2 h 00 min"]
    assert named(figure, "Target")["hovertemplate"].endswith(" Target<extra></extra>")


def test_spans_of_time_are_marked_in_whole_minutes_hours_or_days() -> None:
    def marks(*values: float, **more: Any) -> list[str]:
        number = NumberFormat(unit="duration", **more)
        axis = trend_figure(weekly(list(values), number=number))["layout"]["yaxis"]
        assert axis["fixedrange"] and len(axis["tickvals"]) == len(axis["ticktext"])
        return [text.replace("\u00a0", " ") for text in axis["ticktext"]]

    assert marks(1200, 5400) == ["20 min", "40 min", "60 min", "80 min"]
    assert marks(3600, 20_000) == ["1 h", "2 h", "3 h", "4 h", "5 h"]
    assert marks(1, 12) == ["2 s", "4 s", "6 s", "8 s", "10 s", "12 s"]
    assert marks(600, 2400, unit_label="minutes")[0] == "10 minutes"


def test_other_axes_are_plotly_s_own_with_the_reader_s_marks() -> None:
    layout = trend_figure(weekly([1, 2], number=NumberFormat(unit="percent", locale="de")))[
        "layout"
    ]
    assert layout["yaxis"]["ticksuffix"] == "\u00a0%" and "tickvals" not in layout["yaxis"]
    assert layout["separators"] == ",."


def test_the_intervals_of_a_forecast_are_named_as_in_the_legend() -> None:
    names = {trace["name"] for trace in trend_figure(specimens.calls())["data"]}
    assert {"Forecast 80 %", "Forecast 95 %"} <= names and "Forecast 50 %" not in names
