"""How much of the past a chart shows: a few choices that suit the grain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CHOICES: Mapping[str, tuple[tuple[str, int], ...]] = {
    "day": (("30 d", 30), ("90 d", 90), ("1 y", 365)),
    "week": (("13 w", 13), ("26 w", 26), ("52 w", 52)),
    "month": (("12 m", 12), ("24 m", 24), ("60 m", 60)),
    "quarter": (("8 q", 8), ("16 q", 16)),
    "year": (),
}
USUAL: Mapping[str, int] = {"day": 90, "week": 52, "month": 24, "quarter": 16}


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: a link that is current or not."""

    label: str
    url: str
    current: bool


def chosen_span(grain: str, asked: str) -> int | None:
    """How many periods to show: what was asked for where it is offered, else the usual.

    None is all of them.
    """
    if asked == "all":
        return None
    offered = {str(number): number for _, number in CHOICES.get(grain, ())}
    return offered.get(asked, USUAL.get(grain))


def span_segments(grain: str, span: int | None, length: int, *, query: str = "") -> list[Segment]:
    """The segments for a series of this length: none where everything is shown anyway."""
    offered = [(label, number) for label, number in CHOICES.get(grain, ()) if number < length]
    if not offered:
        return []
    before = f"?{query}&" if query else "?"
    found = [Segment(label, f"{before}span={number}", number == span) for label, number in offered]
    shows_all = span is None or span >= length
    return [*found, Segment("All", f"{before}span=all", shows_all)]
