"""The REST doors of objectives and of the library."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from indicators.models import Objective, Perspective
from teams.models import AuditEntry, Team, User
from tests import factories
from tests.conftest import with_token

LIST = "/api/v1/objectives/"


def sent(**fields: Any) -> dict[str, Any]:
    return {"statement": "Grow revenue by 20 % in 2027", "team": "red-team", **fields}


def test_made_listed_read_and_changed(alice: User, bob: User, red_team: Team) -> None:
    Perspective.objects.get_or_create(slug="financial", defaults={"name": "Financial"})
    given = sent(
        why="It pays for the warehouse.",
        owner="alice@example.org",
        perspective="financial",
        starts_on="2027-01-01",
        ends_on="2027-12-31",
    )
    made = with_token(alice).post(LIST, given, format="json")
    assert made.status_code == 201, made.content
    assert made.json() == given | {"slug": "grow-revenue-by-20-in-2027", "parent": None}
    assert with_token(bob).get(f"{LIST}?team=red-team").json()["results"] == [made.json()]
    assert with_token(bob).get(f"{LIST}?perspective=learning").json()["results"] == []
    one = f"{LIST}grow-revenue-by-20-in-2027/"
    changed = with_token(alice).patch(one, {"why": "Because."}, format="json")
    assert changed.json()["why"] == with_token(bob).get(one).json()["why"] == "Because."
    assert AuditEntry.objects.filter(action__startswith="objective.").count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"statement": ""}, "statement"),
        ({"statement": "x" * 201}, "statement"),
        ({"slug": "Not so"}, "slug"),
        ({"team": "nowhere"}, "team"),
        ({"perspective": "nothing"}, "perspective"),
        ({"parent": "nothing"}, "parent"),
        ({"starts_on": "2027-01-01", "ends_on": "2026-01-01"}, None),
        ({"colour": 1}, "colour"),
    ],
)
def test_refusals(alice: User, fields: dict[str, Any], field: str | None) -> None:
    answer = with_token(alice).post(LIST, sent(**fields), format="json")
    assert answer.status_code == 422, answer.content
    assert field in {row["field"] for row in answer.json()["errors"]}
    assert not Objective.objects.exists()


def test_circles_are_refused(alice: User, red_team: Team) -> None:
    top = factories.make_objective(red_team, slug="top")
    factories.make_objective(red_team, slug="below", parent=top)
    answer = with_token(alice).patch(f"{LIST}top/", {"parent": "below"}, format="json")
    assert answer.json()["errors"][0]["code"] == "circle"


def test_roles(bob: User, charlie: User, red_team: Team) -> None:
    factories.make_objective(red_team, slug="top")
    assert with_token(bob).post(LIST, sent(), format="json").status_code == 403
    assert with_token(bob).patch(f"{LIST}top/", {"why": "x"}, format="json").status_code == 403
    assert with_token(charlie).get(f"{LIST}top/").status_code == 404
    assert with_token(charlie).patch(f"{LIST}top/", {}, format="json").status_code == 404
    assert with_token(charlie).get(LIST).json()["results"] == []
    assert APIClient().get(LIST).status_code == 401
    assert APIClient().get(f"{LIST}top/").status_code == 401
    assert with_token(bob).delete(LIST).status_code == 405


class TestLibrary:
    def test_lists_filters_and_reads(self, bob: User) -> None:
        api = with_token(bob)
        rows = api.get("/api/v1/library/").json()["results"]
        assert len(rows) >= 40
        sales = api.get("/api/v1/library/?area=sales").json()["results"]
        assert {row["area"] for row in sales} == {"sales"}
        found = api.get("/api/v1/library/?q=PROMOTER").json()["results"]
        assert [row["key"] for row in found] == ["net-promoter-score"]
        assert api.get("/api/v1/library/net-promoter-score/").json() == found[0]
        assert (found[0]["minimum"], found[0]["maximum"]) == (-100, 100)
        assert found[0]["target"]["value"] == 40

    def test_is_read_only(self, alice: User) -> None:
        assert with_token(alice).post("/api/v1/library/", {}, format="json").status_code in (
            403,
            405,
        )
        assert with_token(alice).get("/api/v1/library/nothing/").status_code == 404
        assert APIClient().get("/api/v1/library/").status_code == 401
