"""Show the company at a glance: every team's KVI, and objectives with what serves them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from analysis.statuses import look_of
from dashboards.board.board import StatusCount, tally_of, urgency
from dashboards.board.tiles import Tile, for_tiles, make_tile
from indicators.models import Indicator, Objective
from indicators.models.sharing import Sharing
from teams.models import Organisation, Team, User
from web.icons import icon_svg
from web.links import address
from web.wording import Lens

MOST_CARDS = 24
SHOWN = 6
NO_PERSPECTIVE = "Without a perspective"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCard:
    """A team with its KVI, if it has one, and the tally of what it measures."""

    name: str
    url: str
    purpose: str
    depth: int
    tile: Tile | None
    tally: tuple[StatusCount, ...]
    number: int

    @property
    def counts(self) -> SafeString:
        """The tally in little room: shapes with numbers, in words for those who do not see."""
        if not self.tally:
            return SafeString("")
        looks = [(look_of(found.status), found.count) for found in self.tally]
        words = ", ".join(f"{count} {one.word.lower()}" for one, count in looks)
        shapes = format_html_join(
            "", "{}{}", ((icon_svg(one.icon, f"status {one.tone}"), count) for one, count in looks)
        )
        return format_html(
            '<span class="standing" role="img" aria-label="{}">{}</span>', words, shapes
        )


@dataclass(frozen=True, slots=True)
class TeamGroup:
    """Teams under one parent; without a name where they are roots."""

    name: str
    url: str
    cards: tuple[TeamCard, ...]


def build_overview(user: User, *, now: datetime, organisation: Organisation) -> dict[str, Any]:
    """Read all teams this person sees, in three queries for one team or two hundred."""
    teams = list(Team.objects.visible_to(user).current().order_by("path"))
    kvis = kvis_of(user, Lens.of(organisation, now))
    seen = Indicator.objects.visible_to(user).active().order_by()
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for team_id, status, number in seen.values_list("team_id", "verdict__status").annotate(
        number=Count("pk")
    ):
        counts[team_id][status] = number
    cards = {
        team.pk: TeamCard(
            name=team.name,
            url=address("team_board", team.slug),
            purpose=team.purpose,
            depth=team.depth,
            tile=kvis.get(team.pk),
            tally=tally_of(counts[team.pk]),
            number=counts[team.pk].total(),
        )
        for team in teams
    }
    return {
        "organisation": organisation,
        "groups": list(team_groups(teams, cards)),
        "tally": tally_of(sum(counts.values(), Counter())),
        "teams": len(teams),
        "is_dense": len(teams) > MOST_CARDS,  # then each team is a row
        "notices": [organisation.notice] if organisation.notice else [],
    }


def kvis_of(user: User, lens: Lens) -> Mapping[int, Tile]:
    """The KVI of each team by its id: its own, else the one shared with it as such."""
    shared = Sharing.objects.filter(as_kvi=True)
    kvis = Indicator.objects.active().filter(kind=Indicator.Kind.KVI).order_by().values("pk")
    seen = Indicator.objects.visible_to(user).active()
    shown = for_tiles(seen.filter(pk__in=kvis.union(shared.values("indicator_id"))))
    hosts = ArraySubquery(shared.filter(indicator=OuterRef("pk")).values("team_id"))
    found: dict[int, Tile] = {}
    own: dict[int, Tile] = {}
    rows: QuerySet[Any] = shown.annotate(host_ids=hosts)
    for row in rows:
        found |= {team_id: make_tile(row, lens, home=row.team.name) for team_id in row.host_ids}
        if row.kind == Indicator.Kind.KVI:
            own[row.team_id] = make_tile(row, lens)
    return found | own


def team_groups(teams: Sequence[Team], cards: Mapping[int, TeamCard]) -> Iterable[TeamGroup]:
    """Teams under their parents in the order of the tree; a parent leads its own group."""
    by_id = {team.pk: team for team in teams}
    heads = {team.parent_id for team in teams}
    members: dict[int | None, list[Team]] = defaultdict(list)
    for team in teams:
        above = team.parent_id if team.parent_id in by_id else None
        members[team.pk if team.pk in heads else above].append(team)
    for head, found in members.items():
        found.sort(key=lambda team: (team.pk != head, team.position, team.name.casefold()))
        parent = by_id.get(head) if head else None
        yield TeamGroup(
            parent.name if parent else "",
            address("team_board", parent.slug) if parent else "",
            tuple(cards[team.pk] for team in found),
        )


def build_scorecard(user: User, *, now: datetime, organisation: Organisation) -> dict[str, Any]:
    """Read all objectives this person sees, by perspective, in three queries.

    Those without a perspective are last; each has the tiles that serve it, most urgent first.
    """
    lens = Lens.of(organisation, now)
    seen = Indicator.objects.visible_to(user).active()
    serving: dict[int | None, list[Tile]] = defaultdict(list)
    for row in for_tiles(seen.filter(objective__isnull=False)):
        serving[row.objective_id].append(make_tile(row, lens))
    lines: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for objective in Objective.objects.visible_to(user).select_related("perspective", "team"):
        held, tiles = objective.perspective, sorted(serving[objective.pk], key=urgency)
        lines[(held.position, held.name) if held else (10**6, NO_PERSPECTIVE)].append(
            {
                "statement": objective.statement,
                "why": objective.why,
                "team": objective.team.name,
                "tiles": tiles[:SHOWN],
                "hidden": max(len(tiles) - SHOWN, 0),
                "tally": tally_of(Counter(found.status for found in tiles)),
            }
        )
    views = [{"name": place[1], "lines": lines[place]} for place in sorted(lines)]
    return {"views": views, "unaligned": seen.filter(objective=None).count()}
