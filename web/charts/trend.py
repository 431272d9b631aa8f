"""The large trend chart: line, target path, forecast fan, notes, definition breaks."""

from __future__ import annotations

from web.charts import layers
from web.charts.plot import plot_of, target_label
from web.charts.series import ChartData
from web.charts.size import WIDE, Size
from web.charts.svg import Markup, drawing
from web.formats import aim, written


def trend_chart(data: ChartData, size: Size = WIDE) -> Markup:
    """Draw the chart as SVG; without any point the target path alone."""
    label = target_label(data)
    plot = plot_of(data, size, texts=(label.text,) if label else ())
    return drawing(
        plot.head(description(data)),
        [
            *layers.grid(plot),
            *layers.time_axis(plot),
            *layers.good_side(plot),
            *layers.forecast(plot),
            *layers.breaks(plot),
            *layers.notes(plot),
            *layers.target(plot),
            *layers.fitted(plot),
            *layers.line(plot),
            *layers.last_point(plot),
            *layers.end_labels(plot),
        ],
    )


def description(data: ChartData) -> str:
    """The chart in one sentence, for screen readers."""
    measured = data.measured
    parts = []
    if measured:
        first, last = measured[0], measured[-1]
        word = "provisional " if last.provisional else ""
        parts.append(
            f"from {written(first.value, data.number)} on {first.on:%-d %B %Y} "
            f"to {word}{written(last.value, data.number)} on {last.on:%-d %B %Y}"
        )
    else:
        parts.append("no measurements yet")
    if data.target:
        comparator = {"up": "gte", "down": "lte"}.get(data.direction, "eq")
        upper = data.target_upper[-1].value if data.target_upper else None
        comparator = "between" if upper is not None else comparator
        parts.append(f"target {aim(comparator, data.target[-1].value, data.number, upper=upper)}")
    if data.forecast:
        parts.append(f"forecast {written(data.forecast[-1].median, data.number)}")
    return "; ".join(parts)
