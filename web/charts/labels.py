"""Texts at the right end of lines, kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
