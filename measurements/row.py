"""What goes into the core and what comes out of it: rows, refusals and reports.

Rows are msgspec structs and not dataclasses because tens of thousands are made a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

KEPT_REFUSALS = 50_000


class Row(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One measurement as it was sent, before anything of it is believed.

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
    problem: Refusal | None = None  # what a reader found wrong with the shape of the row


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """Why one row was not taken."""

    index: int
    field: str | None
    code: str
    detail: str

    def as_error(self) -> dict[str, Any]:
        """As the API says it."""
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


@dataclass(slots=True)
class Report:
    """What became of a delivery: `received` is the sum of created, updated, unchanged, rejected.

    Where nothing was stored because of refusals, the first three are 0 and `stored` is False. Of
    very many refusals the first are kept, and all are counted.
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
        """Count refusals, and keep them as far as anybody will read."""
        self.rejected_count += len(refused)
        self.rejected += refused[: KEPT_REFUSALS - len(self.rejected)]

    def as_answer(self, *, request_id: str) -> dict[str, Any]:
        """As the API answers it."""
        return {
            "received": self.received,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": [refusal.as_error() for refusal in self.rejected],
            "request_id": request_id,
        }
