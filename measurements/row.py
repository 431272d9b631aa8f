"""Rows and their sender on the way into a delivery, refusals and the report on the way out.

Rows are msgspec structs and not dataclasses because tens of thousands are made a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from measurements.models import Batch
from teams.models import AccessToken, User

KEPT_REFUSALS = 50_000
UNATTENDED = frozenset({Batch.Door.COMMAND, Batch.Door.DEMO, Batch.Door.DERIVED})
UNDOABLE = frozenset({Batch.Door.FILE, Batch.Door.COMMAND})

Parts = tuple[Decimal | None, Decimal | None, Decimal | None]  # value, numerator, denominator


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends a delivery, how, and in which request; `actor` None is the installation itself."""

    actor: User | None
    door: Batch.Door
    token: AccessToken | None = None
    label: str = ""
    request_id: str = ""

    def __post_init__(self) -> None:
        if self.actor is None and self.door not in UNATTENDED:
            raise ValueError(f"somebody must stand behind a delivery through {self.door!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The audit entry of a delivery, besides its sender and time."""

    action: str
    subject: str
    team_id: int | None
    detail: dict[str, Any]


class Row(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One measurement as it was sent, not checked yet.

    `index` counts the rows of a delivery from 0. Numbers are texts as they were written, or exact
    decimals; never floats, which have lost digits already.
    """

    index: int
    indicator: str
    at: str | datetime
    value: str | Decimal | None = None
    numerator: str | Decimal | None = None
    denominator: str | Decimal | None = None
    note: str = ""
    problem: Refusal | None = None  # found by the reader in the shape of the row


class RowResult(StrEnum):
    """The result of a delivery for one row."""

    CREATED = "created"
    CORRECTED = "corrected"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """Why one row is refused."""

    index: int
    field: str | None
    code: str
    detail: str

    def as_error(self) -> dict[str, Any]:
        """An item of `errors` or `rejected` in the API."""
        return msgspec.structs.asdict(self)


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """One row that may be stored: numbers as exact texts, `at` in UTC."""

    indicator_id: int
    at: datetime
    value: str | None
    numerator: str | None
    denominator: str | None
    note: str
    index: int = 0  # of the row as it was sent

    @property
    def parts(self) -> Parts:
        """Value, numerator and denominator as numbers, which compare however they are written."""
        return number(self.value), number(self.numerator), number(self.denominator)


def number(text: str | None) -> Decimal | None:
    """The number in a text that was checked."""
    return None if text is None else Decimal(text)


@dataclass(slots=True)
class Report:
    """The result of a delivery: `received` is the sum of created, updated, unchanged, rejected.

    Where nothing was stored because of refusals, the first three are 0 and `stored` is False. All
    refusals are counted, the first `KEPT_REFUSALS` are kept.
    """

    received: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Refusal] = field(default_factory=list)
    rejected_count: int = 0
    batch_id: int | None = None
    changed_indicator_ids: list[int] = field(default_factory=list)
    stored: bool = True

    def refuse(self, refused: list[Refusal]) -> None:
        """Count refusals, and keep as many as are shown at most."""
        self.rejected_count += len(refused)
        self.rejected += refused[: KEPT_REFUSALS - len(self.rejected)]

    def as_answer(self, *, request_id: str) -> dict[str, Any]:
        """The body of the API's answer."""
        return {
            "received": self.received,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": [refusal.as_error() for refusal in self.rejected],
            "request_id": request_id,
        }
