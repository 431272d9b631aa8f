"""Rows as the tests of the ingestion core send them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from measurements.delivery import deliver
from measurements.models import Batch
from measurements.row import Report, Row, Sender
from teams.models import User
from tests.clock import NOW

API = Batch.Door.API


def row(at: Any = "2026-11-20", value: Any = "3.2", *, key: str = "sales", **fields: Any) -> Row:
    return Row(index=fields.pop("index", 0), indicator=key, at=at, value=value, **fields)


def rows(*sent: tuple[str, str], key: str = "sales") -> list[Row]:
    return [row(at, value, key=key, index=index) for index, (at, value) in enumerate(sent)]


def send(sent: list[Row], actor: User, *, now: datetime = NOW, **options: Any) -> Report:
    return deliver(sent, Sender(actor=actor, door=API), now=now, **options)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, len(report.rejected)
