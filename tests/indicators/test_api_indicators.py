"""The REST doors of indicators: define, read, change, retire."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from indicators.models import DefinitionVersion, Indicator, Sharing, StaleMark, Target
from teams.access import Scope
from teams.models import AuditEntry, Team, User
from tests import factories
from tests.conftest import with_token
from tests.indicators.defined import LIST, address, minimal, problems
from verdicts.models import Verdict


@pytest.fixture
def conversion(red_team: Team, alice: User) -> Indicator:
    return factories.make_indicator(
        red_team, "conversion", unit="percent", factor=100, rollup="ratio", owner=alice
    )


class TestDefining:
    def test_makes_an_active_indicator_with_a_key_from_its_name(self, alice: User) -> None:
        answer = with_token(alice).post(LIST, minimal(), format="json")
        assert answer.status_code == 201, answer.content
        assert answer.json()["key"] == "calls-per-1000-customers"
        made = Indicator.objects.get(key="calls-per-1000-customers")
        assert (made.state, made.team.slug) == ("active", "red-team")
        assert made.evaluate_on and made.reevaluate_on and made.reevaluate_on > made.evaluate_on
        assert made.stale_mark.since is not None
        assert AuditEntry.objects.filter(action="indicator.created", subject=made.key).exists()

    @pytest.mark.at("2026-11-21T12:00Z")
    def test_keeps_every_field_that_was_sent(self, alice: User, red_team: Team) -> None:
        objective = factories.make_objective(red_team, slug="grow")
        factories.make_indicator(red_team, "guarding")
        blue = factories.make_team("Green team")
        sent: dict[str, Any] = {
            "key": "calls",
            "name": "Calls",
            "description": "How often customers call.",
            "kind": "kri",
            "level": "company",
            "team": "red-team",
            "shared_with": [blue.slug],
            "owner": "ALICE@example.org",
            "stakeholders": ["alice@example.org"],
            "tags": ["telephone"],
            "unit": "per",
            "unit_label": "calls",
            "factor": 1000,
            "decimals": 2,
            "display_scale": "k",
            "minimum": 0,
            "maximum": 2000.5,
            "direction": "down",
            "period": "week",
            "entry_period": "day",
            "rollup": "ratio",
            "timezone": "Europe/Oslo",
            "source": "Telephone system",
            "formula": "Calls ÷ customers × 1,000",
            "specific": "Customers need not call.",
            "evaluate_every": "weekly",
            "evaluate_on": "2027-01-04",
            "reevaluate_on": "2027-03-01",
            "customer_impact": "They need not wait.",
            "business_value": "Each call costs 40 kr.",
            "objective": objective.slug,
            "guard": "guarding",
            "review_cadence": "weekly",
            "state": "draft",
        }
        answer = with_token(alice).post(LIST, sent, format="json")
        assert answer.status_code == 201, answer.content
        shown = with_token(alice).get(address("calls")).json()
        assert {name: shown[name] for name in sent} == sent | {"owner": "alice@example.org"}
        assert shown["smarter"]["score"] >= 4
        assert shown["target"] is None
        assert shown["verdict"]["status"] == "no_data"
        assert shown["verdict"]["value"] is None
        assert shown["verdict"]["fresh"] is False

    def test_second_of_the_same_name_gets_another_key(self, alice: User) -> None:
        api = with_token(alice)
        keys = [api.post(LIST, minimal(), format="json").json()["key"] for _ in range(2)]
        assert keys == ["calls-per-1000-customers", "calls-per-1000-customers-2"]

    @pytest.mark.parametrize(
        ("fields", "field", "code"),
        [
            ({"name": ""}, "name", "blank"),
            ({"name": 7}, "name", "invalid"),
            ({"name": "\u202eevil"}, "name", "characters"),
            ({"name": "x" * 121}, "name", "max_length"),
            ({"team": "nowhere"}, "team", "unknown"),
            ({"team": ["red-team"]}, "team", "invalid"),
            ({"key": "Not A Slug"}, "key", "key"),
            ({"unit": "furlongs"}, "unit", "invalid_choice"),
            ({"unit": {"a": 1}}, "unit", "invalid_choice"),
            ({"factor": 0}, "factor", "positive"),
            ({"factor": True}, "factor", "number"),
            ({"factor": "1_000"}, "factor", "number"),
            ({"factor": 10**30}, "factor", "digits"),
            ({"factor": 1e300}, "factor", "digits"),
            ({"minimum": 5, "maximum": 4}, None, "invalid"),
            ({"decimals": -1}, "decimals", "min_value"),
            ({"decimals": 2.5}, "decimals", "invalid"),
            ({"decimals": 10**20}, "decimals", "max_value"),
            ({"timezone": "Mars/Base"}, "timezone", "timezone"),
            ({"timezone": "../etc"}, "timezone", "timezone"),
            ({"owner": "nobody@example.org"}, "owner", "unknown"),
            ({"stakeholders": "alice@example.org"}, "stakeholders", "invalid"),
            ({"shared_with": ["nowhere"]}, "shared_with", "unknown"),
            ({"objective": "nothing"}, "objective", "unknown"),
            ({"guard": "nothing"}, "guard", "unknown"),
            ({"evaluate_on": "20270104"}, "evaluate_on", "invalid"),
            ({"evaluate_on": "9999-12-31"}, "evaluate_on", "range"),
            ({"tags": [None]}, "tags.0", "null"),
            ({"colour": "red"}, "colour", "unknown"),
            ({"verdict": {"status": "on_track"}}, "verdict", "read_only"),
            ({"is_key": True}, "is_key", "gate"),
            ({"state": "retired"}, "state", "state"),
            ({"kind": "kvi", "customer_impact": ""}, "customer_impact", "invalid"),
            ({"source_kind": "ratio", "inputs": ["nothing"]}, "inputs", "unknown"),
        ],
    )
    def test_refuses_what_cannot_be_and_says_where(
        self, alice: User, fields: dict[str, Any], field: str | None, code: str
    ) -> None:
        answer = with_token(alice).post(LIST, minimal(**fields), format="json")
        assert answer.status_code == 422, answer.content
        assert problems(answer).get(field) == code, answer.content
        assert not Indicator.objects.exists()

    @pytest.mark.parametrize("body", ["[]", "null", '"text"', "7", "{}", "[[[]]]", '{"name":null}'])
    def test_refuses_bodies_of_another_shape(self, alice: User, body: str) -> None:
        answer = with_token(alice).post(LIST, body, content_type="application/json")
        assert answer.status_code == 422, answer.content

    @pytest.mark.parametrize(
        "body", ["{", '{"name": "a\\u0000"}', '{"name": "\\ud800"}', "[" * 100_000, '{"a": NaN}']
    )
    def test_refuses_bodies_that_cannot_be_read(self, alice: User, body: str) -> None:
        assert (
            with_token(alice).post(LIST, body, content_type="application/json").status_code == 400
        )

    def test_key_that_exists_is_refused(self, alice: User, conversion: Indicator) -> None:
        answer = with_token(alice).post(LIST, minimal(key="conversion"), format="json")
        assert (answer.status_code, problems(answer)) == (422, {"key": "unique"})

    def test_second_active_kvi_of_a_team_is_refused(self, alice: User) -> None:
        api = with_token(alice)
        kvi = minimal(kind="kvi", customer_impact="They are helped.", business_value="They stay.")
        assert api.post(LIST, kvi, format="json").status_code == 201
        again = api.post(LIST, kvi | {"name": "Another"}, format="json")
        assert again.status_code == 422
        assert api.post(LIST, kvi | {"state": "draft"}, format="json").status_code == 201

    def test_viewer_may_not(self, bob: User) -> None:
        assert with_token(bob).post(LIST, minimal(), format="json").status_code == 403

    def test_contributor_may_not(self, carl: User) -> None:
        assert with_token(carl).post(LIST, minimal(), format="json").status_code == 403

    def test_stranger_does_not_know_the_team(self, charlie: User, red_team: Team) -> None:
        answer = with_token(charlie).post(LIST, minimal(), format="json")
        assert (answer.status_code, problems(answer)) == (422, {"team": "unknown"})

    def test_anonymous_is_401(self, red_team: Team) -> None:
        answer = APIClient().post(LIST, minimal(), format="json")
        assert answer.status_code == 401
        assert "WWW-Authenticate" in answer

    def test_token_needs_the_scope(self, alice: User) -> None:
        reading = with_token(alice, Scope.INDICATORS_READ)
        assert reading.post(LIST, minimal(), format="json").status_code == 403
        assert reading.get(LIST).status_code == 200
        assert with_token(alice, Scope.MEASUREMENTS_WRITE).get(LIST).status_code == 403

    def test_token_of_another_team_may_not(self, alice: User) -> None:
        green = factories.make_team("Green team")
        api = with_token(alice, teams=(green,))
        assert api.post(LIST, minimal(), format="json").status_code == 422

    def test_form_bodies_are_415_and_other_methods_405(self, alice: User) -> None:
        api = with_token(alice)
        assert api.post(LIST, "a=1", content_type="text/plain").status_code == 415
        assert api.put(LIST, {}, format="json").status_code == 405


class TestReading:
    def test_viewer_reads_it_with_target_and_verdict(
        self, bob: User, conversion: Indicator
    ) -> None:
        factories.make_target(conversion, "3.2", tolerance="0.05")
        Verdict.objects.filter(indicator=conversion).update(
            status="on_track", value="3.25", previous="3", reason="Above."
        )
        shown = with_token(bob).get(address("conversion")).json()
        assert shown["target"]["value"] == 3.2
        assert shown["target"]["tolerance"] == 0.05
        assert shown["target"]["milestones"] == []
        verdict = shown["verdict"]
        assert (verdict["status"], verdict["value"], verdict["previous"]) == ("on_track", 3.25, 3)
        assert verdict["reason"] == "Above."

    def test_outsider_and_unknown_look_alike(self, charlie: User, conversion: Indicator) -> None:
        api = with_token(charlie)
        hidden, unknown = api.get(address("conversion")), api.get(address("no-such"))
        assert hidden.status_code == unknown.status_code == 404
        assert hidden.json()["detail"] == unknown.json()["detail"]

    def test_anonymous_is_401(self, conversion: Indicator) -> None:
        assert APIClient().get(address("conversion")).status_code == 401

    def test_names_of_hidden_teams_are_left_out(self, conversion: Indicator, charlie: User) -> None:
        open_team = factories.make_team("Open team")
        shared = factories.make_indicator(
            open_team, "open", guard=conversion, objective=factories.make_objective(conversion.team)
        )
        Sharing.objects.create(indicator=shared, team=conversion.team)
        shown = with_token(charlie).get(address("open")).json()
        assert (shown["guard"], shown["objective"], shown["shared_with"]) == (None, None, [])

    def test_individual_indicator_is_private(self, red_team: Team, alice: User, bob: User) -> None:
        factories.make_indicator(red_team, "mine", level="individual", owner=alice)
        assert with_token(alice).get(address("mine")).status_code == 200
        assert with_token(bob).get(address("mine")).status_code == 404


class TestChanging:
    def test_typo_is_an_edit_not_a_version(self, alice: User, conversion: Indicator) -> None:
        answer = with_token(alice).patch(
            address("conversion"), {"description": "Of 100 visitors."}, format="json"
        )
        assert answer.status_code == 200, answer.content
        assert answer.json()["definition_version"] == 1
        entry = AuditEntry.objects.get(action="indicator.edited")
        assert entry.detail["after"] == {"description": "Of 100 visitors."}

    def test_change_of_meaning_is_a_version_and_asks_for_judgement(
        self, alice: User, conversion: Indicator
    ) -> None:
        StaleMark.objects.filter(indicator=conversion).update(since=None)
        answer = with_token(alice).patch(
            address("conversion"),
            {"formula": "Paid ÷ visits", "effective_on": "2027-01-01", "version_note": "Paid only"},
            format="json",
        )
        assert answer.json()["definition_version"] == 2, answer.content
        version = DefinitionVersion.objects.get(indicator=conversion, number=2)
        assert (version.effective_on, version.note) == (date(2027, 1, 1), "Paid only")
        assert version.fields["formula"] == "Paid ÷ visits"
        assert version.made_by == alice
        assert StaleMark.objects.get(indicator=conversion).since is not None
        assert AuditEntry.objects.filter(action="definition.changed").count() == 1

    def test_same_values_again_change_nothing(self, alice: User, conversion: Indicator) -> None:
        StaleMark.objects.filter(indicator=conversion).update(since=None)
        answer = with_token(alice).patch(
            address("conversion"), {"unit": "percent", "key": "conversion"}, format="json"
        )
        assert answer.json()["definition_version"] == 1
        assert StaleMark.objects.get(indicator=conversion).since is None
        assert not AuditEntry.objects.filter(subject="conversion").exists()

    def test_guarded_one_is_judged_again_too(self, alice: User, conversion: Indicator) -> None:
        guarded = factories.make_indicator(conversion.team, "guarded", guard=conversion)
        StaleMark.objects.update(since=None)
        with_token(alice).patch(address("conversion"), {"maximum": 100}, format="json")
        assert StaleMark.objects.get(indicator=guarded).since is not None

    @pytest.mark.parametrize(
        ("fields", "field", "code"),
        [
            ({"key": "other"}, "key", "immutable"),
            ({"state": "draft"}, "state", "state"),
            ({"name": None}, "name", "null"),
            ({"definition_version": 9}, "definition_version", "read_only"),
            ({"nonsense": 1}, "nonsense", "unknown"),
            ({"guard": "conversion"}, "guard", "invalid"),
            ({"inputs": ["conversion"], "source_kind": "formula"}, "inputs", "cycle"),
        ],
    )
    def test_refusals(
        self, alice: User, conversion: Indicator, fields: Any, field: str, code: str
    ) -> None:
        answer = with_token(alice).patch(address("conversion"), fields, format="json")
        assert (answer.status_code, problems(answer)) == (422, {field: code})

    def test_inputs_that_go_in_a_circle_are_refused_with_the_path(
        self, alice: User, conversion: Indicator
    ) -> None:
        factories.make_indicator(
            conversion.team, "derived", source_kind="formula", inputs=["conversion"]
        )
        answer = with_token(alice).patch(
            address("conversion"), {"source_kind": "ratio", "inputs": ["derived"]}, format="json"
        )
        assert problems(answer) == {"inputs": "cycle"}
        assert "conversion → derived → conversion" in answer.json()["errors"][0]["detail"]

    def test_moving_to_a_team_needs_the_right_there(
        self, alice: User, conversion: Indicator, charlie: User
    ) -> None:
        answer = with_token(alice).patch(
            address("conversion"), {"team": "blue-team"}, format="json"
        )
        assert answer.status_code == 403

    def test_sharing_is_set_and_audited(self, alice: User, conversion: Indicator) -> None:
        factories.make_team("Green team")
        api = with_token(alice)
        shown = api.patch(address("conversion"), {"shared_with": ["green-team"]}, format="json")
        assert shown.json()["shared_with"] == ["green-team"]
        shown = api.patch(address("conversion"), {"shared_with": []}, format="json")
        assert shown.json()["shared_with"] == []
        details = [e.detail for e in AuditEntry.objects.filter(subject="conversion").order_by("id")]
        assert [d.get("shared", d.get("unshared")) for d in details] == [["green-team"]] * 2

    def test_viewer_403_outsider_404_anonymous_401(
        self, bob: User, charlie: User, conversion: Indicator
    ) -> None:
        statuses = [
            api.patch(address("conversion"), {"name": "x"}, format="json").status_code
            for api in (with_token(bob), with_token(charlie), APIClient())
        ]
        assert statuses == [403, 404, 401]
        conversion.refresh_from_db()
        assert conversion.name == "Conversion"


class TestKeyGate:
    def ready(self, team: Team, owner: User, key: str, **fields: Any) -> Indicator:
        made = factories.make_indicator(
            team, key, owner=owner, objective=factories.make_objective(team), **fields
        )
        factories.make_target(made)
        return made

    def test_names_what_is_missing(self, alice: User, conversion: Indicator) -> None:
        answer = with_token(alice).patch(address("conversion"), {"is_key": True}, format="json")
        assert problems(answer) == {"is_key": "gate"}
        assert "an objective and a target" in answer.json()["errors"][0]["detail"]

    def test_sixth_asks_which_one_to_step_down(self, alice: User, red_team: Team) -> None:
        for number in range(5):
            self.ready(red_team, alice, f"key-{number}", is_key=True)
        self.ready(red_team, alice, "sixth")
        api = with_token(alice)
        refused = api.patch(address("sixth"), {"is_key": True}, format="json")
        assert problems(refused) == {"is_key": "focus_budget"}
        assert "key-3" in refused.json()["errors"][0]["detail"]
        api.patch(address("key-3"), {"is_key": False}, format="json")
        assert api.patch(address("sixth"), {"is_key": True}, format="json").status_code == 200
        assert Indicator.objects.filter(is_key=True).count() == 5

    def test_one_metric_that_matters_most(self, alice: User, red_team: Team) -> None:
        self.ready(red_team, alice, "one", is_omtm=True)
        self.ready(red_team, alice, "two")
        answer = with_token(alice).patch(address("two"), {"is_omtm": True}, format="json")
        assert answer.status_code == 422


class TestRetiring:
    def test_ends_it_and_keeps_it_readable(self, alice: User, conversion: Indicator) -> None:
        factories.make_indicator(conversion.team, "next")
        api = with_token(alice)
        answer = api.delete(f"{address('conversion')}?reason=Replaced&successor=next")
        assert answer.status_code == 204
        shown = api.get(address("conversion")).json()
        assert shown["state"] == "retired"
        assert (shown["retired_reason"], shown["successor"]) == ("Replaced", "next")
        assert api.delete(address("conversion")).status_code == 204
        assert AuditEntry.objects.filter(action="indicator.retired").count() == 1
        refused = api.patch(address("conversion"), {"name": "x"}, format="json")
        assert refused.json()["errors"][0]["code"] == "retired"

    def test_viewer_403_outsider_404_anonymous_401(
        self, bob: User, charlie: User, conversion: Indicator
    ) -> None:
        statuses = [
            api.delete(address("conversion")).status_code
            for api in (with_token(bob), with_token(charlie), APIClient())
        ]
        assert statuses == [403, 404, 401]
        assert Target.objects.count() == 0
        conversion.refresh_from_db()
        assert conversion.state == "active"
