"""Makers of test objects with sensible defaults; each returns a saved row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from indicators.models import Indicator, Objective, Target
from measurements.models import Batch, Measurement
from teams.models import Membership, Team, User
from tests import clock

PASSWORD = "correct horse battery"
number = count(1)


def make_user(name: str = "", *, administrator: bool = False, **roles: Team) -> User:
    """A person with memberships: `make_user("alice", manager=team)`."""
    name = name or f"person{next(number)}"
    user = User.objects.create_user(
        f"{name}@example.org", PASSWORD, name=name.title(), is_administrator=administrator
    )
    for role, team in roles.items():
        Membership.objects.create(user=user, team=team, role=role)
    return user


def make_team(name: str = "", *, parent: Team | None = None, **fields: Any) -> Team:
    """A team, at the root by default."""
    name = name or f"Team {next(number)}"
    slug = fields.pop("slug", name.lower().replace(" ", "-"))
    return Team.objects.create(name=name, slug=slug, parent=parent, **fields)


def make_indicator(team: Team, key: str = "", *, state: str = "active", **fields: Any) -> Indicator:
    """An active monthly indicator."""
    key = key or f"indicator-{next(number)}"
    defaults: dict[str, Any] = {
        "name": key.replace("-", " ").capitalize(),
        "customer_impact": "Customers get what they came for.",
        "business_value": "They come back.",
    }
    return Indicator.objects.create(key=key, team=team, state=state, **(defaults | fields))


def make_target(indicator: Indicator, value: str | Decimal = "100", **fields: Any) -> Target:
    """A standing target in the indicator's direction."""
    fields.setdefault("comparator", "lte" if indicator.direction == "down" else "gte")
    return Target(indicator=indicator, value=Decimal(value), **fields).start(indicator)


def make_measurements(
    indicator: Indicator, values: Sequence[str | float], *, first: date, step_months: int = 1
) -> None:
    """Monthly values from `first` on, written straight to the table."""
    batch = Batch.objects.create(door=Batch.Door.API)
    months = [first.year * 12 + first.month - 1 + k * step_months for k in range(len(values))]
    Measurement.objects.bulk_create(
        Measurement(
            indicator=indicator,
            at=datetime(m // 12, m % 12 + 1, 1, tzinfo=UTC),
            value=Decimal(str(value)),
            recorded_at=clock.now(),
            batch=batch,
        )
        for m, value in zip(months, values, strict=True)
    )


def make_objective(team: Team, statement: str = "Grow with customers", **fields: Any) -> Objective:
    """An objective of the team."""
    slug = fields.pop("slug", f"objective-{next(number)}")
    return Objective.objects.create(team=team, slug=slug, statement=statement, **fields)
