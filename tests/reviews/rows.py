"""A team with a judged indicator and an open review over it, for the tests of the doors."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from indicators.models import Indicator
from reviews.models import Review, ReviewItem
from reviews.opening import open_now
from teams.models import Team, User
from tests.factories import make_indicator, make_measurements, make_target
from tests.judged import judge_now


def judged(team: Team, key: str, now: datetime, **fields: Any) -> Indicator:
    """An indicator with ten months of 480 to 489 kr and a target of 500 that it misses."""
    indicator = make_indicator(team, key, unit="currency", unit_label="kr", decimals=0, **fields)
    make_target(indicator, "500")
    make_measurements(indicator, [480 + k for k in range(10)], first=date(2026, 1, 1))
    judge_now([indicator.pk], now=now)
    return indicator


def open_review(team: Team, by: User, now: datetime, *keys: str) -> Review:
    """An open review over judged indicators."""
    for key in keys:
        judged(team, key, now)
    return open_now(team, by=by, now=now)[0]


def item_of(review: Review, key: str = "sales") -> ReviewItem:
    """The item about an indicator."""
    return review.items.get(indicator__key=key)


def page(review: Review, part: str = "") -> str:
    """The address of a meeting, or of something below it."""
    return f"/reviews/{review.pk}/{part}"


def door(review: Review, verb: str, key: str = "sales") -> str:
    """Where something is written about an item."""
    return page(review, f"items/{item_of(review, key).pk}/{verb}/")


def deciding(**fields: Any) -> dict[str, Any]:
    """The form of a decision."""
    return {"kind": "act", "reason": "Rain", "doing": "", "seen": ""} | fields


def planning(**fields: Any) -> dict[str, Any]:
    """The form of a plan."""
    return {
        "name": "Monthly review", "cadence": "monthly", "nth": "2", "weekday": "2",
        "meets_at": "10:00", "minutes": "45", "remind_days": "2", "is_active": "on",
    } | fields  # fmt: skip


def stamp(moment: datetime | None) -> str:
    """What a page keeps in its hidden field."""
    return moment.isoformat() if moment else ""
