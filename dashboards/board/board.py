"""Read a team's board and its next meeting, in a constant number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Value

from dashboards.board.hero import Hero, build_hero
from dashboards.board.tiles import Tile, for_tiles, make_tile
from indicators.models import Indicator
from indicators.models.indicator import FOCUS_BUDGET
from indicators.models.sharing import Sharing
from reviews.models import Action as Promise
from reviews.models import Review, ReviewPlan
from teams.access import Action
from teams.models import Organisation, Team, User
from verdicts.models import Verdict
from web.links import Link, address
from web.wording import Lens, counted

# what a team may choose as the one number, told where it has none yet
EXAMPLES = (
    ("Conversion", "conversion"),
    ("Daily active users", "daily-active-users"),
    ("Daily active minutes", "daily-active-minutes"),
    ("Manual actions", "manual-actions"),
    ("Calls per 1,000 customers", "calls-per-thousand-customers"),
)
ORDER = tuple(Verdict.Status.values)
REASONS = 3
OPEN, PLANNED = range(2)
WITHOUT_TALK = (Verdict.Status.NO_DATA, Verdict.Status.NO_TARGET)


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
        acts = ("enter", "define", "review", "manage")
        return cls(**{act: user.reach.may(Action(act), team.pk) for act in acts})


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
    meeting: dict[str, Any] | None
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


def build_board(
    team: Team, user: User, *, now: datetime, organisation: Organisation, span: str = ""
) -> Board:
    """Read the board of a team as this person may see it, in at most eight queries."""
    lens, rights = Lens.of(organisation, now), Rights.of(user, team)
    as_kvi = Sharing.objects.filter(team=team.pk, as_kvi=True, indicator=OuterRef("pk"))
    found = Indicator.objects.visible_to(user).on_board_of(team.pk)
    indicators = list(for_tiles(found).annotate(is_shared_kvi=Exists(as_kvi)))
    tiles = {row.pk: as_tile(row, team, lens, rights) for row in indicators}
    kvi = choose_kvi(indicators, team)
    rest = sorted((row for row in indicators if row != kvi), key=lambda row: urgency(tiles[row.pk]))
    steered = [i for i in rest if i.team_id == team.pk and (i.is_key or i.is_omtm)]
    focus = steered[:FOCUS_BUDGET]
    keys = tuple(tiles[row.pk] for row in focus)
    return Board(
        team=team,
        organisation=organisation,
        hero=build_hero(kvi, tiles[kvi.pk], lens, span=span) if kvi else None,
        kvi=tiles[kvi.pk] if kvi else None,
        keys=keys,
        supporting=tuple(tiles[i.pk] for i in rest if i not in focus),
        tally=tally_of(Counter(found.status for found in keys)),
        meeting=next_meeting(team, user, list(tiles.values()), lens),
        rights=rights,
        notices=board_notices(team, organisation, tiles.values()),
        examples=examples(team) if rights.define and kvi is None else (),
        is_recomputing=any(not found.is_fresh for found in tiles.values()),
    )


def as_tile(indicator: Indicator, team: Team, lens: Lens, rights: Rights) -> Tile:
    """Make the tile on a team's board; values of shared indicators are entered at home."""
    home = "" if indicator.team_id == team.pk else indicator.team.name
    return make_tile(indicator, lens, home=home, may_enter=rights.enter and not home)


def choose_kvi(indicators: Sequence[Indicator], team: Team) -> Indicator | None:
    """The team's own key value indicator, else one shared with it as such."""
    own = (i for i in indicators if i.kind == Indicator.Kind.KVI and i.team_id == team.pk)
    shared = (i for i in indicators if getattr(i, "is_shared_kvi", False))
    return next(own, None) or next(shared, None)


def urgency(found: Tile) -> tuple[int, bool, str]:
    """What sorts attention first: the verdict's severity, need of talk, then the name."""
    return -found.severity, not found.needs_talk, found.name.casefold()


def tally_of(counts: Counter[str]) -> tuple[StatusCount, ...]:
    """Put counts in the order of the statuses, without zeros."""
    return tuple(StatusCount(status, counts[status]) for status in ORDER if counts[status])


