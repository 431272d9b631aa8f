"""The next meeting of a team: the open review, else the next date of a plan, in one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, F, QuerySet, Subquery, Value

from dashboards.tiles import Tile
from reviews.models import Action, Review, ReviewPlan
from teams.models import Team, User
from verdicts.models import Verdict
from web.links import address
from web.wording import Lens, counted

REASONS = 3
OPEN, PLANNED = range(2)
WITHOUT_TALK = (Verdict.Status.NO_DATA, Verdict.Status.NO_TARGET)


@dataclass(frozen=True, slots=True)
class Reason:
    """Something to talk about; without status it is about promises, not about a number."""

    status: str
    text: str
    aside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """The next review as a card: leaf of the calendar, title, when, and why it is worth it."""

    month: str
    day: str
    title: str
    when: str
    url: str
    is_open: bool
    reasons: tuple[Reason, ...]


def next_meeting(team: Team, user: User, tiles: Sequence[Tile], lens: Lens) -> Meeting | None:
    """The meeting that is open or comes next, with what needs talk; None without either."""
    found = calls(user=user, team=team.pk).first()
    if found is None:
        return None
    call = Call(*found)
    local = lens.local(call.at)
    parts = [f"{local:%A} {local:%H:%M}", f"{call.minutes} minutes" if call.minutes else ""]
    parts.append(f"{call.people} people" if call.people > 1 else "")
    is_open = call.rank == OPEN
    url = address("review_detail", call.pk) if is_open else address("review_list", team.slug)
    return Meeting(
        month=f"{local:%b}",
        day=str(local.day),
        title=call.title,
        when=", ".join(filter(None, parts)),
        url=url,
        is_open=is_open,
        reasons=(*reasons(tiles), *promises(call)),
    )


class Call(NamedTuple):
    """A meeting as the query brings it: what it is, when, who comes, and what is promised."""

    rank: int
    at: datetime
    pk: int
    title: str
    minutes: int | None
    people: int
    open_actions: int | None
    oldest: str | None
    owner: str | None


def calls(*, user: User, team: int) -> QuerySet[Any, tuple[Any, ...]]:
    """The open review, else the next date of a plan: the one to look at first."""
    opened = Review.objects.visible_to(user).filter(team=team, state=Review.State.OPEN)
    planned = ReviewPlan.objects.visible_to(user).filter(team=team, is_active=True)
    reviews = opened.order_by().annotate(
        rank=Value(OPEN),
        at=F("scheduled_at"),
        call=F("title"),
        length=F("plan__minutes"),
        people=Count("plan__attendees"),
    )
    plans = (
        planned.order_by()
        .exclude(next_at=None)
        .annotate(
            rank=Value(PLANNED),
            at=F("next_at"),
            call=F("name"),
            length=F("minutes"),
            people=Count("attendees"),
        )
    )
    columns = ("rank", "at", "pk", "call", "length", "people", "number", "oldest", "owner_name")
    dated: QuerySet[Any, tuple[Any, ...]] = with_promises(reviews, team).values_list(*columns)
    dated = dated.union(with_promises(plans, team).values_list(*columns), all=True)
    return dated.order_by("rank", "at")


def with_promises(rows: Any, team: int) -> Any:
    """Bring how many promises of the team are open, and the oldest of them."""
    opened = Action.objects.filter(review__team=team).open().order_by("due_on", "id")
    number = opened.order_by().values("review__team").annotate(n=Count("pk")).values("n")
    return rows.annotate(
        number=Subquery(number),
        oldest=Subquery(opened.values("text")[:1]),
        owner_name=Subquery(opened.values("owner__name")[:1]),
    )


def reasons(tiles: Sequence[Tile]) -> list[Reason]:
    """The indicators that need talk most, each with its sentence."""
    talk = [tile for tile in tiles if tile.needs_talk and tile.status not in WITHOUT_TALK]
    talk.sort(key=lambda tile: -tile.severity)
    return [Reason(tile.status, tile.name, tile.reason) for tile in talk[:REASONS]]


def promises(call: Call) -> list[Reason]:
    """How many actions are still open, and the oldest of them."""
    if not call.open_actions:
        return []
    owner = f", {call.owner}" if call.owner else ""
    verb = "is" if call.open_actions == 1 else "are"
    text = f"{counted(call.open_actions, 'action')} {verb} still open"
    return [Reason("", text, f"Oldest: “{call.oldest}”{owner}")]
