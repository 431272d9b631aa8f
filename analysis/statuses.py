"""The words of a verdict in one table: how each is written, looks and ranks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.values import Signal

TALK = 40  # severity from which on a status asks for a talk


@dataclass(frozen=True, slots=True)
class StatusLook:
    """Word, tone (good, warn, bad or none), icon, and the order of talk, high first.

    The icon's form differs per tone, so that nobody needs the colour.
    """

    word: str
    tone: str
    icon: str
    severity: int = 0
    outlined: bool = False

    @property
    def needs_talk(self) -> bool:
        """Whether people should talk about it."""
        return self.severity >= TALK


LOOKS: Mapping[str, StatusLook] = {
    "on_track": StatusLook("On track", "good", "good", 10),
    "at_risk": StatusLook("At risk", "warn", "warn", 60),
    "off_track": StatusLook("Off track", "bad", "bad", 90),
    "achieved": StatusLook("Achieved", "good", "good", 5),
    "met_at_cost": StatusLook("Met at a cost", "warn", "warn", 70),
    "no_target": StatusLook("No target", "none", "target", 15),
    "no_data": StatusLook("No data", "none", "none", 45),
    "stale": StatusLook("Stale", "none", "clock", 40, outlined=True),
    "provisional": StatusLook("Provisional", "none", "none", 20),
    # what stands in the place of a status, of an import and of an indicator that is not judged
    "failed": StatusLook("Import failed", "bad", "bad"),
    "draft": StatusLook("Draft", "none", "none"),
    "retired": StatusLook("Retired", "none", "minus", outlined=True),
}
SIGNAL_SEVERITY: Mapping[Signal, int] = {
    "deteriorating": 25,
    "improving": 2,
    "steady": 0,
    "unknown": 0,
}  # added to that of the status


def look_of(status: str) -> StatusLook:
    """The look of a status; an unknown word is shown as it is, without judgement."""
    return LOOKS.get(status) or StatusLook(status.replace("_", " ").capitalize(), "none", "none")
