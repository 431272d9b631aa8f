"""Who brings a delivery, and through which door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from measurements.models import Batch
from teams.models import AccessToken, User

UNATTENDED = frozenset({Batch.Door.COMMAND, Batch.Door.DEMO, Batch.Door.DERIVED})
WHOLE = frozenset({Batch.Door.FILE, Batch.Door.COMMAND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who brings a delivery, through which door, under which request."""

    actor: User | None
    door: Batch.Door
    token: AccessToken | None = None
    label: str = ""
    request_id: str = ""

    def __post_init__(self) -> None:
        if self.actor is None and self.door not in UNATTENDED:
            raise ValueError(f"somebody must stand behind a delivery through {self.door!r}")

    @property
    def is_whole(self) -> bool:
        """Whether what comes so can be undone as a whole."""
        return self.door in WHOLE

    def record_batch(self, *, now: datetime, **columns: Any) -> None:
        """Write the delivery as the list of deliveries shows it; `columns` say what came of it."""
        Batch.objects.create(
            received_at=now,
            actor=self.actor,
            token=self.token,
            door=self.door,
            label=self.label[:200],
            request_id=self.request_id,
            **columns,
        )
