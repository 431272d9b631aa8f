"""How a status looks: tone, shape and word, always the three together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """Tone is good, warn, bad or none; the icon's form differs per tone."""

    tone: str
    icon: str
    word: str
    outlined: bool = False


LOOKS: Mapping[str, Look] = {
    "on_track": Look("good", "good", "On track"),
    "achieved": Look("good", "good", "Achieved"),
    "at_risk": Look("warn", "warn", "At risk"),
    "met_at_cost": Look("warn", "warn", "Met at a cost"),
    "off_track": Look("bad", "bad", "Off track"),
    "failed": Look("bad", "bad", "Import failed"),
    "no_target": Look("none", "target", "No target"),
    "no_data": Look("none", "none", "No data"),
    "provisional": Look("none", "none", "Provisional"),
    "stale": Look("none", "clock", "Stale", outlined=True),
    "draft": Look("none", "none", "Draft"),
    "retired": Look("none", "minus", "Retired", outlined=True),
}


def look(status: str) -> Look:
    """The look of a status word; an unknown word is shown as it is, without judgement."""
    return LOOKS.get(status) or Look("none", "none", status.replace("_", " ").capitalize())