def board_notices(team: Team, organisation: Organisation, tiles: Iterable[Tile]) -> tuple[str, ...]:
    """What must be said about where the numbers are from."""
    closed = "This team is archived: everything stays readable, and nothing changes any more."
    told = [closed if team.archived_at else "", organisation.notice, team.notice]
    synthetic = [found.name for found in tiles if found.synthetic]
    if synthetic and not any("synthetic" in text.lower() for text in told):
        told.append("Numbers marked “synthetic” are made up for demonstration.")
    return tuple(filter(None, told))


def examples(team: Team) -> tuple[Link, ...]:
    """Five numbers other teams chose, each a start of the form."""
    return tuple(
        Link(name, address("indicator_new", team.slug, kind="kvi", template=slug))
        for name, slug in EXAMPLES
    )


def next_meeting(
    team: Team, user: User, tiles: Sequence[Tile], lens: Lens
) -> dict[str, Any] | None:
    """The meeting that is open or comes next, with what needs talk; None without either."""
    call = calls(user, team).first()
    if call is None:
        return None
    local, is_open = lens.local(call["at"]), call["rank"] == OPEN
    parts = [f"{local:%A} {local:%H:%M}", f"{call['length']} minutes" if call["length"] else ""]
    url = address("review_detail", call["pk"]) if is_open else address("review_list", team.slug)
    parts.append(f"{call['people']} people" if call["people"] > 1 else "")
    return {
        "month": f"{local:%b}",
        "day": str(local.day),
        "title": call["call"],
        "when": ", ".join(filter(None, parts)),
        "url": url,
        "is_open": is_open,
        "reasons": [*reasons(tiles), *promises(call)],
    }


def calls(user: User, team: Team) -> QuerySet[Any, dict[str, Any]]:
    """The open review, else the next date of a plan: the one to look at first.

    Each comes with the number of open promises of the team, and the oldest of them.
    """
    opened = Review.objects.visible_to(user).filter(team=team).open().order_by()
    planned = ReviewPlan.objects.visible_to(user).filter(team=team, is_active=True).order_by()
    promised = Promise.objects.filter(review__team=team).open().order_by("due_on", "id")
    number = promised.order_by().values("review__team").annotate(n=Count("pk")).values("n")
    sums = {
        "number": Subquery(number),
        "oldest": Subquery(promised.values("text")[:1]),
        "owner_name": Subquery(promised.values("owner__name")[:1]),
    }
    reviews: QuerySet[Any] = opened.annotate(
        rank=Value(OPEN),
        at=F("scheduled_at"),
        call=F("title"),
        length=F("plan__minutes"),
        people=Count("plan__attendees"),
        **sums,
    )
    plans: QuerySet[Any] = planned.exclude(next_at=None).annotate(
        rank=Value(PLANNED),
        at=F("next_at"),
        call=F("name"),
        length=F("minutes"),
        people=Count("attendees"),
        **sums,
    )
    columns = ("rank", "at", "pk", "call", "length", "people", "number", "oldest", "owner_name")
    dated: QuerySet[Any, dict[str, Any]] = reviews.values(*columns)
    return dated.union(plans.values(*columns), all=True).order_by("rank", "at")


def reasons(tiles: Sequence[Tile]) -> list[dict[str, str]]:
    """The indicators that need talk most, each with its sentence."""
    talk = [tile for tile in tiles if tile.needs_talk and tile.status not in WITHOUT_TALK]
    talk.sort(key=lambda tile: -tile.severity)
    return [{"status": t.status, "text": t.name, "aside": t.reason} for t in talk[:REASONS]]


def promises(call: Mapping[str, Any]) -> list[dict[str, str]]:
    """How many actions are still open, and the oldest of them."""
    if not (number := call["number"]):
        return []
    owner = f", {call['owner_name']}" if call["owner_name"] else ""
    text = f"{counted(number, 'action')} {'is' if number == 1 else 'are'} still open"
    return [{"status": "", "text": text, "aside": f"Oldest: “{call['oldest']}”{owner}"}]
