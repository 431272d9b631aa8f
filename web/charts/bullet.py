"""The bullet bar: the way from baseline to target, and how much of it was planned by now."""

from __future__ import annotations

from html import escape

from web.charts.lines import pixel
from web.charts.svg import Markup, drawing


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
