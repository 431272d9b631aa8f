"""The teams of the sidebar: the one in view, then a person's own, then the others, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from indicators.models import Indicator
from indicators.models.indicator import IndicatorQuerySet
from indicators.models.sharing import Sharing
from reviews.models import ReviewPlan
from teams.models import Membership, Team, User

MOST = 9
IN_VIEW, OWN, BELOW, OTHER = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A team with what the sidebar says of it; `is_home` is the one in view or a person's own."""

    team: Team
    is_home: bool
    kvi_status: str
    indicators: int
    next_at: datetime | None


def neighbours(user: User, slug: str) -> list[Neighbour]:
    """At most nine teams this person may see, the nearest first."""
    return [as_neighbour(row) for row in nearest(user=user, slug=slug)]


def nearest(*, user: User, slug: str) -> QuerySet[Team]:
    """The teams with what the sidebar says of each, and how near they are."""
    mine = Membership.objects.filter(user=user.reach.user_id, team=OuterRef("pk"))
    near = Case(
        When(slug=slug, then=Value(IN_VIEW)),
        When(Exists(mine), then=Value(OWN)),
        When(pk__in=user.reach.roles, then=Value(BELOW)),
        default=Value(OTHER),
        output_field=IntegerField(),
    )
    here = Team.objects.visible_to(user).filter(Q(archived_at=None) | Q(slug=slug))
    seen = with_signs(here.select_related("parent"), user)
    return seen.annotate(distance=near).order_by("distance", "position", "name")[:MOST]


def with_signs(teams: QuerySet[Team], user: User) -> QuerySet[Team]:
    """Bring the status of the KVI, the number of indicators and the next meeting."""
    visible = Indicator.objects.visible_to(user).active()
    own = visible.filter(team=OuterRef("pk"))
    plans = ReviewPlan.objects.filter(team=OuterRef("pk"), is_active=True, next_at__isnull=False)
    return teams.annotate(
        kvi_status=Coalesce(kvi_status(visible), Value("")),
        number=Subquery(own.order_by().values("team").annotate(n=Count("pk")).values("n")),
        next_at=Subquery(plans.order_by("next_at").values("next_at")[:1]),
    )


def kvi_status(visible: IndicatorQuerySet) -> Coalesce:
    """The status of a team's own key value indicator, else of the one shared with it as such."""
    own = visible.filter(kind=Indicator.Kind.KVI, team=OuterRef("pk"))
    shared = Sharing.objects.filter(
        team=OuterRef("pk"), as_kvi=True, indicator__in=visible.values("pk")
    )
    return Coalesce(
        Subquery(own.values("verdict__status")[:1]),
        Subquery(shared.values("indicator__verdict__status")[:1]),
    )


def as_neighbour(row: Any) -> Neighbour:
    """A row of the query as a value."""
    return Neighbour(
        team=row,
        is_home=row.distance in (IN_VIEW, OWN),
        kvi_status=row.kvi_status,
        indicators=row.number or 0,
        next_at=row.next_at,
    )
