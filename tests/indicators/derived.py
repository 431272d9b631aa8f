"""Indicators that are computed, what they are made of, and what is stored of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from indicators.models import Indicator
from measurements.delivery import deliver
from measurements.models import Batch, Measurement
from measurements.row import Row, Sender
from teams.models import Team, User
from tests.factories import make_indicator

RATIO: dict[str, Any] = {"source_kind": "ratio", "rollup": "ratio", "inputs": ["orders", "visits"]}


def make_flow(team: Team, key: str, **fields: Any) -> Indicator:
    """A monthly sum."""
    return make_indicator(team, key, **{"rollup": "sum", **fields})


def make_ratio(team: Team, key: str, above: str, below: str, **fields: Any) -> Indicator:
    given = {"source_kind": "ratio", "inputs": [above, below], "rollup": "ratio", **fields}
    return make_indicator(team, key, **given)


def make_formula(team: Team, key: str, text: str, *inputs: str, **fields: Any) -> Indicator:
    given = {"source_kind": "formula", "formula": text, "inputs": list(inputs), **fields}
    return make_indicator(team, key, **given)


def make_growth(team: Team, key: str, of: str, **fields: Any) -> Indicator:
    given = {
        "source_kind": "growth",
        "inputs": [of],
        "unit": "percent",
        "factor": Decimal(100),
        **fields,
    }
    return make_indicator(team, key, **given)


def send(user: User, now: datetime, *rows: tuple[str, str, object]) -> None:
    """Deliver (key, time, value) rows."""
    told = [
        Row(index=k, indicator=key, at=at, value=str(value))
        for k, (key, at, value) in enumerate(rows)
    ]
    report = deliver(told, Sender(actor=user, door=Batch.Door.API), now=now)
    assert not report.rejected


def months(
    key: str, values: Sequence[object], *, year: int = 2026
) -> list[tuple[str, str, object]]:
    """A value a month from January on; None leaves one out."""
    return [(key, f"{year}-{k + 1:02}", v) for k, v in enumerate(values) if v is not None]


def stored(key: str) -> dict[str, Any]:
    """What is stored now, by day: a value, or the parts of a ratio."""
    rows = Measurement.objects.filter(indicator__key=key).order_by("at")
    return {
        f"{row.at:%Y-%m-%d}": row.value
        if row.denominator is None
        else (row.numerator, row.denominator)
        for row in rows
    }


def make_shop(team: Team) -> Team:
    """What things can be made of: flows, stocks and shares of every unit, period and state."""
    make_flow(team, "orders")
    make_flow(team, "visits")
    make_flow(team, "sales", unit="currency", unit_label="kr")
    make_flow(team, "exports", unit="currency", unit_label="€")
    make_indicator(team, "churn", unit="percent")
    make_indicator(team, "won", unit="percent")
    make_indicator(team, "users", period="day", rollup="none")
    make_indicator(team, "value", period="quarter")
    make_indicator(team, "planned", state="draft")
    make_indicator(team, "ended", state="retired")
    make_indicator(team, "gross-costs")
    make_indicator(team, "gross")
    make_indicator(team, "costs")
    return team
