"""The REST doors of teams: the tree that a person sees, and who may change it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from teams.models import AuditEntry, Team, User
from tests import factories
from tests.conftest import with_token

LIST = "/api/v1/teams/"


def test_everybody_sees_open_teams_and_their_own(bob: User, charlie: User) -> None:
    slugs = [
        {row["slug"] for row in with_token(user).get(LIST).json()["results"]}
        for user in (bob, charlie)
    ]
    assert slugs == [{"blue-team", "red-team"}, {"blue-team"}]


def test_says_the_role_of_the_caller(alice: User, bob: User, dora: User) -> None:
    one = f"{LIST}red-team/"
    roles = [with_token(user).get(one).json()["role"] for user in (alice, bob, dora)]
    assert roles == ["manager", "viewer", "manager"]


def test_manager_makes_a_team_below_and_manages_it(alice: User, red_team: Team) -> None:
    api = with_token(alice)
    sent = {"name": "Pay desk", "parent": "red-team", "lead": "alice@example.org"}
    made = api.post(LIST, sent, format="json")
    assert made.status_code == 201, made.content
    assert made.json() | sent == made.json()
    assert (made.json()["slug"], made.json()["role"]) == ("pay-desk", "manager")
    assert Team.objects.get(slug="pay-desk").ancestor_ids == [red_team.pk]
    changed = api.patch(f"{LIST}pay-desk/", {"purpose": "Quick."}, format="json")
    assert changed.json()["purpose"] == "Quick."
    assert AuditEntry.objects.filter(subject="pay-desk").count() == 2


def test_only_administrators_make_roots(alice: User, dora: User) -> None:
    assert with_token(alice).post(LIST, {"name": "New"}, format="json").status_code == 403
    assert with_token(dora).post(LIST, {"name": "New"}, format="json").status_code == 201
    other = with_token(alice).patch(f"{LIST}red-team/", {"parent": "new"}, format="json")
    assert other.status_code == 403


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "name"),
        ({"name": 3}, "name"),
        ({"name": "x", "parent": "nowhere"}, "parent"),
        ({"name": "x", "parent": "red-team", "lead": "no@example.org"}, "lead"),
        ({"name": "x", "parent": "red-team", "slug": "a b"}, "slug"),
        ({"name": "x", "parent": "red-team", "slug": "red-team"}, "slug"),
        ({"name": "x", "parent": "red-team", "visibility": "nobody"}, "visibility"),
        ({"name": "x", "parent": "red-team", "position": 10**9}, "position"),
        ({"name": "x", "parent": "red-team", "path": "/1/"}, "path"),
    ],
)
def test_refusals(alice: User, sent: dict[str, Any], field: str) -> None:
    answer = with_token(alice).post(LIST, sent, format="json")
    assert answer.status_code == 422, answer.content
    assert field in {row["field"] for row in answer.json()["errors"]}
    assert Team.objects.count() == 1


def test_circle_is_refused(alice: User, red_team: Team) -> None:
    factories.make_team("Below", parent=red_team)
    answer = with_token(alice).patch(f"{LIST}red-team/", {"parent": "below"}, format="json")
    assert answer.json()["errors"][0]["field"] == "parent"


def test_viewer_403_outsider_404_anonymous_401(bob: User, charlie: User) -> None:
    one = f"{LIST}red-team/"
    assert with_token(bob).patch(one, {"name": "x"}, format="json").status_code == 403
    assert (
        with_token(bob).post(LIST, {"name": "x", "parent": "red-team"}, format="json").status_code
        == 403
    )
    assert with_token(charlie).get(one).status_code == 404
    assert with_token(charlie).patch(one, {"name": "x"}, format="json").status_code == 404
    assert APIClient().get(LIST).status_code == 401
    assert APIClient().get(one).status_code == 401
    assert with_token(bob).delete(one).status_code == 405


def test_takes_the_same_queries_for_one_and_for_fifty(alice: User, red_team: Team) -> None:
    api = with_token(alice)
    api.get(LIST)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            api.get(LIST)
        return len(caught)

    one = queries()
    for _ in range(50):
        factories.make_team(parent=red_team, lead=alice)
    assert queries() == one == 4
