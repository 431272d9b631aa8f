"""The data of a team's board, in a constant number of queries for one tile or fifty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from dashboards.hero import Hero, build_hero
from dashboards.meetings import Meeting, next_meeting
from dashboards.tiles import Link, Tile, for_tiles, make_tile
from indicators.models import Indicator
from indicators.models.indicator import FOCUS_BUDGET
from indicators.models.sharing import Sharing
from teams.access import Action
from teams.models import Organisation, Team, User
from verdicts.models import Verdict
from web.links import address
from web.wording import Lens

# what a team may choose as the one number, told where it has none yet
EXAMPLES = (
    ("Conversion", "conversion"),
    ("Daily active users", "daily-active-users"),
    ("Daily active minutes", "daily-active-minutes"),
    ("Manual actions", "manual-actions"),
    ("Calls per 1,000 customers", "calls-per-thousand-customers"),
)
ORDER = tuple(Verdict.Status.values)


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many tiles have a status."""

    status: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What the person in front of the page may do with the team."""

    enter: bool
    define: bool
    review: bool
    manage: bool

    @classmethod
    def of(cls, user: User, team: Team) -> Rights:
        """Read from the person's reach."""
        reach = user.reach
        return cls(
            enter=reach.may(Action.ENTER, team.pk),
            define=reach.may(Action.DEFINE, team.pk),
            review=reach.may(Action.REVIEW, team.pk),
            manage=reach.may(Action.MANAGE, team.pk),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything the team's page shows."""

    team: Team
    organisation: Organisation
    hero: Hero | None
    kvi: Tile | None
    keys: tuple[Tile, ...]
    supporting: tuple[Tile, ...]
    tally: tuple[StatusCount, ...]
    meeting: Meeting | None
    rights: Rights
    notices: tuple[str, ...]
    examples: tuple[Link, ...]
    is_recomputing: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see yet."""
        return self.hero is None and not self.keys and not self.supporting

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """Everything that is shown, the KVI first."""
        return (*((self.kvi,) if self.kvi else ()), *self.keys, *self.supporting)

    @property
    def budget(self) -> int:
        """How many key indicators a team may steer on."""
        return FOCUS_BUDGET


def build_board(
    team: Team,
    user: User,
    *,
    now: datetime,
    span: str = "",
    organisation: Organisation | None = None,
) -> Board:
    """The board of a team as this person may see it; at most eight queries."""
    organisation = organisation or Organisation.current()
    lens, rights = Lens.of(organisation, now), Rights.of(user, team)
    indicators = list(on_board(user=user, team=team.pk))
    tiles = {row.pk: as_tile(row, team, lens, rights) for row in indicators}
    kvi = choose_kvi(indicators, team)
    rest = sorted((row for row in indicators if row != kvi), key=lambda row: urgency(tiles[row.pk]))
    keys, supporting = divide(rest, team)
    hero = build_hero(kvi, tiles[kvi.pk], lens, span=span, home=home_of(kvi, team)) if kvi else None
    shown_keys = tuple(tiles[row.pk] for row in keys)
    return Board(
        team=team,
        organisation=organisation,
        hero=hero,
        kvi=tiles[kvi.pk] if kvi else None,
        keys=shown_keys,
        supporting=tuple(tiles[row.pk] for row in supporting),
        tally=tally(shown_keys),
        meeting=next_meeting(team, user, list(tiles.values()), lens),
        rights=rights,
        notices=board_notices(team, organisation, tiles.values()),
        examples=examples(team) if rights.define and kvi is None else (),
        is_recomputing=any(not found.is_fresh for found in tiles.values()),
    )


def on_board(*, user: User, team: int) -> QuerySet[Indicator]:
    """The active indicators of the board, own and shared, with all a tile needs."""
    as_kvi = Sharing.objects.filter(team=team, as_kvi=True, indicator=OuterRef("pk"))
    found = Indicator.objects.visible_to(user).on_board_of(team)
    return for_tiles(found).annotate(is_shared_kvi=Exists(as_kvi))


def as_tile(indicator: Indicator, team: Team, lens: Lens, rights: Rights) -> Tile:
    """The tile on this board; values of shared indicators are entered at home."""
    home = home_of(indicator, team)
    return make_tile(indicator, lens, home=home, may_enter=rights.enter and not home)


def home_of(indicator: Indicator, team: Team) -> str:
    """The name of the owning team, where it is another one."""
    return "" if indicator.team_id == team.pk else indicator.team.name


def choose_kvi(indicators: Sequence[Indicator], team: Team) -> Indicator | None:
    """The team's own key value indicator, else one shared with it as such."""
    own = (i for i in indicators if i.kind == Indicator.Kind.KVI and i.team_id == team.pk)
    shared = (i for i in indicators if getattr(i, "is_shared_kvi", False))
    return next(own, None) or next(shared, None)


def divide(
    indicators: Sequence[Indicator], team: Team
) -> tuple[Sequence[Indicator], Sequence[Indicator]]:
    """The team's own key indicators within the focus budget, and all that is only watched."""
    steered = [i for i in indicators if i.team_id == team.pk and (i.is_key or i.is_omtm)]
    keys = steered[:FOCUS_BUDGET]
    return keys, [i for i in indicators if i not in keys]


def urgency(found: Tile) -> tuple[int, bool, str]:
    """What sorts attention first: the verdict's severity, need of talk, then the name."""
    return -found.severity, not found.needs_talk, found.name.casefold()


def tally(tiles: Iterable[Tile]) -> tuple[StatusCount, ...]:
    """How many tiles stand where, in the order of the statuses."""
    counts = Counter(found.status for found in tiles)
    return tuple(StatusCount(status, counts[status]) for status in ORDER if counts[status])


def board_notices(team: Team, organisation: Organisation, tiles: Iterable[Tile]) -> tuple[str, ...]:
    """What must be said about where the numbers are from."""
    closed = "This team is archived: everything stays readable, and nothing changes any more."
    told = [closed if team.archived_at else "", organisation.notice, team.notice]
    synthetic = [found.name for found in tiles if found.synthetic]
    if synthetic and not any("synthetic" in text.lower() for text in told):
        several = "Numbers marked “synthetic” are made up for demonstration."
        told.append(several)
    return tuple(filter(None, told))


def examples(team: Team) -> tuple[Link, ...]:
    """Five numbers other teams chose, each a start of the form."""
    links = (
        Link(name, address("indicator_new", team.slug, kind="kvi", template=slug))
        for name, slug in EXAMPLES
    )
    return tuple(link for link in links if link.url)
