"""The ring that counts how many of the SMARTER criteria are met."""

from __future__ import annotations

import math

from web.charts.lines import pixel
from web.charts.svg import Markup, drawing

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
