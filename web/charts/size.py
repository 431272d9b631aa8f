"""The sizes charts are drawn in; small screens get their own, so that text stays 11 px or more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of the view box, the class that shows it, and the scale of its text."""

    width: int
    height: int
    css_class: str = ""
    text: float = 1.0
    ticks: int = 4

    @property
    def is_narrow(self) -> bool:
        """Whether words are shortened."""
        return self.width < 500


WIDE = Size(820, 330, "wide")
HERO = Size(780, 402, "wide", ticks=3)
NARROW = Size(358, 250, "narrow", ticks=3)
WALL = Size(900, 545, text=1.5, ticks=3)
PREVIEW = Size(352, 120, "small", ticks=3)
