"""The small line of a tile: target, green good side, gaps, status-coloured last dot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from itertools import pairwise

from web.charts.lines import path, pixel, runs, thinned
from web.charts.scales import Linear
from web.charts.svg import Markup, drawing

MOST_POINTS = 120
REMEMBERED = 2048  # drawings of about 2 kB: the tiles of all teams, and more
WIDTH, HEIGHT, AIR = 240, 52, 5


def sparkline(
    values: Sequence[float | None],
    *,
    label: str,
    target: float | None = None,
    direction: str = "up",
    tone: str = "none",
    provisional: bool = False,
) -> Markup:
    """An SVG of period values, oldest first; tone is good, warn, bad or none.

    With `provisional` the last stretch is dashed. Without any value only the target is drawn.
    """
    return _drawn(tuple(values), label, target, direction, tone, dashed_end=provisional)


@lru_cache(maxsize=REMEMBERED)
def _drawn(
    values: tuple[float | None, ...],
    label: str,
    target: float | None,
    direction: str,
    tone: str,
    *,
    dashed_end: bool,
) -> Markup:
    """The drawing; people look at the same numbers many times before they change."""
    kept = thinned(values, MOST_POINTS)
    x = Linear(0, max(len(values) - 1, 1), 1, WIDTH - 7)
    y = _value_scale([v for v in values if v is not None], target)
    places = [(x(i), y(v)) if (v := values[i]) is not None else None for i in kept]
    parts = _target(y, target, direction)
    for run in runs(_with_gaps(values, kept, places)):
        parts += _run(run, dashed_end=dashed_end and run[-1] == places[-1])
    last = next((place for place in reversed(places) if place), None)
    if last:
        parts.append(_dot(*last, tone))
    return drawing(
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(label)}">',
        parts,
    )


def _value_scale(values: list[float], target: float | None) -> Linear:
    shown = values + ([target] if target is not None else []) or [0.0]
    low, high = min(shown), max(shown)
    if low == high:
        room = abs(high) * 0.1 or 1.0  # 1 is nothing beside a number of twenty digits
        low, high = low - room, high + room
    return Linear(low, high, HEIGHT - AIR, AIR)


def _with_gaps(
    values: Sequence[float | None],
    kept: Sequence[int],
    places: Sequence[tuple[float, float] | None],
) -> list[tuple[float, float] | None]:
    """The kept places, broken wherever a dropped one between them was a gap."""
    shown: list[tuple[float, float] | None] = list(places[:1])
    for (left, right), place in zip(pairwise(kept), places[1:], strict=True):
        if any(values[index] is None for index in range(left + 1, right)):
            shown.append(None)
        shown.append(place)
    return shown


def _target(y: Linear, target: float | None, direction: str) -> list[str]:
    if target is None:
        return []
    level = y(target)
    line = f'<path class="target" d="M0 {pixel(level)}H{WIDTH}"/>'
    if direction not in ("up", "down"):
        return [line]
    top, bottom = (0.0, level) if direction == "up" else (level, float(HEIGHT))
    zone = f'<rect class="zone" width="{WIDTH}" y="{pixel(top)}" height="{pixel(bottom - top)}"/>'
    return [zone, line]


def _run(run: list[tuple[float, float]], *, dashed_end: bool) -> list[str]:
    if len(run) == 1:
        return [_dot(*run[0], "lone")]
    solid = run[:-1] if dashed_end else run
    parts = [f'<path class="line" d="{path(solid)}"/>'] if len(solid) > 1 else []
    if dashed_end:
        parts.append(f'<path class="line provisional" d="{path(run[-2:])}"/>')
    return parts


def _dot(x: float, y: float, css_class: str) -> str:
    """A zero-length stroke: its round caps stay round when the drawing is stretched."""
    return f'<path class="dot {css_class}" d="M{pixel(x)} {pixel(y)}h.01"/>'
