"""The layers of a large chart, each a list of SVG marks on a laid-out plot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from html import escape
from itertools import pairwise

from web.charts.plot import APART, GAP, TICK, EndLabel, Plot, spread, target_label
from web.charts.scales import text_width, time_ticks
from web.charts.series import Point, Step, clipped
from web.charts.svg import Pixel, path, pixel, runs, thinned

ZONE, MOST_POINTS, MARK = 26, 420, 17


def grid(plot: Plot) -> list[str]:
    """Hairlines at round values with their numbers."""
    marks = []
    for value, text in plot.ticks:
        y = plot.y(value)
        if plot.top - 2 <= y <= plot.bottom - 2 or plot.size.height < 100:
            marks.append(plot.horizontal("grid", value))
            marks.append(
                f'<text class="tick" x="{pixel(plot.left - GAP)}" y="{pixel(y + 4)}" '
                f'text-anchor="end">{text}</text>'
            )
    return marks


def time_axis(plot: Plot) -> list[str]:
    """The base line with round dates."""
    y = plot.size.height - 6
    base = f"M{pixel(plot.left)} {pixel(plot.bottom)}H{pixel(plot.right)}"
    marks = [f'<path class="base" d="{base}"/>']
    most = int((plot.right - plot.left) / (58 * plot.size.text))
    data = plot.data
    for tick in time_ticks(data.start(), data.end(), most=max(most, 2), period=data.period):
        x = max(plot.across(tick.on), plot.left)
        anchor = "start" if x < plot.left + 12 else "middle"
        label = f'<text class="tick" x="{pixel(x)}" y="{y}" text-anchor="{anchor}">'
        marks.append(f"{label}{tick.label}</text>")
    return marks


def good_side(plot: Plot) -> list[str]:
    """A fading edge on the good side of the target, which says the direction without words."""
    data = plot.data
    places = _target_places(plot, data.target)
    if not places:
        return []
    if data.target_upper:
        upper = _target_places(plot, data.target_upper)
        return [f'<path class="zone range" d="{path([*places, *reversed(upper)])}Z"/>']
    if data.direction not in ("up", "down"):
        return []
    return [
        _gradient(plot),
        *(_faded(plot, left, right) for left, right in pairwise(places) if left[0] < right[0]),
    ]


def target(plot: Plot) -> list[str]:
    """The dotted target path."""
    both = (plot.data.target, plot.data.target_upper)
    lines = [_target_places(plot, steps) for steps in both]
    return [f'<path class="target" d="{path(line)}"/>' for line in lines if line]


def line(plot: Plot) -> list[str]:
    """The measured values; dashed where provisional, interrupted at gaps and definition breaks."""
    points = plot.data.points
    kept = [points[i] for i in thinned([p.value for p in points], MOST_POINTS)]
    marks = []
    for run in runs(_interrupted(plot, kept)):
        places = [plot.at(p.on, p.value) for p in run if p.value is not None]
        final = len(places) - sum(p.provisional for p in run)
        if len(places) == 1:
            marks.append(circle("point", *places[0], 2.4))
        if final > 1:
            marks.append(f'<path class="line" d="{path(places[:final])}"/>')
        if 0 < final < len(places) or (not final and len(places) > 1):
            marks.append(
                f'<path class="line provisional" d="{path(places[max(final - 1, 0) :])}"/>'
            )
    return marks


def last_point(plot: Plot) -> list[str]:
    """The newest value as a large dot, hollow while it is provisional."""
    measured = plot.data.measured
    if not measured or (value := measured[-1].value) is None:
        return []
    css_class = "last provisional" if measured[-1].provisional else "last"
    return [circle(css_class, *plot.at(measured[-1].on, value), 5.5)]


def fitted(plot: Plot) -> list[str]:
    """The trend line."""
    if (trend := plot.data.trend) is None:
        return []
    ends = [plot.at(step.on, step.value) for step in (trend.start, trend.end)]
    return [f'<path class="trend" d="{path(ends)}"/>']


def forecast(plot: Plot) -> list[str]:
    """The fan of both intervals from the newest final value on, with its median and "now"."""
    final = [point for point in plot.data.measured if not point.provisional]
    steps = [step for step in plot.data.forecast if plot.sees(step.on)]
    if not final or not steps or (value := final[-1].value) is None:
        return []
    here = plot.at(final[-1].on, value)
    marks = []
    for css_class, bounds in (
        ("fan-wide", [step.wide for step in steps]),
        ("fan-narrow", [step.narrow for step in steps]),
    ):
        pairs = list(zip(steps, bounds, strict=True))
        upper = [plot.at(step.on, high) for step, (_, high) in pairs]
        lower = [plot.at(step.on, low) for step, (low, _) in reversed(pairs)]
        marks.append(f'<path class="{css_class}" d="{path([here, *upper, *lower])}Z"/>')
    median = [here, *(plot.at(step.on, step.median) for step in steps)]
    marks.append(f'<path class="median" d="{path(median)}"/>')
    return [*marks, plot.vertical("now", final[-1].on)]


def notes(plot: Plot) -> list[str]:
    """Numbered circles on top with a dotted line down; circles that would overlap step aside."""
    marks, free = [], 0.0
    reach = 8.5 * plot.size.text
    for number, note in enumerate(plot.data.notes, 1):
        if not plot.sees(note.on):
            continue
        x = max(plot.across(note.on), free)
        free = x + 2 * reach + 2
        y = plot.top - MARK * plot.size.text + 3
        marks.append(plot.vertical("note-line", note.on, above=8))
        marks.append(circle("note-mark", x, y, reach))
        marks.append(
            f'<text class="note-number" x="{pixel(x)}" y="{pixel(y + 3.7 * plot.size.text)}">'
            f"{number}</text>"
        )
    return marks


def breaks(plot: Plot) -> list[str]:
    """Dashed verticals where a new definition takes effect, with its name."""
    marks = []
    for entry in plot.data.breaks:
        if not plot.sees(entry.on):
            continue
        marks.append(plot.vertical("break", entry.on, above=14))
        x, y = plot.across(entry.on) + 5, plot.top + (10 if plot.data.notes else -8)
        fits = x + text_width(entry.text, TICK) <= plot.size.width
        place = f'x="{pixel(x if fits else x - 10)}" y="{pixel(y)}"'
        anchor = "" if fits else ' text-anchor="end"'
        marks.append(f'<text class="label" {place}{anchor}>{escape(entry.text)}</text>')
    return marks


def end_labels(plot: Plot, labels: Iterable[EndLabel] = ()) -> list[str]:
    """Direct labels right of the plot: the target's and those given, kept apart."""
    wanted = list(labels)
    if (aimed := target_label(plot.data)) and (places := _target_places(plot, plot.data.target)):
        wanted.append(replace(aimed, y=places[-1][1]))
    scale = plot.size.text
    placed = spread(wanted, top=plot.top, bottom=plot.bottom, apart=APART * scale)
    x = pixel(plot.right + GAP)
    return [
        f'<text class="{f"label {label.css_class}".strip()}" x="{x}" '
        f'y="{pixel(label.y + 4 * scale)}">{escape(label.text)}</text>'
        for label in placed
    ]


