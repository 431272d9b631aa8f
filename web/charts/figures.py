"""The same charts as Plotly figures: plain dictionaries, so that no page needs Plotly to answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from typing import Any, Literal

from web.charts.scales import nice_ticks, padded
from web.charts.series import ChartData, Step, clipped
from web.formats import NumberFormat, axis, axis_unit, plain, unit_text, written

Theme = Literal["light", "dark"]
Figure = dict[str, Any]

COLOURS: dict[Theme, dict[str, str]] = {
    "light": {
        "ink": "#12151c",
        "soft": "#3d4452",
        "muted": "#5d6473",
        "grid": "#eceef2",
        "line": "#c9ced7",
        "surface": "#ffffff",
        "accent": "#2b50d4",
        "wide": "rgba(43,80,212,.10)",
        "narrow": "rgba(43,80,212,.16)",
        "band": "rgba(93,100,115,.06)",
        "good": "#12946a",
        "good_area": "rgba(18,148,106,.10)",
        "bad": "#d93e2d",
    },
    "dark": {
        "ink": "#eef0f4",
        "soft": "#c3c9d4",
        "muted": "#98a1b0",
        "grid": "#20252d",
        "line": "#3a414e",
        "surface": "#14171d",
        "accent": "#8ba6ff",
        "wide": "rgba(139,166,255,.10)",
        "narrow": "rgba(139,166,255,.16)",
        "band": "rgba(152,161,176,.06)",
        "good": "#4fd1a1",
        "good_area": "rgba(79,209,161,.10)",
        "bad": "#ff8a78",
    },
}


def trend_figure(data: ChartData, *, theme: Theme = "light") -> Figure:
    """The trend chart to zoom and hover: line, target, fan, trend, notes, breaks."""
    colours = COLOURS[theme]
    traces = [*_fan(data, colours), *_aims(data, colours), *_trend(data, colours)]
    return {
        "data": [*traces, *_values(data, colours, mode="lines")],
        "layout": _layout(data, colours, shapes=[]),
    }


def xmr_figure(data: ChartData, *, theme: Theme = "light") -> Figure:
    """The process behaviour chart to zoom and hover: limits as shapes, signals in colour."""
    colours = COLOURS[theme]
    return {
        "data": [*_aims(data, colours), *_values(data, colours, mode="lines+markers")],
        "layout": _layout(data, colours, shapes=_limits(data, colours)),
    }


def _values(data: ChartData, colours: dict[str, str], *, mode: str) -> list[Figure]:
    """Final values as a line with gaps; the provisional end dashed from the last final value."""
    final = [None if p.provisional else p.value for p in data.points]
    tone = {"": colours["accent"], "improvement": colours["good"], "concern": colours["bad"]}
    trace = {
        "type": "scatter",
        "name": escape(data.name),
        "mode": mode,
        "x": _days(p.on for p in data.points),
        "y": final,
        "connectgaps": False,
        "line": {"color": colours["accent"], "width": 2.25},
        **hover(data.number, final),
    }
    if "markers" in mode:
        trace["marker"] = {
            "color": [tone[p.variation] for p in data.points],
            "size": [10 if p.variation else 5 for p in data.points],
            "opacity": 1,
            "line": {"color": colours["surface"], "width": 1},
        }
    return [trace, *_provisional(data, colours)]


def _provisional(data: ChartData, colours: dict[str, str]) -> list[Figure]:
    measured = data.measured
    if not measured or not measured[-1].provisional:
        return []
    end = measured[-2:]
    return [
        {
            "type": "scatter",
            "name": "Provisional",
            "mode": "lines+markers",
            "x": _days(p.on for p in end),
            "y": [p.value for p in end],
            **hover(data.number, [p.value for p in end], "provisional"),
            "line": {"color": colours["accent"], "width": 2.25, "dash": "dot"},
            "marker": {"color": colours["surface"], "size": [0, 9][-len(end) :]},
        }
    ]


def _aims(data: ChartData, colours: dict[str, str]) -> list[Figure]:
    shape = "hv" if data.target_shape == "step" else "linear"
    traces = []
    for steps, name in ((data.target, data.target_label), (data.target_upper, "Upper end")):
        seen = clipped(steps, data.start(), data.end(), data.target_shape)
        if seen and data.target_shape == "step" and seen[-1].on < data.end():
            seen.append(Step(data.end(), seen[-1].value))
        if seen:
            traces.append(
                {
                    "type": "scatter",
                    "name": escape(name),
                    "mode": "lines",
                    "x": _days(step.on for step in seen),
                    "y": [step.value for step in seen],
                    **hover(data.number, [step.value for step in seen], name),
                    "line": {
                        "color": colours["soft"],
                        "width": 1.5,
                        "dash": "dot",
                        "shape": shape,
                    },
                }
            )
    if len(traces) == 2:
        traces[1] |= {"fill": "tonexty", "fillcolor": colours["good_area"]}
    return traces


def _trend(data: ChartData, colours: dict[str, str]) -> list[Figure]:
    if data.trend is None:
        return []
    ends = (data.trend.start, data.trend.end)
    return [
        {
            "type": "scatter",
            "name": "Trend line",
            "mode": "lines",
            "x": _days(step.on for step in ends),
            "y": [step.value for step in ends],
            **hover(data.number, [step.value for step in ends], "trend line"),
            "line": {"color": colours["soft"], "width": 1.25},
        }
    ]


def _fan(data: ChartData, colours: dict[str, str]) -> list[Figure]:
    """Each interval is an invisible lower edge and an upper edge filled down to it."""
    final = [p for p in data.measured if not p.provisional]
    if not data.forecast or not final:
        return []
    here = final[-1]
    days = _days([here.on, *(step.on for step in data.forecast)])
    traces: list[Figure] = []
    for name, key in (("95 %", "wide"), ("80 %", "narrow")):
        bounds = [getattr(step, key) for step in data.forecast]
        for index, fill in ((0, "none"), (1, "tonexty")):
            traces.append(
                {
                    "type": "scatter",
                    "name": f"Forecast {name}",
                    "mode": "lines",
                    "x": days,
                    "y": [here.value, *(bound[index] for bound in bounds)],
                    "line": {"width": 0},
                    "fill": fill,
                    "fillcolor": colours[key],
                    "hoverinfo": "skip",
                    "showlegend": False,
                }
            )
    median = [here.value, *(step.median for step in data.forecast)]
    line = {"color": colours["accent"], "width": 1.75, "dash": "dot"}
    return [
        *traces,
        {
            "type": "scatter",
            "name": "Forecast",
            "mode": "lines",
            "x": days,
            "y": median,
            **hover(data.number, median, "forecast"),
            "line": line,
        },
    ]


def _limits(data: ChartData, colours: dict[str, str]) -> list[Figure]:
    """Band, limits and mean of every stretch as shapes below the line."""
    shapes: list[Figure] = []
    for limits in data.limits:
        ends = {
            "x0": limits.since.isoformat(),
            "x1": (limits.until or data.end()).isoformat(),
            "layer": "below",
        }
        band = {"type": "rect", "y0": limits.lower, "y1": limits.upper, "line": {"width": 0}}
        shapes.append({**band, **ends, "fillcolor": colours["band"]})
        for value, dash in (
            (limits.upper, "dash"),
            (limits.centre, "solid"),
            (limits.lower, "dash"),
        ):
            line = {"color": colours["muted"], "width": 1, "dash": dash}
            shapes.append({"type": "line", "y0": value, "y1": value, "line": line, **ends})
    return shapes


def _layout(data: ChartData, colours: dict[str, str], *, shapes: list[Figure]) -> Figure:
    axis_look = {
        "gridcolor": colours["grid"],
        "linecolor": colours["line"],
        "tickfont": {"color": colours["muted"], "size": 11.5},
        "zeroline": False,
    }
    return {
        "font": {"family": "Inter Variable, system-ui, sans-serif", "color": colours["ink"]},
        "paper_bgcolor": colours["surface"],
        "plot_bgcolor": colours["surface"],
        "margin": {"l": 48, "r": 16, "t": 28, "b": 32},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": colours["surface"], "bordercolor": colours["line"]},
        "showlegend": False,
        "dragmode": "zoom",
        "xaxis": {**axis_look, "showgrid": False, "type": "date", "hoverformat": "%-d %b %Y"},
        "yaxis": {**axis_look, **ticks(data)},
        "separators": separators(data.number),
        "shapes": [*shapes, *_verticals(data, colours)],
        "annotations": _annotations(data, colours),
    }


def hover(fmt: NumberFormat, values: Sequence[float | None], name: str = "") -> Figure:
    """What the pointer shows: each value as people write it, never the raw number."""
    texts = [None if value is None else escape(written(value, fmt, full=True)) for value in values]
    said = f" {escape(name)}" if name else ""
    return {"customdata": texts, "hovertemplate": f"%{{customdata}}{said}<extra></extra>"}


def ticks(data: ChartData) -> Figure:
    """The marks of the value axis.

    Seconds read as minutes, hours or days, so that those are fixed and the axis is not stretched;
    everything else is left to Plotly, which marks anew what is in view.
    """
    number = data.number
    if number.unit != "duration":
        percent = number.unit == "percent"
        return {"ticksuffix": "\u00a0%"} if percent else {"exponentformat": "SI"}
    low, high = padded(list(data.values()))
    largest = max(abs(low), abs(high))
    unit = axis_unit(number, largest=largest)
    marks, step = nice_ticks(low, high, 5, unit=unit)
    suffix = f"\u00a0{unit_text(number)}" if number.unit_label else ""
    return {
        "tickmode": "array",
        "tickvals": marks,
        "ticktext": [axis(mark, number, step=step, largest=largest) + suffix for mark in marks],
        "range": [low, high],
        "fixedrange": True,
    }


def separators(fmt: NumberFormat) -> str:
    """The decimal and the group mark of the reader's language, as Plotly takes them."""
    written_thousand = plain(1000.5, 1, locale=fmt.locale)
    return written_thousand[-2] + written_thousand[1]


def _verticals(data: ChartData, colours: dict[str, str]) -> list[Figure]:
    marks = [(note.on, "dot") for note in data.notes] + [(b.on, "dash") for b in data.breaks]
    return [
        {
            "type": "line",
            "x0": on.isoformat(),
            "x1": on.isoformat(),
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": colours["line"], "width": 1, "dash": dash},
        }
        for on, dash in marks
    ]


def _annotations(data: ChartData, colours: dict[str, str]) -> list[Figure]:
    """Notes as their numbers, the text on hover; breaks with their name."""
    notes = [(n.on, str(k), n.text) for k, n in enumerate(data.notes, 1)]
    texts = notes + [(entry.on, entry.text, entry.text) for entry in data.breaks]
    return [
        {
            "x": on.isoformat(),
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "text": escape(text),
            "hovertext": escape(hover),
            "showarrow": False,
            "font": {"size": 11, "color": colours["soft"]},
            "bordercolor": colours["line"],
            "borderpad": 2,
        }
        for on, text, hover in texts
    ]


def _days(days: Iterable[date]) -> list[str]:
    return [day.isoformat() for day in days]
