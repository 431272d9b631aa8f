"""The table of roles and how far a person reaches through the tree of teams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from teams.access import ALLOWED, NOWHERE, Action, Reach, Role, stronger
from teams.models import Membership, Team, User
from tests.factories import make_team, make_user


@pytest.fixture
def tree(organisation: object) -> dict[str, Team]:
    """Company → sales → north, and a closed lab beside sales."""
    members = Team.Visibility.MEMBERS
    company = make_team("Company")
    sales = make_team("Sales", parent=company)
    north = make_team("North", parent=sales)
    lab = make_team("Lab", parent=company, visibility=members)
    return {"company": company, "sales": sales, "north": north, "lab": lab}


def names(user: User, action: Action) -> set[str]:
    return set(Team.objects.where_may(user, action).values_list("name", flat=True))


def test_each_role_allows_all_that_weaker_ones_do() -> None:
    weaker: frozenset[Action] = frozenset()
    for role in (Role.VIEWER, Role.CONTRIBUTOR, Role.MANAGER):
        assert weaker < ALLOWED[role]
        weaker = ALLOWED[role]
    assert weaker == frozenset(Action)


def test_the_stronger_of_two_roles_counts() -> None:
    assert stronger(None, Role.VIEWER) is Role.VIEWER
    assert stronger(Role.MANAGER, Role.VIEWER) is Role.MANAGER
    assert stronger(Role.VIEWER, Role.CONTRIBUTOR) is Role.CONTRIBUTOR


def test_nobody_reaches_nothing() -> None:
    assert not any(NOWHERE.teams_for(action) for action in Action)


def test_narrowing_twice_narrows_further() -> None:
    reach = Reach(user_id=1, is_administrator=True, all_team_ids=frozenset({1, 2, 3}))
    assert reach.limited_to([1, 2]).limited_to([2, 3]).teams_for(Action.SEE) == {2}
    assert reach.limited_to([1]).role_in(2) is None


@pytest.mark.django_db
def test_a_role_holds_in_everything_below_and_the_stronger_one_wins(
    tree: dict[str, Team],
) -> None:
    user = make_user("eve", viewer=tree["company"])
    Membership.objects.create(user=user, team=tree["sales"], role="contributor")
    Membership.objects.create(user=user, team=tree["north"], role="viewer")
    assert names(user, Action.SEE) == {"Company", "Sales", "North", "Lab"}
    assert names(user, Action.ENTER) == {"Sales", "North"}
    assert names(user, Action.DEFINE) == set()


@pytest.mark.django_db
def test_members_of_the_organisation_see_open_teams_and_no_closed_ones(
    tree: dict[str, Team],
) -> None:
    user = make_user("eve", viewer=tree["north"])
    assert names(user, Action.SEE) == {"Company", "Sales", "North"}
    assert names(make_user("newcomer"), Action.SEE) == set()


@pytest.mark.django_db
def test_administrators_may_do_everything_and_the_inactive_nothing(tree: dict[str, Team]) -> None:
    boss = make_user("boss", administrator=True)
    assert all(names(boss, action) == {"Company", "Sales", "North", "Lab"} for action in Action)
    boss.is_active = False
    boss.forget_reach()
    assert not any(names(boss, action) for action in Action)


@pytest.mark.django_db
def test_a_team_that_moves_takes_its_rights_along(tree: dict[str, Team]) -> None:
    user = make_user("eve", manager=tree["lab"])
    assert names(user, Action.MANAGE) == {"Lab"}
    tree["sales"].parent = tree["lab"]
    tree["sales"].save()
    user.forget_reach()
    assert names(user, Action.MANAGE) == {"Lab", "Sales", "North"}


@pytest.mark.django_db
def test_nothing_is_closed_to_administrators_but_what_a_token_leaves_out(
    tree: dict[str, Team],
) -> None:
    boss, narrowed = make_user("boss", administrator=True), User.objects.get(name="Boss")
    assert boss.reach.is_unbounded
    narrowed.limit_to([tree["sales"].pk])
    assert not narrowed.reach.is_unbounded
    make_team("Later", visibility=Team.Visibility.MEMBERS)
    assert "Later" in names(boss, Action.SEE)
    assert names(narrowed, Action.SEE) == names(narrowed, Action.MANAGE) == {"Sales"}


@pytest.mark.django_db
def test_what_was_made_a_moment_ago_is_closed_to_members(tree: dict[str, Team]) -> None:
    user = make_user("eve", manager=tree["company"])
    assert not user.reach.is_unbounded
    make_team("Later", visibility=Team.Visibility.MEMBERS)
    assert "Later" not in names(user, Action.SEE)


@pytest.mark.django_db
def test_a_reach_is_one_query(
    tree: dict[str, Team], django_assert_num_queries: Callable[..., Any]
) -> None:
    user = make_user("eve", viewer=tree["company"], manager=tree["north"])
    make_user("adam", manager=tree["lab"])
    with django_assert_num_queries(1):
        roles = user.reach.roles
    found = {name: roles.get(team.pk) for name, team in tree.items()}
    assert found == {"company": "viewer", "sales": "viewer", "north": "manager", "lab": "viewer"}
    assert user.reach.is_member
    assert not make_user("newcomer").reach.is_member


def test_who_may_is_the_same_asked_of_everybody_at_once(tree: dict[str, Team]) -> None:
    """`people_who_may` and `where_may` are two spellings of one rule."""
    people = [make_user(administrator=True), make_user()]
    for team in tree.values():
        for role in Role:
            person = make_user()
            Membership.objects.create(user=person, team=team, role=role)
            people.append(person)
    people.append(make_user(viewer=tree["company"], manager=tree["north"]))
    gone = make_user(manager=tree["company"])
    gone.is_active = False
    gone.save()
    for team in tree.values():
        for action in Action:
            one_by_one = {
                person
                for person in [*people, gone]
                if Team.objects.where_may(person, action).filter(pk=team.pk).exists()
            }
            assert set(team.people_who_may(action)) == one_by_one, (team, action)
