"""Small drawings: the line of a tile, the way to a target, the ring of SMARTER criteria."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from itertools import pairwise

from web.charts.scales import Linear
from web.charts.svg import Markup, drawing, path, pixel, runs, thinned

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


def bullet(done: float, planned: float | None, *, tone: str, label: str = "") -> Markup:
    """A bar for shares of the way, 0 to 1 and cut there; tone is good, warn, bad or none.

    Without a plan (a standing target) there is no tick.
    """
    share = min(max(done, 0.0), 1.0)
    parts = ['<rect class="far" y="2" width="100" height="6" rx="1"/>']
    if planned is not None:
        due = min(max(planned, 0.0), 1.0) * 100
        parts.append(f'<rect class="near" y="2" width="{pixel(due)}" height="6" rx="1"/>')
    width = pixel(max(1.0, share * 100))
    parts.append(f'<rect class="value {tone}" y="3.5" width="{width}" height="3" rx=".5"/>')
    if planned is not None:
        tick = pixel(min(98.8, due))
        parts.append(f'<rect class="planned" x="{tick}" width="1.2" height="10"/>')
    words = label or _words(done, planned)
    return drawing(
        '<svg class="bullet" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(words)}">',
        parts,
    )


def _words(done: float, planned: float | None) -> str:
    text = f"{done:.0%} of the way to the target"
    return text if planned is None else f"{text}; {planned:.0%} planned by now"


MIDDLE, RADIUS = 28, 24


def ring(met: int, total: int = 7) -> Markup:
    """`met` of `total` as an arc that starts at the top."""
    parts = [f'<circle class="track" cx="{MIDDLE}" cy="{MIDDLE}" r="{RADIUS}"/>']
    if met >= total:
        parts.append(f'<circle class="arc" cx="{MIDDLE}" cy="{MIDDLE}" r="{RADIUS}"/>')
    elif met > 0:
        angle = math.tau * met / total
        x, y = MIDDLE + RADIUS * math.sin(angle), MIDDLE - RADIUS * math.cos(angle)
        large = int(met * 2 > total)
        parts.append(
            f'<path class="arc" d="M{MIDDLE} {MIDDLE - RADIUS}'
            f'A{RADIUS} {RADIUS} 0 {large} 1 {pixel(x)} {pixel(y)}"/>'
        )
    parts.append(f'<text x="{MIDDLE}" y="34">{met}/{total}</text>')
    return drawing(
        f'<svg class="ring" viewBox="0 0 56 56" role="img" '
        f'aria-label="{met} of {total} criteria met">',
        parts,
    )
