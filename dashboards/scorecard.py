"""The scorecard: objectives by perspective, each with the indicators that serve it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.board import StatusCount, urgency
from dashboards.overview import standings
from dashboards.tiles import Tile, for_tiles, make_tile
from indicators.models import Indicator, Objective
from teams.models import Organisation, User
from web.wording import Lens

SHOWN = 6
NO_PERSPECTIVE = "Without a perspective"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveLine:
    """An objective with the tiles that serve it, most urgent first."""

    statement: str
    why: str
    team: str
    tiles: tuple[Tile, ...]
    hidden: int
    tally: tuple[StatusCount, ...]


@dataclass(frozen=True, slots=True)
class PerspectiveView:
    """A perspective with its objectives."""

    name: str
    lines: tuple[ObjectiveLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """What the page shows; `unaligned` indicators serve no objective."""

    views: tuple[PerspectiveView, ...]
    unaligned: int


def build_scorecard(user: User, *, now: datetime, organisation: Organisation) -> Scorecard:
    """All objectives this person sees; three queries whatever their number."""
    lens = Lens.of(organisation, now)
    seen = Indicator.objects.visible_to(user).active()
    serving: dict[int, list[Tile]] = defaultdict(list)
    for row in for_tiles(seen.filter(objective__isnull=False)):
        assert row.objective_id is not None
        serving[row.objective_id].append(make_tile(row, lens))
    objectives = Objective.objects.visible_to(user).select_related("perspective", "team")
    return Scorecard(
        views=tuple(perspective_views(objectives, serving)),
        unaligned=seen.filter(objective=None).count(),
    )


def perspective_views(
    objectives: Iterable[Objective], serving: Mapping[int, Sequence[Tile]]
) -> Iterable[PerspectiveView]:
    """Objectives by perspective in its order; those without one last."""
    lines: dict[tuple[int, str], list[ObjectiveLine]] = defaultdict(list)
    for objective in objectives:
        held = objective.perspective
        place = (held.position, held.name) if held else (10**6, NO_PERSPECTIVE)
        lines[place].append(objective_line(objective, serving.get(objective.pk, ())))
    return (PerspectiveView(place[1], tuple(lines[place])) for place in sorted(lines))


def objective_line(objective: Objective, tiles: Sequence[Tile]) -> ObjectiveLine:
    """An objective with what serves it."""
    ordered = sorted(tiles, key=urgency)
    return ObjectiveLine(
        statement=objective.statement,
        why=objective.why,
        team=objective.team.name,
        tiles=tuple(ordered[:SHOWN]),
        hidden=max(len(ordered) - SHOWN, 0),
        tally=standings(Counter(found.status for found in ordered)),
    )
