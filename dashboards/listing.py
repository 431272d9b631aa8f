"""The list of a team's indicators: searched, filtered by chips, sorted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

from analysis.statuses import look_of
from dashboards.board import ORDER, Rights, as_tile, urgency
from dashboards.tiles import Tile, for_tiles
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
STATES: Mapping[str, str] = {"active": "Active", "draft": "Drafts", "retired": "Retired"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the list is asked for; every part is one of the offered words or empty."""

    q: str = ""
    status: str = ""
    kind: str = ""
    state: str = "active"
    sort: str = "attention"

    @classmethod
    def of(cls, query: QueryDict) -> Asked:
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
        usual = Asked()
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What the list shows."""

    team: Team
    asked: Asked
    rows: tuple[Tile, ...]
    total: int
    statuses: tuple[Chip, ...]
    kinds: tuple[Chip, ...]
    states: tuple[Chip, ...]
    sorts: tuple[Chip, ...]
    rights: Rights


def build_listing(
    team: Team, user: User, asked: Asked, *, now: datetime, organisation: Organisation
) -> Listing:
    """The indicators at home in the team and shared with it; two queries whatever their number."""
    lens, rights = Lens.of(organisation, now), Rights.of(user, team)
    held = of_team(Indicator.objects.visible_to(user), team)
    states = Counter(held.order_by().values_list("state", flat=True))
    rows = [
        as_tile(row, team, lens, rights)
        for row in for_tiles(searched(held.filter(state=asked.state), asked.q))
    ]
    shown = [found for found in rows if fits(found, asked)]
    return Listing(
        team=team,
        asked=asked,
        rows=tuple(ordered(shown, asked.sort)),
        total=len(rows),
        statuses=tuple(status_chips(rows, asked)) if asked.state == "active" else (),
        kinds=tuple(kind_chips(rows, asked)),
        states=tuple(state_chips(states, asked)),
        sorts=tuple(
            Chip(label, asked.address(sort=sort), sort == asked.sort, 0)
            for sort, label in SORTS.items()
        ),
        rights=rights,
    )


def of_team(indicators: IndicatorQuerySet, team: Team) -> IndicatorQuerySet:
    """At home in the team or shared with it, in every state."""
    shared = Sharing.objects.filter(team=team).values("indicator_id")
    return indicators.filter(Q(team=team) | Q(pk__in=shared))


def searched(indicators: IndicatorQuerySet, q: str) -> IndicatorQuerySet:
    """Every word of the question in name, key, description, owner or source."""
    for word in q.split():
        indicators = indicators.filter(
            Q(name__icontains=word)
            | Q(key__icontains=word)
            | Q(description__icontains=word)
            | Q(owner__name__icontains=word)
            | Q(source__icontains=word)
        )
    return indicators


def fits(found: Tile, asked: Asked) -> bool:
    """Whether a row passes the chosen chips."""
    return (not asked.status or found.status == asked.status) and (
        not asked.kind or asked.kind in kinds_of(found)
    )


def kinds_of(found: Tile) -> tuple[str, ...]:
    """The kinds a row counts as: key is one beside its own."""
    return (found.kind, "key") if found.is_key else (found.kind,)


def ordered(rows: Iterable[Tile], sort: str) -> list[Tile]:
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


def status_chips(rows: Sequence[Tile], asked: Asked) -> Iterable[Chip]:
    """A chip for each status that occurs."""
    counts = Counter(found.status for found in rows)
    for status in ORDER:
        if counts[status] or status == asked.status:
            current = status == asked.status
            url = asked.address(status="" if current else status)
            yield Chip(look_of(status).word, url, current, counts[status], status)


def kind_chips(rows: Sequence[Tile], asked: Asked) -> Iterable[Chip]:
    """A chip for each kind that occurs, where there is more than one."""
    counts = Counter(kind for found in rows for kind in kinds_of(found))
    for kind, label in KINDS.items():
        if (counts[kind] and len(counts) > 1) or kind == asked.kind:
            current = kind == asked.kind
            yield Chip(label, asked.address(kind="" if current else kind), current, counts[kind])


def state_chips(counts: Counter[str], asked: Asked) -> Iterable[Chip]:
    """Active, drafts, retired: shown where there is anything besides active ones."""
    if not (counts["draft"] or counts["retired"] or asked.state != "active"):
        return
    for state, label in STATES.items():
        if counts[state] or state in ("active", asked.state):
            url = Asked(q=asked.q, sort=asked.sort).address(state=state)
            yield Chip(label, url, state == asked.state, counts[state])
