"""Every prepared function of the pages: the rows of its plain queryset, for whoever looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model

from dashboards import board, detail, hero, meetings, neighbours, overview, timeline
from indicators.models import Annotation, Comment, Indicator, Target
from indicators.models.sharing import Sharing
from reviews.models import Action, Decision, Review, ReviewItem, ReviewPlan
from teams.models import Membership, Team, User, team
from tests.factories import make_indicator, make_target, make_team, make_user
from verdicts.models import Analysis, Verdict

pytestmark = pytest.mark.django_db

ROLES = Membership.RoleChoice.values
Rows = Callable[..., Any]


def is_prepared(found: object) -> bool:
    """Whether something is a function that runs a statement made once."""
    return getattr(found, "__code__", None) is board.on_board.__code__


PREPARED: Mapping[str, Rows] = {
    name: found
    for module in (board, detail, hero, meetings, neighbours, overview, team, timeline)
    for name, found in vars(module).items()
    if is_prepared(found)
}


class Cast:
    """Teams, people and indicators by chance, and what is said and decided of them."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.chance, self.now = Random(seed), now
        self.teams: list[Team] = []
        for number in range(5):
            self.teams.append(self.team(number))
        self.people = [self.person(number) for number in range(6)]
        for one in self.teams:
            Team.objects.filter(pk=one.pk).update(lead=self.chance.choice(self.people))
        self.indicators = [self.indicator(number) for number in range(10)]
        for one in self.teams:
            self.meet(one)

    def team(self, number: int) -> Team:
        parent = self.chance.choice([None, *self.teams])
        visibility = self.chance.choice(Team.Visibility.values)
        slug = f"o'{number}%s \\ \"{number}"
        return make_team(f"Team {number}", parent=parent, visibility=visibility, slug=slug)

    def person(self, number: int) -> User:
        person = make_user(f"person{number}", administrator=number == 0)
        for one in self.chance.sample(self.teams, k=self.chance.randint(0, 2)):
            Membership.objects.create(user=person, team=one, role=self.chance.choice(ROLES))
        return person

    def indicator(self, number: int) -> Indicator:
        home = self.chance.choice(self.teams)
        found = make_indicator(
            home,
            f"i{number}",
            kind="kvi" if not home.indicators.filter(kind="kvi").exists() else "kpi",
            level=self.chance.choice(Indicator.Level.values),
            state=self.chance.choice(["active"] * 4 + ["draft"]),
            owner=self.chance.choice([None, *self.people]),
        )
        status = self.chance.choice(Verdict.Status.values)
        Verdict.objects.filter(indicator=found).update(status=status)
        points = [{"value": value} for value in range(self.chance.randint(0, 6))]
        Analysis.objects.create(indicator=found, result={"points": points}, computed_at=self.now)
        if self.chance.random() < 0.7:
            make_target(found)
        for one in self.chance.sample(self.teams, k=self.chance.randint(0, 2)):
            as_kvi = one != home and not one.sharings.filter(as_kvi=True).exists()
            Sharing.objects.create(indicator=found, team=one, as_kvi=as_kvi)
        return found

    def meet(self, one: Team) -> None:
        Annotation.objects.create(team=one, on=date(2026, 3, 1), text="all")
        plan = ReviewPlan.objects.create(team=one, next_at=self.now + timedelta(days=one.pk))
        plan.attendees.set(self.chance.sample(self.people, k=2))
        review = Review.objects.create(
            plan=plan, team=one, scheduled_at=self.now, opened_at=self.now, agenda_at=self.now
        )
        Action.objects.create(review=review, text="Call", owner=self.chance.choice(self.people))
        for found in Indicator.objects.on_board_of(one):
            item = ReviewItem.objects.create(review=review, indicator=found)
            Decision.objects.create(item=item, kind="act", reason="Rain", owner=found.owner)
            Comment.objects.create(indicator=found, text="Why?", author=found.owner)
            Annotation.objects.create(team=one, indicator=found, on=date(2026, 3, 1), text="one")

    def lookers(self) -> Iterator[User]:
        """Each person, also through a token of some teams and of none, and one who has left."""
        for person in self.people:
            yield person
        for person in self.chance.sample(self.people, k=2):
            for limit in (self.chance.sample(self.teams, k=2), []):
                narrowed = User.objects.get(pk=person.pk)
                narrowed.limit_to([one.pk for one in limit])
                yield narrowed
        yield User(pk=self.people[0].pk, is_active=False)

    def calls(self, user: User) -> Iterator[tuple[str, dict[str, Any]]]:
        """What pages ask of one team and one of its indicators."""
        one = self.chance.choice(self.teams)
        found = self.chance.choice(
            [*Indicator.objects.on_board_of(one).order_by("pk"), *self.indicators]
        )
        target = Target.objects.filter(indicator=found).first()
        yield "on_board", {"user": user, "team": one.pk}
        yield "calls", {"user": user, "team": one.pk}
        yield "nearest", {"user": user, "slug": one.slug}
        yield "with_page", {"user": user, "key": found.key}
        for name in ("sharings_of", "decisions_on", "comments_on"):
            yield name, {"user": user, "indicator": found.pk}
        yield "seen_kvis", {"user": user}
        yield "counted", {"user": user}
        yield "with_roles", {"user_id": user.pk}
        of_home = {"indicator": found.pk, "team": found.team_id}
        yield "notes_on", of_home
        yield "charted", of_home | {"target": target.pk if target else 0, "span": 3}


def read(row: Any, deep: int = 2) -> Any:
    """All that a page could read of a row without asking again."""
    if not isinstance(row, Model):
        return row
    own = {name: value for name, value in vars(row).items() if not name.startswith("_")}
    if deep:
        joined, fetched = row._state.fields_cache, getattr(row, "_prefetched_objects_cache", {})
        own |= {name: read(one, deep - 1) for name, one in joined.items()}
        own |= {name: [read(one, deep - 1) for one in many] for name, many in fetched.items()}
    return type(row), own


@pytest.mark.parametrize(("seed", "is_pooled"), [(1, False), (2, True)])
def test_rows_are_those_of_the_plain_queryset(
    seed: int, is_pooled: bool, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", is_pooled)
    cast = Cast(seed, now)
    some = dict.fromkeys(PREPARED, 0)
    asked = [call for user in cast.lookers() for _ in range(2) for call in cast.calls(user)]
    for name, call in asked:
        rows, plain = PREPARED[name](**call), PREPARED[name].__wrapped__(**call)  # type: ignore[attr-defined]
        assert [read(row) for row in rows] == [read(row) for row in plain], (name, call)
        some[name] += bool(rows)
    assert min(some.values()) > 0, "each is compared, and none is always empty"
