"""Who acts on an indicator: a person, perhaps through a token, in one request."""

from __future__ import annotations

from typing import Any

from indicators.models import Indicator
from teams.models import Actor


class Author(Actor):
    """Who acts, and what the audit trail keeps of it."""

    __slots__ = ()

    def note_on(self, indicator: Indicator, action: str, **detail: Any) -> None:
        """Write the audit entry of an act on an indicator."""
        self.note(action, subject=indicator.key, team=indicator.team, **detail)
