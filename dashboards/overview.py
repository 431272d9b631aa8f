"""The company at a glance: every team's KVI side by side, and how many numbers stand where."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from analysis.statuses import look_of
from dashboards.board import ORDER, Standing
from dashboards.links import board_address
from dashboards.tiles import Tile, for_tiles, tile
from indicators.models import Indicator
from indicators.models.sharing import Sharing
from teams.models import Organisation, Team, User
from web.icons import icon_svg
from web.wording import Lens

MOST_CARDS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCard:
    """A team with its KVI, if it has one, and the tally of what it measures."""

    name: str
    url: str
    purpose: str
    depth: int
    tile: Tile | None
    tally: tuple[Standing, ...]
    number: int

    @property
    def counts(self) -> SafeString:
        """The tally in little room: shapes with numbers, in words for those who do not see."""
        return drawn_counts(self.tally)


@dataclass(frozen=True, slots=True)
class Group:
    """Teams under one parent; without a name where they are roots."""

    name: str
    url: str
    cards: tuple[TeamCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the page of all teams shows."""

    organisation: Organisation
    groups: tuple[Group, ...]
    tally: tuple[Standing, ...]
    without_kvi: int
    teams: int
    notices: tuple[str, ...]

    @property
    def is_dense(self) -> bool:
        """Whether there are too many teams for cards: then each is a row."""
        return self.teams > MOST_CARDS


def build_overview(
    user: User, *, now: datetime, organisation: Organisation | None = None
) -> Overview:
    """All teams this person sees; three queries for one team or two hundred."""
    organisation = organisation or Organisation.current()
    lens = Lens.of(organisation, now)
    teams = list(Team.objects.visible_to(user).current().order_by("path"))
    kvis = kvis_of(user, lens)
    counts = counts_of(user)
    cards = {team.pk: card_of(team, kvis.get(team.pk), counts[team.pk]) for team in teams}
    whole: Counter[str] = sum(counts.values(), Counter())
    return Overview(
        organisation=organisation,
        groups=tuple(grouped(teams, cards)),
        tally=standings(whole),
        without_kvi=sum(card.tile is None for card in cards.values()),
        teams=len(teams),
        notices=(organisation.notice,) if organisation.notice else (),
    )


def kvis_of(user: User, lens: Lens) -> Mapping[int, Tile]:
    """The KVI of each team by its id: its own, else the one shared with it as such."""
    rows = list(seen_kvis(user=user))
    found: dict[int, Tile] = {}
    for row in rows:
        hosts_of: Sequence[int] = getattr(row, "host_ids", ())
        found |= {team_id: tile(row, lens, home=row.team.name) for team_id in hosts_of}
    at_home = (row for row in rows if row.kind == Indicator.Kind.KVI)
    return found | {row.team_id: tile(row, lens) for row in at_home}


def seen_kvis(*, user: User) -> QuerySet[Indicator]:
    """The KVIs, with the ids of the teams with which they are shared as such."""
    seen = Indicator.objects.visible_to(user).active()
    shared = Sharing.objects.filter(as_kvi=True)
    kvis = Indicator.objects.active().filter(kind=Indicator.Kind.KVI).order_by().values("pk")
    shown = seen.filter(pk__in=kvis.union(shared.values("indicator_id")))
    hosts = ArraySubquery(shared.filter(indicator=OuterRef("pk")).values("team_id"))
    return for_tiles(shown).annotate(host_ids=hosts)


def counts_of(user: User) -> Mapping[int, Counter[str]]:
    """How many active indicators of each team have which status."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for team_id, status, number in counted(user=user):
        found[team_id][status] = number
    return found


def counted(*, user: User) -> QuerySet[Indicator, tuple[int, str, int]]:
    """Team, status, and how many active indicators of the team have it."""
    seen = Indicator.objects.visible_to(user).active().order_by()
    return seen.values_list("team_id", "verdict__status").annotate(number=Count("pk"))


def card_of(team: Team, kvi: Tile | None, counts: Counter[str]) -> TeamCard:
    """The card of a team."""
    return TeamCard(
        name=team.name,
        url=board_address(team),
        purpose=team.purpose,
        depth=team.depth,
        tile=kvi,
        tally=standings(counts),
        number=counts.total(),
    )


@lru_cache(maxsize=1024)
def drawn_counts(tally: tuple[Standing, ...]) -> SafeString:
    """Shapes with numbers; "" without any."""
    if not tally:
        return SafeString("")
    words = ", ".join(f"{found.count} {word(found.status)}" for found in tally)
    shapes = format_html_join("", "{}{}", ((shape(found.status), found.count) for found in tally))
    return format_html('<span class="standing" role="img" aria-label="{}">{}</span>', words, shapes)


@lru_cache
def shape(status: str) -> SafeString:
    """The icon of a status."""
    shown = look_of(status)
    return icon_svg(shown.icon, f"status {shown.tone}")


@lru_cache
def word(status: str) -> str:
    """A status in the middle of a sentence."""
    return look_of(status).word.lower()


def standings(counts: Counter[str]) -> tuple[Standing, ...]:
    """Counts in the order of the statuses, without zeros."""
    return tuple(Standing(status, counts[status]) for status in ORDER if counts[status])


def grouped(teams: Sequence[Team], cards: Mapping[int, TeamCard]) -> Iterable[Group]:
    """Teams under their parents in the order of the tree; a parent leads its own group."""
    by_id = {team.pk: team for team in teams}
    heads = {team.parent_id for team in teams}
    members: dict[int | None, list[Team]] = defaultdict(list)
    for team in teams:
        members[head_of(team, by_id, heads)].append(team)
    for head, found in members.items():
        found.sort(key=lambda team: (team.pk != head, team.position, team.name.casefold()))
        parent = by_id.get(head) if head else None
        yield Group(
            parent.name if parent else "",
            board_address(parent) if parent else "",
            tuple(cards[team.pk] for team in found),
        )


def head_of(team: Team, by_id: Container[int | None], heads: Container[int | None]) -> int | None:
    """Under whose name a team stands: its parent's, or its own where it has teams below it."""
    if team.pk in heads:
        return team.pk
    return team.parent_id if team.parent_id in by_id else None
