"""The next meeting of a team: the open review, else the next date of a plan, in two queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Subquery

from dashboards.links import address
from dashboards.tiles import Tile
from dashboards.wording import Lens, counted
from indicators.models import Verdict
from reviews.models import Action, Review, ReviewPlan
from teams.models import Team, User

REASONS = 3
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
    review = _open_review(team, user)
    if review is not None:
        length = review.plan.minutes if review.plan else None
        title, at, url = review.title, review.scheduled_at, address("review_detail", review.pk)
        return _meeting(Invitation(title, at, length, url), review, tiles, lens)
    plan = _next_plan(team, user)
    if plan is None or plan.next_at is None:
        return None
    url = address("review_list", team.slug)
    return _meeting(Invitation(plan.name, plan.next_at, plan.minutes, url), plan, tiles, lens)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a meeting is called, when it begins, how long it takes, and where it is."""

    title: str
    at: datetime
    minutes: int | None
    url: str


def _open_review(team: Team, user: User) -> Any:
    """The review that is going on, with its plan and counts."""
    mine = Review.objects.visible_to(user).filter(team=team, state=Review.State.OPEN)
    rows = with_actions(mine, team).annotate(people=Count("plan__attendees"))
    return rows.select_related("plan").first()


def _next_plan(team: Team, user: User) -> Any:
    """The plan that meets next, with its counts."""
    mine = ReviewPlan.objects.visible_to(user).filter(team=team, is_active=True)
    dated = with_actions(mine.exclude(next_at=None), team).annotate(people=Count("attendees"))
    return dated.order_by("next_at").first()


def with_actions(rows: Any, team: Team) -> Any:
    """Bring how many promises of the team are open, and the oldest of them."""
    opened = Action.objects.filter(review__team=team).open().order_by("due_on", "id")
    number = opened.order_by().values("review__team").annotate(n=Count("pk")).values("n")
    return rows.annotate(
        open_actions=Subquery(number),
        oldest_action=Subquery(opened.values("text")[:1]),
        oldest_owner=Subquery(opened.values("owner__name")[:1]),
    )


def _meeting(call: Invitation, row: Any, tiles: Sequence[Tile], lens: Lens) -> Meeting:
    local = lens.local(call.at)
    parts = [f"{local:%A} {local:%H:%M}", f"{call.minutes} minutes" if call.minutes else ""]
    parts.append(f"{row.people} people" if row.people > 1 else "")
    return Meeting(
        month=f"{local:%b}",
        day=str(local.day),
        title=call.title,
        when=", ".join(filter(None, parts)),
        url=call.url,
        is_open=isinstance(row, Review),
        reasons=(*reasons(tiles), *promises(row)),
    )


def reasons(tiles: Sequence[Tile]) -> list[Reason]:
    """The indicators that need talk most, each with its sentence."""
    talk = [tile for tile in tiles if tile.needs_talk and tile.status not in WITHOUT_TALK]
    talk.sort(key=lambda tile: -tile.severity)
    return [Reason(tile.status, tile.name, tile.reason) for tile in talk[:REASONS]]


def promises(row: Any) -> list[Reason]:
    """How many actions are still open, and the oldest of them."""
    if not row.open_actions:
        return []
    owner = f", {row.oldest_owner}" if row.oldest_owner else ""
    verb = "is" if row.open_actions == 1 else "are"
    text = f"{counted(row.open_actions, 'action')} {verb} still open"
    return [Reason("", text, f"Oldest: “{row.oldest_action}”{owner}")]