def _target_places(plot: Plot, steps: tuple[Step, ...]) -> list[Pixel]:
    """The corners of the target path inside the plot."""
    data = plot.data
    seen = clipped(steps, data.start(), data.end(), data.target_shape)
    places = [plot.at(step.on, step.value) for step in seen]
    if data.target_shape == "linear":
        return places
    corners = places[:1]
    for (_, y), (x, level) in pairwise(places):
        corners += [] if level == y else [(x, y), (x, level)]
    if places and (end := max(places[-1][0], plot.right)) > corners[-1][0]:
        corners.append((end, places[-1][1]))
    return corners


def _gradient(plot: Plot) -> str:
    """From the target line outwards, on the good side."""
    ends = 'y1="0" y2="1"' if plot.data.direction == "down" else 'y1="1" y2="0"'
    return (
        f'<defs><linearGradient id="{plot.mark}" x1="0" x2="0" {ends}>'
        '<stop class="zone-near" offset="0"/><stop class="zone-far" offset="1"/>'
        "</linearGradient></defs>"
    )


def _faded(plot: Plot, left: Pixel, right: Pixel) -> str:
    """The fading edge along one stretch of the path, cut at the edge of the plot."""
    reach = ZONE * plot.size.text * (1 if plot.data.direction == "down" else -1)
    far = [(x, min(max(y + reach, plot.top), plot.bottom)) for x, y in (right, left)]
    return f'<path fill="url(#{plot.mark})" d="{path([left, right, *far])}Z"/>'


def _interrupted(plot: Plot, points: list[Point]) -> list[Point | None]:
    """The points with a gap where a value is missing or a definition changes."""
    starts = [entry.on for entry in plot.data.breaks]
    shown: list[Point | None] = []
    for before, point in zip([None, *points], points, strict=False):
        if before and any(before.on < start <= point.on for start in starts):
            shown.append(None)
        shown.append(point if point.value is not None else None)
    return shown


def circle(css_class: str, x: float, y: float, radius: float) -> str:
    """A dot."""
    return f'<circle class="{css_class}" cx="{pixel(x)}" cy="{pixel(y)}" r="{pixel(radius)}"/>'
