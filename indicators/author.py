"""Who acts: a person, perhaps through a token, in one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from indicators.models import Indicator
from teams.models import AccessToken, AuditEntry, User


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, perhaps through a token, in which request."""

    user: User
    token: AccessToken | None = None
    request_id: str = ""

    @classmethod
    def of(cls, request: Any) -> Author:
        """The author of a page's or the API's request."""
        token = getattr(request, "auth", None)
        return cls(
            request.user,
            token if isinstance(token, AccessToken) else None,
            getattr(request, "request_id", ""),
        )

    def note(self, action: str, indicator: Indicator, **detail: Any) -> None:
        """Write the audit entry of an act on an indicator."""
        AuditEntry.record(
            action,
            actor=self.user,
            token=self.token,
            request_id=self.request_id,
            subject=indicator.key,
            team=indicator.team,
            **detail,
        )
