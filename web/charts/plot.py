"""The geometry of a large chart: margins that fit its texts, and where a day and a value lie."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import escape

from web.charts.scales import Linear, nice_ticks, padded, text_width
from web.charts.series import ChartData, Size
from web.charts.svg import Pixel, pixel
from web.formats import axis, axis_unit, figure

APART = 15.0


@dataclass(frozen=True, slots=True)
class EndLabel:
    """A text beside the end of a line; `css_class` sets its weight."""

    y: float
    text: str
    css_class: str = ""


def spread(
    labels: Sequence[EndLabel], *, top: float, bottom: float, apart: float = APART
) -> list[EndLabel]:
    """The labels from top to bottom, at least `apart` pixels between them."""
    placed: list[EndLabel] = []
    for label in sorted(labels, key=lambda label: label.y):
        least = placed[-1].y + apart if placed else top
        placed.append(replace(label, y=max(label.y, least)))
    lowest = bottom
    for index in range(len(placed) - 1, -1, -1):
        if placed[index].y <= lowest:
            break
        placed[index] = replace(placed[index], y=lowest)
        lowest -= apart
    return placed


TICK, LABEL, GAP = 11.5, 11.5, 8


@dataclass(frozen=True, slots=True)
class Plot:
    """One chart being drawn: its data, its size and its two scales."""

    data: ChartData
    size: Size
    x: Linear
    y: Linear
    ticks: tuple[tuple[float, str], ...]

    @property
    def left(self) -> float:
        """The left edge of the plot area."""
        return self.x.start

    @property
    def right(self) -> float:
        """The right edge of the plot area."""
        return self.x.end

    @property
    def top(self) -> float:
        """The upper edge of the plot area."""
        return self.y.end

    @property
    def bottom(self) -> float:
        """The lower edge of the plot area."""
        return self.y.start

    @property
    def mark(self) -> str:
        """A short name for gradients, the same for the same chart in the same size."""
        return f"g{zlib.crc32(f'{self.data.name}{self.size}'.encode()):x}"

    def across(self, on: date) -> float:
        """The horizontal place of a day."""
        return self.x(on.toordinal())

    def at(self, on: date, value: float) -> Pixel:
        """The place of a value on a day."""
        return self.across(on), self.y(value)

    def sees(self, on: date) -> bool:
        """Whether a day is inside the plot."""
        return self.x.low <= on.toordinal() <= self.x.high

    def head(self, description: str) -> str:
        """The opening tag with the text for screen readers."""
        classes = f"chart {self.size.css_class}".strip()
        words = escape(f"{self.data.name}: {description}")
        return (
            f'<svg class="{classes}" viewBox="0 0 {self.size.width} {self.size.height}" '
            f'role="img" aria-label="{words}">'
        )

    def horizontal(self, css_class: str, value: float) -> str:
        """A line over the whole width at a value."""
        return (
            f'<path class="{css_class}" '
            f'd="M{pixel(self.left)} {pixel(self.y(value))}H{pixel(self.right)}"/>'
        )

    def vertical(self, css_class: str, on: date, *, above: float = 0) -> str:
        """A line over the whole height at a day, `above` pixels taller."""
        place = pixel(self.across(on))
        return (
            f'<path class="{css_class}" '
            f'd="M{place} {pixel(self.top - above)}V{pixel(self.bottom)}"/>'
        )


def plot_of(
    data: ChartData,
    size: Size,
    *,
    texts: tuple[str, ...] = (),
    low: float | None = None,
    minor: bool = False,
) -> Plot:
    """Lay out a chart: `texts` stand right of the plot; `minor` has no time axis."""
    bounds = padded(list(data.values()))
    if low is not None:
        bounds = low, bounds[1]
    largest = max(abs(bounds[0]), abs(bounds[1]))
    unit = axis_unit(data.number, largest=largest)
    values, step = nice_ticks(*bounds, 2 if minor else size.ticks, unit=unit)
    ticks = tuple((v, axis(v, data.number, step=step, largest=largest)) for v in values)
    gutter = max((text_width(text, TICK) for _, text in ticks), default=20) + GAP
    margin = max((text_width(text, LABEL) for text in texts), default=0)
    above = 8.0 if minor else 26.0 if data.notes or data.breaks else 12.0
    return Plot(
        data=data,
        size=size,
        x=Linear(
            data.start().toordinal(),
            data.end().toordinal(),
            max(gutter, 26) * size.text,
            size.width - (margin + GAP + 6 if texts else 10) * size.text,
        ),
        y=Linear(*bounds, size.height - (6 if minor else 24) * size.text, above * size.text),
        ticks=ticks,
    )


def target_label(data: ChartData) -> EndLabel | None:
    """The text at the end of the target path, in the words of the axis; its place comes later."""
    if not data.target:
        return None
    value = figure(data.target[-1].value, data.number).number
    if data.target_upper:
        value = f"{value}–{figure(data.target_upper[-1].value, data.number).number}"
    return EndLabel(0, f"{data.target_label} {value}", "strong")
