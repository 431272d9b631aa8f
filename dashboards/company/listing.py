"""The list of a team's indicators: searched, filtered by chips, sorted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

from analysis.statuses import look_of
from dashboards.board.board import ORDER, Rights, as_tile, urgency
from dashboards.board.tiles import Tile, for_tiles
from dashboards.company.searching import matching
from indicators.models import Indicator
from indicators.models.indicator import IndicatorQuerySet
from indicators.models.sharing import Sharing
from teams.models import Organisation, Team, User
from web.wording import Lens

SORTS: Mapping[str, str] = {
    "attention": "Attention",
    "name": "Name",
    "status": "Status",
    "kind": "Kind",
    "owner": "Owner",
}
KINDS: Mapping[str, str] = {
    "kvi": "KVI",
    "key": "Key",
    "kpi": "KPI",
    "kri": "Risk",
    "performance": "Performance measure",
}
SEARCHED = ("name", "key", "description", "owner__name", "source")
STATES: Mapping[str, str] = {"active": "Active", "draft": "Drafts", "retired": "Retired"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """What the list is asked for; every part is one of the offered words or empty."""

    q: str = ""
    status: str = ""
    kind: str = ""
    state: str = "active"
    sort: str = "attention"

    @classmethod
    def of(cls, query: QueryDict) -> ListQuery:
        """Read from an address; what is not offered is left out."""
        status, kind = query.get("status", ""), query.get("kind", "")
        state, sort = query.get("state", ""), query.get("sort", "")
        return cls(
            q=query.get("q", "").strip()[:80],
            status=status if status in ORDER else "",
            kind=kind if kind in KINDS else "",
            state=state if state in STATES else "active",
            sort=sort if sort in SORTS else "attention",
        )

    def address(self, **changes: str) -> str:
        """The same list with some parts changed, as a query; usual parts are left out."""
        usual = ListQuery()
        parts = {name: changes.get(name, getattr(self, name)) for name in self.__slots__}
        kept = {name: value for name, value in parts.items() if value != getattr(usual, name)}
        return f"?{urlencode(kept)}" if kept else "?"


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is a link; pressing a current one takes it off."""

    label: str
    url: str
    current: bool
    count: int
    status: str = ""


def build_listing(
    team: Team, user: User, asked: ListQuery, *, now: datetime, organisation: Organisation
) -> dict[str, Any]:
    """The indicators at home in the team and shared with it; two queries whatever their number."""
    lens, rights = Lens.of(organisation, now), Rights.of(user, team)
    held = indicators_of(Indicator.objects.visible_to(user), team)
    states = Counter(held.order_by().values_list("state", flat=True))
    rows = [
        as_tile(row, team, lens, rights)
        for row in for_tiles(matching(held.filter(state=asked.state), asked.q.split(), *SEARCHED))
    ]
    shown = [
        found
        for found in rows
        if asked.status in ("", found.status) and asked.kind in ("", *kinds_of(found))
    ]
    looks = {status: look_of(status).word for status in ORDER}
    statuses = filter_chips("status", looks, Counter(found.status for found in rows), asked)
    of_kind = Counter(kind for found in rows for kind in kinds_of(found))
    if len(of_kind) < 2:  # then there is nothing to choose from
        of_kind = Counter({asked.kind: of_kind[asked.kind]})
    return {
        "asked": asked,
        "rows": sorted_tiles(shown, asked.sort),
        "total": len(rows),
        "statuses": list(statuses) if asked.state == "active" else [],
        "kinds": list(filter_chips("kind", KINDS, of_kind, asked)),
        "states": list(state_chips(states, asked)),
        "sorts": [
            Chip(label, asked.address(sort=sort), sort == asked.sort, 0)
            for sort, label in SORTS.items()
        ],
        "rights": rights,
    }


def indicators_of(indicators: IndicatorQuerySet, team: Team) -> IndicatorQuerySet:
    """At home in the team or shared with it, in every state."""
    shared = Sharing.objects.filter(team=team).values("indicator_id")
    return indicators.filter(Q(team=team) | Q(pk__in=shared))


def kinds_of(found: Tile) -> tuple[str, ...]:
    """The kinds a row counts as: key is one beside its own."""
    return (found.kind, "key") if found.is_key else (found.kind,)


def sorted_tiles(rows: Iterable[Tile], sort: str) -> list[Tile]:
    """The rows by the chosen column, equal ones by urgency."""
    by_urgency = sorted(rows, key=urgency)
    columns = {
        "name": lambda found: found.name.casefold(),
        "status": lambda found: ORDER.index(found.status) if found.status in ORDER else 99,
        "kind": lambda found: tuple(KINDS).index(found.kind),
        "owner": lambda found: (not found.owner, found.owner.casefold()),
    }
    column = columns.get(sort)
    return sorted(by_urgency, key=column) if column else by_urgency


def filter_chips(
    name: str, labels: Mapping[str, str], counts: Counter[str], asked: ListQuery
) -> Iterable[Chip]:
    """A chip for each word that occurs; pressing the current one takes it off."""
    current = getattr(asked, name)
    for value, label in labels.items():
        if counts[value] or value == current:
            url = asked.address(**{name: "" if value == current else value})
            status = value if name == "status" else ""
            yield Chip(label, url, value == current, counts[value], status)


def state_chips(counts: Counter[str], asked: ListQuery) -> Iterable[Chip]:
    """Active, drafts, retired: shown where there is anything besides active ones."""
    if not (counts["draft"] or counts["retired"] or asked.state != "active"):
        return
    for state, label in STATES.items():
        if counts[state] or state in ("active", asked.state):
            url = ListQuery(q=asked.q, sort=asked.sort).address(state=state)
            yield Chip(label, url, state == asked.state, counts[state])
