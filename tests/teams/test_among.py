"""The look-up of many ids: it finds what `__in` finds, in one parameter."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teams.models import Membership, Team, User
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(organisation: object) -> list[Team]:
    return [make_team(f"Team {place}") for place in range(3)]


def test_it_finds_what_in_finds(three: list[Team]) -> None:
    ids = frozenset({three[0].pk, three[2].pk, -1})
    assert set(Team.objects.filter(pk__among=ids)) == set(Team.objects.filter(pk__in=ids))
    assert set(Team.objects.filter(pk__among=ids)) == {three[0], three[2]}
    assert set(Team.objects.exclude(pk__among=ids)) == {three[1]}


def test_it_follows_relations(three: list[Team]) -> None:
    eve = make_user("eve", viewer=three[1])
    make_user("adam", viewer=three[2])
    assert Membership.objects.get(team_id__among={three[1].pk}).user == eve
    assert User.objects.get(memberships__team__among=[three[1].pk]) == eve


def test_ids_are_one_parameter_in_order(three: list[Team]) -> None:
    sql, params = Team.objects.filter(pk__among=range(9, 0, -1)).order_by().query.sql_with_params()
    assert sql.endswith('"teams_team"."id" = ANY(%s)')
    assert params == (list(range(1, 10)),)


@pytest.mark.parametrize("ids", [(), frozenset(), {}])
def test_no_ids_find_nothing_and_ask_nothing(three: list[Team], ids: Any) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert not list(Team.objects.filter(pk__among=ids))
    assert not queries
    assert Team.objects.exclude(pk__among=ids).count() == 3


def test_ids_that_are_none_are_refused(three: list[Team]) -> None:
    with pytest.raises((TypeError, ValueError)):
        list(Team.objects.filter(pk__among=["1; DROP TABLE teams_team", 2]))
