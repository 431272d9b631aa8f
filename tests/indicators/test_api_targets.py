"""The REST doors below an indicator: targets, annotations, comments, definition versions."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from indicators.models import Annotation, Comment, DefinitionVersion, Indicator, StaleMark, Target
from teams.models import AuditEntry, Team, User
from tests import factories
from tests.conftest import with_token

DOORS = ("targets", "annotations", "comments", "definition-versions")


def address(door: str, key: str = "sales") -> str:
    return f"/api/v1/indicators/{key}/{door}/"


GOOD: dict[str, dict[str, Any]] = {
    "targets": {"value": 3},
    "annotations": {"on": "2026-11-20", "text": "A release"},
    "comments": {"text": "Why?"},
    "definition-versions": {"note": "Another source"},
}


@pytest.mark.parametrize("door", DOORS)
class TestEveryDoor:
    def test_viewer_reads(self, bob: User, sales: Indicator, door: str) -> None:
        answer = with_token(bob).get(address(door))
        assert answer.status_code == 200
        assert set(answer.json()) == {"next", "previous", "results"}

    def test_viewer_may_not_write(self, bob: User, sales: Indicator, door: str) -> None:
        assert with_token(bob).post(address(door), GOOD[door], format="json").status_code == 403

    def test_outsider_and_unknown_are_404(
        self, charlie: User, alice: User, sales: Indicator, door: str
    ) -> None:
        outside, inside = with_token(charlie), with_token(alice)
        statuses = [
            outside.get(address(door)).status_code,
            outside.post(address(door), GOOD[door], format="json").status_code,
            inside.get(address(door, "no-such")).status_code,
            inside.post(address(door, "no-such"), GOOD[door], format="json").status_code,
        ]
        assert statuses == [404] * 4

    def test_anonymous_is_401(self, sales: Indicator, door: str) -> None:
        assert APIClient().get(address(door)).status_code == 401
        assert APIClient().post(address(door), GOOD[door], format="json").status_code == 401

    def test_other_methods_are_405(self, alice: User, sales: Indicator, door: str) -> None:
        api = with_token(alice)
        assert api.delete(address(door)).status_code == 405
        assert api.put(address(door), GOOD[door], format="json").status_code == 405

    def test_manager_writes_and_finds_it(self, alice: User, sales: Indicator, door: str) -> None:
        api = with_token(alice)
        before = len(api.get(address(door)).json()["results"])
        made = api.post(address(door), GOOD[door], format="json")
        assert made.status_code == 201, made.content
        rows = api.get(address(door)).json()["results"]
        assert len(rows) == before + 1
        assert made.json() in rows

    @pytest.mark.parametrize("body", ["[]", "null", "{}", '"x"', '{"nonsense": {"a": []}}'])
    def test_refuses_other_shapes(
        self, alice: User, sales: Indicator, door: str, body: str
    ) -> None:
        answer = with_token(alice).post(address(door), body, content_type="application/json")
        assert answer.status_code == 422, answer.content


class TestTargets:
    @pytest.mark.parametrize(
        "sent",
        [
            {"kind": "standing", "comparator": "gte", "value": 500000},
            {"kind": "standing", "comparator": "lte", "value": 60, "strict": True},
            {"kind": "standing", "comparator": "between", "value": 6, "upper": 9.5},
            {"kind": "standing", "comparator": "eq", "value": 4, "tolerance": 0.05},
            {
                "kind": "reach",
                "value": 40,
                "baseline": 24,
                "baseline_on": "2026-12-31",
                "starts_on": "2027-01-01",
                "due_on": "2027-12-31",
                "milestones": [{"on": "2027-06-30", "value": 30}],
                "path": "step",
            },
            {
                "kind": "accumulate",
                "value": 1500,
                "starts_on": "2027-01-01",
                "due_on": "2027-03-31",
                "milestones": [
                    {"on": "2027-01-31", "value": 350},
                    {"on": "2027-02-28", "value": 1150},
                ],
                "rationale": "As the campaign of last year.",
            },
            {"kind": "grow", "growth": 0.1, "baseline": 1000, "starts_on": "2027-01-01"},
        ],
    )
    def test_all_kinds_are_kept_as_sent(
        self, alice: User, red_team: Team, sent: dict[str, Any]
    ) -> None:
        direction = {"lte": "down", "between": "range", "eq": "range"}.get(
            sent.get("comparator", "gte"), "up"
        )
        factories.make_indicator(red_team, "sales", direction=direction, rollup="sum")
        made = with_token(alice).post(address("targets"), sent, format="json")
        assert made.status_code == 201, made.content
        assert {name: made.json()[name] for name in sent} == sent
        assert made.json()["version"] == 1
        assert made.json()["made_by"] == "alice@example.org"

    def test_next_version_ends_the_one_before(self, alice: User, sales: Indicator) -> None:
        StaleMark.objects.update(since=None)
        api = with_token(alice)
        api.post(address("targets"), {"value": 100}, format="json")
        api.post(address("targets"), {"value": "110.50"}, format="json")
        newest, oldest = api.get(address("targets")).json()["results"][::-1]
        first, second = Target.objects.order_by("version")
        assert (second.version, second.value, second.ended_at) == (2, second.value, None)
        assert str(second.value) == "110.50"
        assert first.ended_at is not None and first.replaced_by == second
        assert {newest["version"], oldest["version"]} == {1, 2}
        assert StaleMark.objects.get(indicator=sales).since is not None
        actions = AuditEntry.objects.filter(subject="sales").values_list("action", flat=True)
        assert set(actions) == {"target.set", "target.changed"}

    def test_long_horizon_beside_the_one_that_judges(self, alice: User, sales: Indicator) -> None:
        api = with_token(alice)
        api.post(address("targets"), {"value": 100}, format="json")
        api.post(address("targets"), {"value": 200, "gives_status": False}, format="json")
        assert Target.objects.current().count() == 2
        assert api.get("/api/v1/indicators/sales/").json()["target"]["value"] == 100

    def test_setting_a_target_confirms_it_for_the_definition(
        self, alice: User, sales: Indicator
    ) -> None:
        with_token(alice).post(address("targets"), {"value": 100}, format="json")
        assert DefinitionVersion.objects.get(indicator=sales).target_confirmed_at is not None

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({"kind": "standing"}, "value"),
            ({"kind": "reach", "value": 3}, "baseline"),
            ({"kind": "accumulate", "value": 3, "starts_on": "2027-01-01"}, "due_on"),
            ({"kind": "grow", "baseline": 3, "starts_on": "2027-01-01"}, "growth"),
            ({"value": 3, "comparator": "between"}, "upper"),
            ({"value": 3, "comparator": "between", "upper": 2}, "upper"),
            ({"value": 3, "comparator": "lte"}, "comparator"),
            ({"value": 3, "starts_on": "2027-02-01", "due_on": "2027-01-01"}, "due_on"),
            ({"value": 3, "tolerance": -1}, "tolerance"),
            ({"value": "3,5"}, "value"),
            ({"value": [3]}, "value"),
            ({"value": 10**400}, "value"),
            ({"value": 3, "milestones": {}}, "milestones"),
            (
                {
                    "value": 3,
                    "due_on": "2027-03-01",
                    "milestones": [{"on": "2027-06-01", "value": 2}],
                },
                "milestones",
            ),
            ({"value": 3, "version": 9}, "version"),
            ({"value": 3, "kind": 7}, "kind"),
        ],
    )
    def test_refuses_what_cannot_be_judged(
        self, alice: User, sales: Indicator, sent: dict[str, Any], field: str
    ) -> None:
        answer = with_token(alice).post(address("targets"), sent, format="json")
        assert answer.status_code == 422, answer.content
        assert field in {row["field"] for row in answer.json()["errors"]}
        assert not Target.objects.exists()

    def test_two_milestones_on_a_day_are_refused(self, alice: User, sales: Indicator) -> None:
        twice = [{"on": "2027-01-31", "value": 1}, {"on": "2027-01-31", "value": 2}]
        answer = with_token(alice).post(
            address("targets"), {"value": 3, "milestones": twice}, format="json"
        )
        assert answer.json()["errors"][0]["code"] == "twice"

    def test_retired_indicator_gets_none(self, alice: User, red_team: Team) -> None:
        factories.make_indicator(red_team, "sales", state="retired")
        assert (
            with_token(alice).post(address("targets"), {"value": 3}, format="json").status_code
            == 422
        )


class TestVersions:
    def test_new_version_restates_the_definition(self, alice: User, sales: Indicator) -> None:
        sent = {
            "definition": {"formula": "Paid orders", "period": "week"},
            "effective_on": "2027-01-01",
            "note": "Unpaid ones are left out.",
            "confirm_target": True,
        }
        made = with_token(alice).post(address("definition-versions"), sent, format="json").json()
        assert (made["number"], made["effective_on"]) == (2, "2027-01-01")
        assert made["definition"]["formula"] == "Paid orders"
        assert made["target_confirmed_at"] is not None
        sales.refresh_from_db()
        assert (sales.formula, sales.period, sales.definition_version) == ("Paid orders", "week", 2)

    def test_note_alone_makes_one_too(self, alice: User, sales: Indicator) -> None:
        api = with_token(alice)
        api.post(address("definition-versions"), {"note": "New till"}, format="json")
        rows = api.get(address("definition-versions")).json()["results"]
        assert [(row["number"], row["note"]) for row in rows] == [(1, ""), (2, "New till")]
        assert rows[1]["target_confirmed_at"] is None

    @pytest.mark.parametrize("definition", [{"name": "x"}, {"period": "hour"}, {"factor": -1}, []])
    def test_refusals(self, alice: User, sales: Indicator, definition: Any) -> None:
        answer = with_token(alice).post(
            address("definition-versions"), {"note": "x", "definition": definition}, format="json"
        )
        assert answer.status_code == 422
        assert DefinitionVersion.objects.count() == 1


class TestTalk:
    def test_contributor_annotates_and_comments(self, carl: User, sales: Indicator) -> None:
        api = with_token(carl)
        whole = {"on": "2026-11-20", "text": "Outage", "whole_team": True}
        assert api.post(address("annotations"), whole, format="json").status_code == 201
        assert (
            api.post(
                address("comments"), {"text": "Why?", "period": "2026-10-01"}, format="json"
            ).json()["author"]
            == "carl@example.org"
        )
        assert Annotation.objects.get().indicator is None
        assert Comment.objects.get().period is not None
        shown = api.get(address("annotations")).json()["results"]
        assert [(row["text"], row["whole_team"]) for row in shown] == [("Outage", True)]

    def test_contributor_sets_no_target(self, carl: User, sales: Indicator) -> None:
        assert (
            with_token(carl).post(address("targets"), {"value": 3}, format="json").status_code
            == 403
        )
