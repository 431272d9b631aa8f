"""The query string of the list of indicators: filters and order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from django.db.models import F, Q
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from analysis.values import Signal, Status
from indicators.models import Indicator, Sharing
from indicators.models.indicator import IndicatorQuerySet
from teams.models import Team
from web.api.queries import bad_option, option_text, option_word

YES, NO = ("true", "1"), ("false", "0")
ORDERS = ("name", "key", "created_at", "updated_at", "severity")
WORDS: Mapping[str, tuple[str, Sequence[str]]] = {
    "kind": ("kind", Indicator.Kind.values),
    "level": ("level", Indicator.Level.values),
    "state": ("state", Indicator.State.values),
    "period": ("period", Indicator.Period.values),
    "status": ("verdict__status", get_args(Status)),
    "signal": ("verdict__signal", get_args(Signal)),
}
NAMES: Mapping[str, str] = {
    "owner": "owner__email__iexact",
    "objective": "objective__slug",
    "perspective": "perspective__slug",
}
LONGEST = 200

PARAMETERS = [
    OpenApiParameter("team", str, description="Slug of the home team."),
    OpenApiParameter(
        "shared",
        str,
        description="Slug of a team it is shared with; `true` adds what is shared with `team`.",
    ),
    *(OpenApiParameter(name, str, enum=list(allowed)) for name, (_, allowed) in WORDS.items()),
    OpenApiParameter("owner", str, description="E-mail address."),
    OpenApiParameter("objective", str, description="Slug."),
    OpenApiParameter("perspective", str, description="Slug."),
    OpenApiParameter("q", str, description="In name, key and description."),
    OpenApiParameter("key", str, enum=["true", "false"], description="Key indicators or others."),
    OpenApiParameter(
        "ordering", str, enum=[*ORDERS, *(f"-{name}" for name in ORDERS)], default="name"
    ),
]


class IndicatorOrder:
    """Tells the cursor which order was asked for; ties are broken by the id."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        return queryset

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """The fields to order by, the id last so that no row is lost between pages."""
        asked = option_text(request, "ordering") or "name"
        minus, name = ("-", asked[1:]) if asked.startswith("-") else ("", asked)
        if name not in ORDERS:
            known = ", ".join(ORDERS)
            raise bad_option("ordering", f"It is one of {known}, or one of them with a minus.")
        return (minus + name, f"{minus}pk")


def filtered(rows: IndicatorQuerySet, request: Request) -> IndicatorQuerySet:
    """The rows that the query string asks for; 422 where it asks for what cannot be."""
    rows = rows.annotate(severity=F("verdict__severity"))
    team, shared = option_text(request, "team"), option_text(request, "shared")
    if hides_a_team(request, {team, shared}):
        return rows.none()
    for name, (path, allowed) in WORDS.items():
        if found := option_word(request, name, allowed):
            rows = rows.filter(**{path: found})
    for name, path in NAMES.items():
        if found := option_text(request, name):
            rows = rows.filter(**{path: found[:LONGEST]})
    for part in option_text(request, "q")[:LONGEST].split()[:8]:
        in_text = Q(name__icontains=part) | Q(key__icontains=part) | Q(description__icontains=part)
        rows = rows.filter(in_text)
    if asked := option_text(request, "key").lower():
        if asked not in (*YES, *NO):
            raise bad_option("key", "It is true or false.")
        rows = rows.filter(is_key=asked in YES)
    return rows.filter(on_boards(team, shared))


def hides_a_team(request: Request, named: set[str]) -> bool:
    """Whether a team is asked for that the caller does not see: it looks like an unknown one."""
    slugs = named - {"", *YES, *NO}
    return Team.objects.visible_to(request.user).filter(slug__in=slugs).count() < len(slugs)


def on_boards(team: str, shared: str) -> Q:
    """At home in `team`; `shared` adds or narrows as the documentation of the options says."""
    sharings = Sharing.objects.values("indicator_id")
    if shared in YES and team:
        return Q(team__slug=team) | Q(pk__in=sharings.filter(team__slug=team))
    found = Q(team__slug=team) if team else Q()
    if shared in (*YES, *NO):
        is_shared = Q(pk__in=sharings)
        return found if team else is_shared if shared in YES else ~is_shared
    return found & Q(pk__in=sharings.filter(team__slug=shared)) if shared else found
