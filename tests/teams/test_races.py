"""Two people at once: rules about all administrators, all teams or all of a team still hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from indicators import defining
from indicators.author import Author
from indicators.models import Indicator
from teams import staffing
from teams.access import Action
from teams.models import Actor, AuditEntry, Membership, Team, User
from tests import factories
from tests.conftest import signed_in, with_token
from tests.threads import run_together

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
COMPLETE = {
    "customer_impact": "Customers get what they came for.",
    "business_value": "They come back.",
    "description": "Counted at the till.",
    "evaluate_on": date(2026, 12, 31),
}


def outcome_of(work: Callable[[], Any]) -> Any:
    """What came of it, a refusal included."""
    try:
        return work()
    except ValidationError as refused:
        return refused


def together(*works: Callable[[], Any]) -> list[Any]:
    return run_together(*(partial(outcome_of, work) for work in works))


def test_two_administrators_do_not_remove_each_other(dora: User) -> None:
    for name in range(8):
        erik = factories.make_user(f"erik{name}", administrator=True)
        User.objects.filter(pk=dora.pk).update(is_administrator=True)
        resign = {"is_administrator": False}
        found = together(
            partial(staffing.change_person, dora, resign, actor=Actor(erik)),
            partial(staffing.change_person, erik, resign, actor=Actor(dora)),
        )
        assert sum(isinstance(one, ValidationError) for one in found) == 1
        assert User.objects.administrators().count() == 1
        User.objects.filter(pk=erik.pk).update(is_administrator=False)


def test_member_added_twice_at_once_is_one_member(alice: User, red_team: Team) -> None:
    for number in range(6):
        erik = factories.make_user(f"erik{number}")
        sent = {"email": erik.email, "role": "viewer"}
        post = partial(signed_in(alice).post, "/teams/red-team/members/", sent)
        answers = run_together(post, post, post)
        assert [answer.status_code for answer in answers] == [302, 302, 302]
        assert Membership.objects.filter(user=erik).count() == 1
        assert AuditEntry.objects.filter(subject=erik.email).count() == 1


def test_member_removed_twice_at_once_is_noted_once(alice: User, bob: User) -> None:
    held = Membership.objects.select_related("team", "user").get(user=bob)
    together(*[partial(staffing.take_role, held, actor=Actor(alice))] * 3)
    assert AuditEntry.objects.filter(action="membership.removed").count() == 1


class TestTree:
    def moved(self, team: Team, parent: Team) -> None:
        """Move it as a request does that read both before."""
        team.parent = parent
        team.save()

    def test_child_made_while_its_parent_moves_has_the_place_of_its_parent(
        self, organisation: object
    ) -> None:
        """A path of where the parent stood before would give its former managers a role."""
        for number in range(8):
            old, new = (factories.make_team(f"{name} {number}") for name in ("Old", "New"))
            dept = factories.make_team(f"Dept {number}", parent=old)
            manager = factories.make_user(f"manager{number}", manager=old)
            seen = Team.objects.select_related("parent").get(pk=dept.pk)
            make = partial(factories.make_team, f"Child {number}", parent=seen)
            child: Any
            child, _ = run_together(make, partial(self.moved, dept, new))
            child.refresh_from_db()
            dept.refresh_from_db()
            assert child.path == f"{dept.path}{child.pk}/"
            assert not User.objects.get(pk=manager.pk).reach.may(Action.MANAGE, child.pk)

    def test_two_moves_make_no_circle(self, organisation: object) -> None:
        for number in range(8):
            one, two = (factories.make_team(f"{name} {number}") for name in ("One", "Two"))
            found = together(
                partial(self.moved, Team.objects.get(pk=one.pk), Team.objects.get(pk=two.pk)),
                partial(self.moved, Team.objects.get(pk=two.pk), Team.objects.get(pk=one.pk)),
            )
            assert sum(isinstance(one, ValidationError) for one in found) == 1
            paths = dict(Team.objects.filter(pk__in=[one.pk, two.pk]).values_list("pk", "path"))
            assert sorted(path.count("/") for path in paths.values()) == [2, 3]


class TestFocus:
    def keys(self, team: Team) -> int:
        return Indicator.objects.active().filter(team=team, is_key=True).count()

    def ready(self, team: Team, alice: User, key: str, **fields: Any) -> Indicator:
        """An indicator that may become a key indicator."""
        goal = team.objectives.first() or factories.make_objective(team)
        known: dict[str, Any] = {**COMPLETE, **fields}
        made = factories.make_indicator(team, key, owner=alice, objective=goal, **known)
        factories.make_target(made)
        return made

    def test_sixth_key_indicator_over_the_api(self, alice: User, red_team: Team) -> None:
        for number in range(4):
            self.ready(red_team, alice, f"held-{number}", is_key=True)
        for number in range(3):
            self.ready(red_team, alice, f"next-{number}")
        client = with_token(alice)
        answers = run_together(
            *(
                partial(client.patch, f"/api/v1/indicators/next-{n}/", {"is_key": True}, "json")
                for n in range(3)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 422, 422]
        assert self.keys(red_team) == 5

    @pytest.mark.parametrize("change", [{"state": "active"}, {"team": "red-team"}])
    def test_sixth_by_activating_or_moving(
        self, alice: User, red_team: Team, change: dict[str, str]
    ) -> None:
        for number in range(5):
            self.ready(red_team, alice, f"held-{number}", is_key=True)
        home = red_team
        if "team" in change:
            home = factories.make_team("Side team")
            Membership.objects.create(user=alice, team=home, role="manager")
        state = "draft" if "state" in change else "active"
        self.ready(home, alice, "sixth", is_key=True, state=state)
        answer = with_token(alice).patch("/api/v1/indicators/sixth/", change, "json")
        assert answer.status_code == 422, answer.content
        assert self.keys(red_team) == 5

    def test_second_kvi(self, alice: User, red_team: Team) -> None:
        client = with_token(alice)
        kvi = {"kind": "kvi", "state": "active", "team": "red-team"}
        for number in range(3):
            factories.make_indicator(red_team, f"value-{number}")
        answers = run_together(
            *(
                partial(client.patch, f"/api/v1/indicators/value-{n}/", kvi, "json")
                for n in range(3)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 422, 422]

    def test_kvi_of_its_own_and_one_shared_at_once(
        self, alice: User, charlie: User, red_team: Team
    ) -> None:
        blue = Team.objects.get(slug="blue-team")
        Membership.objects.create(user=alice, team=blue, role="manager")
        for number in range(4):
            own = factories.make_indicator(red_team, f"own-{number}")
            theirs = factories.make_indicator(blue, f"theirs-{number}")
            author = Author(User.objects.get(pk=alice.pk))
            found = together(
                partial(defining.revise, own, {"kind": "kvi"}, author=author, now=NOW),
                partial(defining.share_as, theirs, [red_team], kvi_of=[red_team], author=author),
            )
            assert sum(isinstance(one, ValidationError) for one in found) == 1
            theirs.sharings.all().delete()
            Indicator.objects.filter(pk=own.pk).update(kind="kpi")
