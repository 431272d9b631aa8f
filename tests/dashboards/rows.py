"""Rows as the worker writes them: verdicts and analyses of made-up series."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from indicators.models import Indicator, StaleMark
from tests.clock import NOW
from verdicts.models import Analysis, Verdict


def make_verdict(indicator: Indicator, status: str = "on_track", **fields: Any) -> None:
    """A computed verdict of October with two values, unless told otherwise."""
    given: dict[str, Any] = {
        "status": status,
        "value": Decimal(480),
        "previous": Decimal(450),
        "expected": Decimal(500),
        "period": date(2026, 10, 1),
        "reason": "20 below target, inside the 10 % band.",
        "signal": Verdict.Signal.UNKNOWN,
        "spark_starts": [date(2026, 9, 1), date(2026, 10, 1)],
        "spark_values": [450.0, 480.0],
        "measured_through": datetime(2026, 10, 31, tzinfo=UTC),
        "computed_at": NOW,
    }
    Verdict.objects.filter(pk=indicator.pk).update(**(given | fields))
    StaleMark.objects.filter(pk=indicator.pk).update(since=None)


def make_analysis(indicator: Indicator, values: list[float | None], **parts: Any) -> Analysis:
    """A stored analysis of monthly values that end in October 2026."""
    last = 2026 * 12 + 9
    months = [last - len(values) + 1 + k for k in range(len(values))]
    starts = [date(m // 12, m % 12 + 1, 1).isoformat() for m in months]
    points = [point(start, value) for start, value in zip(starts, values, strict=True)]
    result: dict[str, Any] = {
        "indicator": indicator.key,
        "period": indicator.period,
        "through": starts[-1] if starts else None,
        "n": len(values),
        "points": points,
        "limits": [],
        "variation": "unknown",
        "assurance": "none",
        "trend": None,
        "forecast": None,
        "projection": None,
        "verdict": {"explain": [], "definition_version": 1, "target_version": None},
    }
    return Analysis.objects.create(indicator=indicator, result=result | parts, computed_at=NOW)


def point(start: str, value: float | None, **fields: Any) -> dict[str, Any]:
    """A period of an analysis, common cause unless told otherwise."""
    return {
        "period": start,
        "value": value,
        "expected": None,
        "expected_upper": None,
        "status": None,
        "point_type": "common_cause",
        "signals": [],
        "provisional": False,
        "coverage": 1.0,
        "total": None,
        "expected_total": None,
    } | fields


def make_status(indicator: Indicator, status: str) -> None:
    """A verdict as it looks with this status, with everything that belongs to it."""
    without_value: dict[str, Any] = {
        "value": None,
        "previous": None,
        "period": None,
        "spark_values": [],
    }
    long_ago = NOW - timedelta(days=83)
    extra: dict[str, Any] = {
        "no_data": {
            **without_value,
            "spark_starts": [],
            "spark_values": [],
            "measured_through": None,
        },
        "stale": {"measured_through": long_ago, "period": date(2026, 8, 1)},
        "provisional": {"spark_provisional": True, "period": date(2026, 11, 1)},
    }
    make_verdict(indicator, status, **extra.get(status, {}))
