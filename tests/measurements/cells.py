"""Values as people enter them into cells, and what is stored of them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from indicators.author import Author
from indicators.models import Indicator
from measurements.entry.saving import CellChange, CellOutcome, Saved, save_cells
from measurements.models import Batch, Measurement
from teams.models import Team, User
from tests.clock import NOW
from tests.factories import make_indicator

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def owned(team: Team, owner: User | None, key: str = "sales", **fields: Any) -> Indicator:
    return make_indicator(team, key, owner=owner, **({"created_at": LONG_AGO} | fields))


def save(user: User, *changes: CellChange, **more: Any) -> list[CellOutcome]:
    return saved(user, *changes, **more).outcomes


def saved(user: User, *changes: CellChange, **more: Any) -> Saved:
    given: dict[str, Any] = {"door": Batch.Door.FORM, "now": NOW} | more
    return save_cells(changes, author=Author(user, request_id="r1"), **given)


def value(
    text: str | None, *, key: str = "sales", period: str = "2026-10", **more: Any
) -> CellChange:
    number = None if text is None else Decimal(text)
    return CellChange(key=key, period=period, value=number, **more)


def stored(key: str = "sales") -> dict[str, str]:
    """What is stored, by day."""
    rows = Measurement.objects.filter(indicator__key=key).order_by("at")
    return {f"{row.at:%Y-%m-%d}": str(row.value) for row in rows}
