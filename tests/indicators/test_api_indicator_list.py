"""The list of indicators over REST: order, filters, pages, and who sees what."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.models import Indicator, Sharing
from teams.models import Team, User
from tests import factories
from tests.conftest import with_token
from tests.indicators.defined import LIST
from verdicts.models import Verdict


@pytest.fixture
def conversion(red_team: Team, alice: User) -> Indicator:
    return factories.make_indicator(
        red_team, "conversion", unit="percent", factor=100, rollup="ratio", owner=alice
    )


class TestList:
    @pytest.fixture
    def many(self, red_team: Team, alice: User) -> list[Indicator]:
        objective = factories.make_objective(red_team, slug="grow")
        made = [
            factories.make_indicator(
                red_team,
                f"number-{number}",
                owner=alice,
                objective=objective,
                kind=["kpi", "kri"][number % 2],
                is_key=number == 0,
            )
            for number in range(4)
        ]
        Verdict.objects.filter(indicator=made[1]).update(status="at_risk", signal="improving")
        return made

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ("", [0, 1, 2, 3]),
            ("team=red-team", [0, 1, 2, 3]),
            ("team=nowhere", []),
            ("kind=kri", [1, 3]),
            ("level=team", [0, 1, 2, 3]),
            ("status=at_risk", [1]),
            ("signal=improving", [1]),
            ("owner=Alice@example.org", [0, 1, 2, 3]),
            ("owner=bob@example.org", []),
            ("objective=grow", [0, 1, 2, 3]),
            ("q=NUMBER+3", [3]),
            ("key=true", [0]),
            ("key=false", [1, 2, 3]),
            ("ordering=-name", [3, 2, 1, 0]),
            ("ordering=-severity&kind=kpi", [2, 0]),
        ],
    )
    def test_filters(
        self, alice: User, many: list[Indicator], query: str, numbers: list[int]
    ) -> None:
        rows = with_token(alice).get(f"{LIST}?{query}").json()["results"]
        assert [row["key"] for row in rows] == [f"number-{number}" for number in numbers]

    @pytest.mark.parametrize(
        "query",
        [
            "kind=x",
            "status=x",
            "ordering=x",
            "key=maybe",
            "state=-",
            "page_size=x",
            "page_size=0",
            "page_size=-1",
            "page_size=%D9%A3",
            "cursor=x",
            "kind=kpi&kind=kri",
            "q=a&q=b",
        ],
    )
    def test_filters_that_cannot_be_are_named(self, alice: User, query: str) -> None:
        answer = with_token(alice).get(f"{LIST}?{query}")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == query.partition("=")[0]

    def test_shared_ones(self, alice: User, many: list[Indicator]) -> None:
        green = factories.make_team("Green team")
        Sharing.objects.create(indicator=many[2], team=green)
        api = with_token(alice)
        found = {
            query: [row["key"] for row in api.get(f"{LIST}?{query}").json()["results"]]
            for query in ("shared=green-team", "team=green-team", "team=green-team&shared=true")
        }
        assert found == {
            "shared=green-team": ["number-2"],
            "team=green-team": [],
            "team=green-team&shared=true": ["number-2"],
        }

    def test_hidden_team_looks_like_an_unknown_one(
        self, alice: User, charlie: User, red_team: Team
    ) -> None:
        shown = factories.make_indicator(factories.make_team("Open team"), "open")
        Sharing.objects.create(indicator=shown, team=red_team)
        found = [
            with_token(user).get(f"{LIST}?shared=red-team").json()["results"]
            for user in (alice, charlie)
        ]
        assert [len(rows) for rows in found] == [1, 0]

    def test_pages_by_cursor_without_loss(self, alice: User, many: list[Indicator]) -> None:
        api, address_, seen = with_token(alice), f"{LIST}?page_size=3&ordering=-created_at", []
        while address_:
            page = api.get(address_).json()
            seen += [row["key"] for row in page["results"]]
            address_ = page["next"]
        assert sorted(seen) == [f"number-{number}" for number in range(4)]

    @pytest.mark.parametrize(
        "cursor", ["x", "cD14", "cD0wMQ==", "bz05OTk5OTk5OTk5OTk5OTk5", "cD0A"]
    )
    def test_broken_cursors_are_4xx(self, alice: User, many: Any, cursor: str) -> None:
        for ordering in ("name", "created_at", "severity"):
            answer = with_token(alice).get(f"{LIST}?cursor={cursor}&ordering={ordering}")
            assert answer.status_code in (200, 422), answer.content

    def test_outsider_sees_nothing_and_viewer_all(
        self, bob: User, charlie: User, many: list[Indicator]
    ) -> None:
        assert with_token(charlie).get(LIST).json()["results"] == []
        assert len(with_token(bob).get(LIST).json()["results"]) == 4

    def test_takes_the_same_queries_for_one_and_for_fifty(
        self, alice: User, red_team: Team
    ) -> None:
        api = with_token(alice)

        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as caught:
                assert api.get(LIST).status_code == 200
            return len(caught)

        objective = factories.make_objective(red_team)
        green = factories.make_team("Green team")

        def make(number: int) -> None:
            made = factories.make_indicator(
                red_team, f"many-{number}", owner=alice, objective=objective
            )
            made.stakeholders.add(alice)
            Sharing.objects.create(indicator=made, team=green)
            factories.make_target(made)

        make(0)
        queries()  # the token's last use is noted once a minute
        one = queries()
        for number in range(1, 50):
            make(number)
        assert queries() == one == 8
