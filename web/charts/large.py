"""Large charts: the trend, the process behaviour chart, and the moving range below it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from web.charts import layers
from web.charts.plot import EndLabel, Plot, plot_of, target_label
from web.charts.series import WIDE, ChartData, Limits, Point, Size, Step
from web.charts.svg import Markup, drawing, pixel
from web.formats import aim, figure, written


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


RANGE_LIMIT = 3.268
RANGE_HEIGHT = 92


def xmr_chart(data: ChartData, size: Size = WIDE) -> Markup:
    """Draw points, limits of every stretch and signals coloured by what they mean."""
    labels = _limit_labels(data, size)
    aimed = target_label(data)
    texts = (*(label.text for label in labels), *((aimed.text,) if aimed else ()))
    plot = plot_of(replace(data, forecast=(), trend=None), size, texts=texts)
    placed = [replace(label, y=plot.y(label.y)) for label in labels]
    return drawing(
        plot.head(_described(data)),
        [
            *layers.grid(plot),
            *layers.time_axis(plot),
            *_bands(plot),
            *layers.good_side(plot),
            *layers.breaks(plot),
            *layers.notes(plot),
            *layers.target(plot),
            *layers.line(plot),
            *_points(plot),
            *layers.last_point(plot),
            *layers.end_labels(plot, placed),
        ],
    )


def moving_range_chart(data: ChartData, size: Size = WIDE) -> Markup:
    """Draw the difference of each value to the one before, with its upper limit."""
    ranges = moving_ranges(data)
    known = [point.value for point in ranges if point.value is not None]
    limit = RANGE_LIMIT * sum(known) / len(known) if known else 0.0
    days = (data.start(), data.end())
    small = replace(
        data,
        name=f"{data.name}, moving range",
        points=tuple(ranges),
        target=(Step(days[0], limit),) if known else (),
        target_upper=(),
        target_label="Limit",
        direction="range",
        limits=(),
        forecast=(),
        trend=None,
        notes=(),
        breaks=(),
        until=days[1],
    )
    wide = _limit_labels(data, size)
    aimed = target_label(data)
    texts = (*(label.text for label in wide), *((aimed.text,) if aimed else ()))
    low = replace(size, height=RANGE_HEIGHT, css_class="")
    plot = plot_of(small, low, texts=texts or ("Limit",), low=0.0, minor=True)
    marks = [mark.replace('class="line"', 'class="line ink"') for mark in layers.line(plot)]
    return drawing(
        plot.head(f"differences from period to period, upper limit {figure(limit, data.number)}"),
        [
            *layers.grid(plot),
            *layers.target(plot),
            *marks,
            *_dots(plot, "point ink", 2),
            *layers.end_labels(plot),
        ],
    )


def moving_ranges(data: ChartData) -> list[Point]:
    """The absolute differences of neighbours; none after a gap and at a definition break."""
    starts = [entry.on for entry in data.breaks]
    found = [replace(point, value=None, variation="") for point in data.points[:1]]
    for before, point in pairwise(data.points):
        broken = any(before.on < start <= point.on for start in starts)
        known = before.value is not None and point.value is not None and not broken
        difference = abs((point.value or 0.0) - (before.value or 0.0)) if known else None
        found.append(replace(point, value=difference, variation=""))
    return found


def _described(data: ChartData) -> str:
    words = [description(data)]
    if data.limits:
        now = data.limits[-1]
        low, high = written(now.lower, data.number), written(now.upper, data.number)
        words.append(f"mean {written(now.centre, data.number)}, natural limits {low} to {high}")
    for variation, word in (("concern", "worse"), ("improvement", "better")):
        if count := sum(point.variation == variation for point in data.points):
            words.append(f"{count} signal{'s' if count > 1 else ''} for {word}")
    return "; ".join(words)


def _limit_labels(data: ChartData, size: Size) -> list[EndLabel]:
    """Texts for the limits in force; `y` is the value until the plot is laid out."""
    if not data.limits:
        return []
    now = data.limits[-1]
    words = ("Upper", "Mean", "Lower") if size.is_narrow else ("Upper limit", "Mean", "Lower limit")
    values = (now.upper, now.centre, now.lower)
    return [
        EndLabel(value, f"{word} {figure(value, data.number).number}")
        for word, value in zip(words, values, strict=True)
    ]


def _bands(plot: Plot) -> list[str]:
    marks = []
    for limits in plot.data.limits:
        left, right = _stretch(plot, limits)
        upper, lower = pixel(plot.y(limits.upper)), pixel(plot.y(limits.lower))
        marks.append(f'<path class="band" d="M{left} {upper}H{right}V{lower}H{left}Z"/>')
        for css_class, value in (
            ("limit", limits.upper),
            ("limit near", limits.near_upper),
            ("mean", limits.centre),
            ("limit near", limits.near_lower),
            ("limit", limits.lower),
        ):
            if value is not None:
                y = pixel(plot.y(value))
                marks.append(f'<path class="{css_class}" d="M{left} {y}H{right}"/>')
    return marks


def _stretch(plot: Plot, limits: Limits) -> tuple[str, str]:
    """From where to where these limits hold, inside the plot."""
    left = max(plot.across(limits.since), plot.left)
    right = plot.across(limits.until) if limits.until else plot.right
    return pixel(left), pixel(min(right, plot.right))


def _points(plot: Plot) -> list[str]:
    """A small dot on every point; signals larger, and the colour says better or worse."""
    marks = _dots(plot, "point", 2.4)
    for point in plot.data.measured:
        if point.variation and point.value is not None:
            tone = "good" if point.variation == "improvement" else "bad"
            marks.append(layers.circle(f"signal {tone}", *plot.at(point.on, point.value), 5))
    return marks


def _dots(plot: Plot, css_class: str, radius: float) -> list[str]:
    return [
        layers.circle(css_class, *plot.at(point.on, point.value), radius)
        for point in plot.data.measured
        if point.value is not None and not point.variation
    ]
