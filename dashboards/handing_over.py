"""What somebody owns, and handing it over when they leave."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from django.db import transaction
from django.db.models import Model, QuerySet

from indicators import defining
from indicators.author import Author
from indicators.models import Indicator, Objective
from reviews.models import Action
from teams import staffing
from teams.models import Team, User


@dataclass(frozen=True, slots=True)
class Owned:
    """The open things of a person, by kind."""

    indicators: QuerySet[Indicator]
    objectives: QuerySet[Objective]
    actions: QuerySet[Action]
    teams: QuerySet[Team]

    def __bool__(self) -> bool:
        return any(getattr(self, kind).exists() for kind in KINDS)


KINDS = tuple(field.name for field in fields(Owned))


def owned_by(person: User) -> Owned:
    """Return what waits for somebody else: nothing retired, done or closed."""
    living = Indicator.objects.exclude(state=Indicator.State.RETIRED)
    return Owned(
        indicators=living.filter(owner=person).select_related("team").order_by("name"),
        objectives=Objective.objects.filter(owner=person).select_related("team"),
        actions=Action.objects.open().filter(owner=person).select_related("review__team"),
        teams=Team.objects.filter(lead=person).select_related("parent").order_by("name"),
    )


@transaction.atomic
def hand_over(person: User, kind: str, to: User, *, author: Author, now: datetime) -> int:
    """Give somebody all open things of one kind that a person owns; returns how many.

    Raises ValidationError where one of them cannot be saved, and then nothing has changed.
    """
    rows: list[Model] = list(getattr(owned_by(person), kind))
    for row in rows:
        match row:
            case Indicator():
                defining.revise(row, {"owner": to}, author=author, now=now)
            case Objective():
                row.owner = to
                defining.save_objective(row, author=author)
            case Action():
                row.owner = to
                row.save(update_fields=["owner"])
                author.note(
                    "action.handed_over", subject=row.text, team=row.review.team, to=to.email
                )
            case Team():
                row.lead = to
                staffing.keep_team(row, actor=author)
    if rows:
        author.note("person.handed_over", subject=person.email, kind=kind, to=to.email, n=len(rows))
    return len(rows)
