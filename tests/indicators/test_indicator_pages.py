"""The pages on which an indicator is defined and changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from indicators import library
from indicators.models import DefinitionVersion, Indicator, Sharing, StaleMark, Target
from teams.models import AuditEntry, Organisation, Team, User
from tests import factories
from tests.conftest import signed_in
from verdicts.models import Verdict

NEW = "/teams/red-team/indicators/new/"


def answers(**fields: Any) -> dict[str, Any]:
    """A filled-in definition form without a target."""
    return {
        "name": "Conversion",
        "kind": "kpi",
        "level": "team",
        "unit": "percent",
        "factor": "100",
        "decimals": "1",
        "direction": "up",
        "rollup": "ratio",
        "period": "week",
        "source_kind": "measured",
        "evaluate_every": "weekly",
        "review_cadence": "monthly",
        "target-kind": "standing",
        "target-comparator": "gte",
        "target-tolerance": "10",
        "target-tolerance_kind": "relative",
        "target-path": "linear",
        "target-gives_status": "on",
        "steps-TOTAL_FORMS": "3",
        "steps-INITIAL_FORMS": "0",
        **fields,
    }


@pytest.fixture
def conversion(red_team: Team, alice: User) -> Indicator:
    return factories.make_indicator(
        red_team,
        "conversion",
        unit="percent",
        factor=100,
        rollup="ratio",
        period="week",
        owner=alice,
    )


def edited(indicator: Indicator, **fields: Any) -> dict[str, Any]:
    """The form of a saved indicator as it is shown, with some answers changed."""
    page = signed_in(User.objects.get(email="alice@example.org")).get(
        reverse("indicator_edit", args=[indicator.key])
    )
    form = page.context["form"]
    shown = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in shown.items() if value is not None} | fields


class TestNew:
    def test_form_asks_the_seven_questions_in_order(self, alice: User) -> None:
        text = signed_in(alice).get(NEW).content.decode()
        questions = [
            "What outcome?",
            "Why does it matter?",
            "How is it measured?",
            "How can you influence it?",
            "Who owns it?",
            "How will you know it is achieved?",
            "How often do you review it?",
        ]
        places = [text.index(question) for question in questions]
        assert places == sorted(places)
        assert "style=" not in text and "<script>" not in text

    def test_starts_measuring_at_once(self, alice: User) -> None:
        answer = signed_in(alice).post(NEW, answers(state="active"))
        assert answer.status_code == 302, answer.context["form"].errors
        assert answer["Location"] == "/indicators/conversion/"
        made = Indicator.objects.get()
        assert (made.state, made.unit, made.factor) == ("active", "percent", Decimal(100))
        assert made.stale_mark.since is not None
        assert not Target.objects.exists()

    def test_draft_may_be_thin(self, alice: User) -> None:
        signed_in(alice).post(NEW, answers(state="draft", kind="kvi"))
        assert Indicator.objects.get().state == "draft"

    def test_target_with_steps_is_kept_with_it(self, alice: User) -> None:
        sent = answers(
            rollup="sum",
            unit="number",
            **{
                "target-kind": "accumulate",
                "target-value": "1500",
                "target-starts_on": "2027-01-01",
                "target-due_on": "2027-03-31",
                "target-tolerance": "5",
                "steps-0-on": "2027-01-31",
                "steps-0-value": "500",
            },
        )
        answer = signed_in(alice).post(NEW, sent)
        assert answer.status_code == 302, answer.context["target_form"].errors
        target = Target.objects.get()
        assert (target.kind, target.value, str(target.tolerance)) == (
            "accumulate",
            Decimal(1500),
            "0.05",
        )
        assert [step.value for step in target.milestones.all()] == [500]

    def test_refused_target_saves_nothing_and_loses_nothing(self, alice: User) -> None:
        answer = signed_in(alice).post(
            NEW, answers(name="Mine", **{"target-kind": "reach", "target-value": "12"})
        )
        assert answer.status_code == 422
        assert not Indicator.objects.exists()
        text = answer.content.decode()
        assert 'value="Mine"' in text and 'value="12"' in text
        assert "baseline" in answer.context["target_form"].errors

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"name": ""}, "name"),
            ({"factor": "1,000"}, "factor"),
            ({"factor": "0"}, "factor"),
            ({"factor": "many"}, "factor"),
            ({"minimum": "5", "maximum": "4"}, "__all__"),
            ({"timezone": "Mars"}, "timezone"),
            ({"unit": "furlong"}, "unit"),
            ({"kind": "kvi"}, "customer_impact"),
            ({"inputs": "nothing"}, "inputs"),
            ({"guard": "999999"}, "guard"),
            ({"owner": "999999"}, "owner"),
        ],
    )
    def test_errors_stand_at_their_field_and_values_stay(
        self, alice: User, fields: dict[str, str], field: str
    ) -> None:
        answer = signed_in(alice).post(NEW, answers(description="Kept words", **fields))
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        assert "Kept words" in answer.content.decode()
        assert not Indicator.objects.exists()

    def test_template_fills_the_form(self, alice: User) -> None:
        page = signed_in(alice).get(f"{NEW}?template=net-promoter-score&kind=kvi")
        form = page.context["form"]
        assert (form["name"].value(), form["kind"].value()) == ("Net promoter score (NPS)", "kvi")
        assert (form["minimum"].value(), form["unit"].value()) == ("-100", "score")
        assert "swings by ten points" in page.content.decode()

    def test_library_offers_every_template(self, alice: User) -> None:
        text = signed_in(alice).get("/teams/red-team/indicators/library/").content.decode()
        assert all(f"?template={key}" in text for key in library.templates())

    def test_a_kvi_begins_with_templates_that_say_what_customers_get(self, alice: User) -> None:
        page = signed_in(alice).get("/teams/red-team/indicators/library/", {"kind": "kvi"})
        first, fit = page.context["areas"][0]
        assert first == "the one number" and len(page.context["areas"]) == 1 + len(library.areas())
        assert {"conversion", "manual-actions"} <= {one.key for one in fit}
        assert all(one.customer_impact and one.business_value for one in fit)

    def test_money_is_in_the_currency_of_the_organisation(self, alice: User) -> None:
        Organisation.objects.update(currency="kr")
        query = {"kind": "kvi", "template": "monthly-recurring-revenue"}
        form = signed_in(alice).get(NEW, query).context["form"]
        assert form.initial["unit_label"] == "kr"

    def test_output_measure_as_kvi_is_warned_of(self, alice: User) -> None:
        sent = answers(
            name="Calls handled", kind="kvi", customer_impact="Helped", business_value="Stay"
        )
        page = signed_in(alice).post(NEW, sent, follow=True)
        assert any("what you produce" in str(one) for one in page.context["messages"])

    def test_roles(self, bob: User, carl: User, charlie: User, red_team: Team) -> None:
        for user, status in ((bob, 403), (carl, 403), (charlie, 404)):
            assert signed_in(user).get(NEW).status_code == status
            assert signed_in(user).post(NEW, answers()).status_code == status
        assert Client().get(NEW)["Location"].startswith("/accounts/login/")
        assert not Indicator.objects.exists()

    def test_wrong_method_and_unknown_team(self, alice: User) -> None:
        assert signed_in(alice).delete(NEW).status_code == 405
        assert signed_in(alice).get("/teams/no-such/indicators/new/").status_code == 404


class TestCheck:
    URL = "/teams/red-team/indicators/check/"

    def test_panel_follows_what_is_typed_and_saves_nothing(self, alice: User) -> None:
        browser = signed_in(alice)
        thin = browser.post(self.URL, {"name": "X"})
        assert thin.context["check"].score == 0
        full = browser.post(
            self.URL,
            answers(
                specific="People who visit the shop find it.",
                formula="Orders ÷ visits",
                source="Web shop",
                achievable="2.9 % last year",
                evaluate_on="2040-01-01",
                **{"target-value": "3"},
            ),
        )
        assert full.context["check"].score == 5
        assert "<html" not in full.content.decode()
        assert not Indicator.objects.exists()

    def test_history_of_the_saved_one_counts(self, alice: User, conversion: Indicator) -> None:
        factories.make_target(conversion, "3")
        Verdict.objects.update(spark_values=[4.0] * 12)
        answer = signed_in(alice).post(self.URL, {"of": "conversion", "name": "Conversion"})
        assert "met in 12 of the last 12 periods" in answer.content.decode()

    def test_viewer_403_outsider_404(self, bob: User, charlie: User) -> None:
        assert signed_in(bob).post(self.URL, {}).status_code == 403
        assert signed_in(charlie).post(self.URL, {}).status_code == 404
        assert signed_in(bob).get(self.URL).status_code == 405


class TestEdit:
    URL = "/indicators/conversion/edit/"

    def test_typo_is_an_edit(self, alice: User, conversion: Indicator) -> None:
        answer = signed_in(alice).post(self.URL, edited(conversion, name="Conversion rate"))
        assert answer.status_code == 302, answer.context["form"].errors
        conversion.refresh_from_db()
        assert (conversion.name, conversion.definition_version) == ("Conversion rate", 1)
        entry = AuditEntry.objects.get(subject="conversion")
        assert entry.detail["before"] == {"name": "Conversion"}

    def test_change_of_meaning_is_a_version(self, alice: User, conversion: Indicator) -> None:
        sent = edited(
            conversion,
            formula="Paid orders ÷ visits",
            effective_on="2027-01-01",
            version_note="Paid only",
        )
        signed_in(alice).post(self.URL, sent)
        version = DefinitionVersion.objects.get(number=2)
        assert (str(version.effective_on), version.note) == ("2027-01-01", "Paid only")

    def test_untouched_form_changes_nothing(self, alice: User, conversion: Indicator) -> None:
        StaleMark.objects.update(since=None)
        before: dict[str, Any] = dict(Indicator.objects.values().get())
        signed_in(alice).post(self.URL, edited(conversion))
        after: dict[str, Any] = dict(Indicator.objects.values().get())
        assert {k for k in before if before[k] != after[k]} <= {"updated_at"}
        assert not AuditEntry.objects.exists()
        assert StaleMark.objects.get().since is None

    def test_refusal_keeps_what_was_typed(self, alice: User, conversion: Indicator) -> None:
        answer = signed_in(alice).post(self.URL, edited(conversion, name="Mine", minimum="1,500"))
        assert answer.status_code == 422
        assert "Did you mean 1500 or 1.500?" in answer.content.decode()
        assert 'value="1,500"' in answer.content.decode()
        conversion.refresh_from_db()
        assert conversion.name == "Conversion"

    def test_retired_one_stays_as_it_was(self, alice: User, red_team: Team) -> None:
        factories.make_indicator(red_team, "old", state="retired")
        assert signed_in(alice).get("/indicators/old/edit/").status_code == 302

    def test_roles(self, bob: User, carl: User, charlie: User, conversion: Indicator) -> None:
        for user, status in ((bob, 403), (carl, 403), (charlie, 404)):
            assert signed_in(user).get(self.URL).status_code == status
            assert signed_in(user).post(self.URL, answers()).status_code == status
        assert Client().get(self.URL).status_code == 302
        assert signed_in(carl).delete(self.URL).status_code == 405


class TestLife:
    def ready(self, team: Team, owner: User, key: str, **fields: Any) -> Indicator:
        made = factories.make_indicator(
            team, key, owner=owner, objective=factories.make_objective(team), **fields
        )
        factories.make_target(made)
        return made

    def test_draft_becomes_active(self, alice: User, red_team: Team) -> None:
        factories.make_indicator(red_team, "draft", state="draft")
        signed_in(alice).post("/indicators/draft/activate/")
        assert Indicator.objects.get().state == "active"

    def test_incomplete_kvi_does_not(self, alice: User, red_team: Team) -> None:
        factories.make_indicator(
            red_team, "draft", state="draft", kind="kvi", customer_impact="", business_value=""
        )
        answer = signed_in(alice).post("/indicators/draft/activate/")
        assert answer["Location"] == "/indicators/draft/edit/"
        assert Indicator.objects.get().state == "draft"

    def test_gate_says_what_is_missing(self, alice: User, conversion: Indicator) -> None:
        page = signed_in(alice).get("/indicators/conversion/promote/")
        assert "It needs an objective, a target." in page.content.decode()
        signed_in(alice).post("/indicators/conversion/promote/")
        conversion.refresh_from_db()
        assert not conversion.is_key

    def test_sixth_asks_which_one_steps_down_and_why(self, alice: User, red_team: Team) -> None:
        held = [self.ready(red_team, alice, f"key-{n}", is_key=True) for n in range(5)]
        self.ready(red_team, alice, "sixth")
        browser, url = signed_in(alice), "/indicators/sixth/promote/"
        assert browser.post(url).status_code == 422
        browser.post(url, {"instead_of": held[2].pk, "reason": "It no longer moves."})
        keys = Indicator.objects.filter(is_key=True).values_list("key", flat=True)
        assert set(keys) == {"key-0", "key-1", "key-3", "key-4", "sixth"}
        entry = AuditEntry.objects.get(action="indicator.stepped_down")
        assert (entry.subject, entry.detail["reason"]) == ("key-2", "It no longer moves.")

    def test_first_becomes_key_and_steps_down(self, alice: User, red_team: Team) -> None:
        one = self.ready(red_team, alice, "one")
        browser = signed_in(alice)
        browser.post("/indicators/one/promote/")
        one.refresh_from_db()
        assert one.is_key
        assert browser.post("/indicators/one/demote/").status_code == 422
        browser.post("/indicators/one/demote/", {"reason": "Done."})
        one.refresh_from_db()
        assert not one.is_key

    def test_retired_with_reason_and_successor(self, alice: User, conversion: Indicator) -> None:
        following = factories.make_indicator(conversion.team, "next")
        browser, url = signed_in(alice), "/indicators/conversion/retire/"
        assert browser.post(url).status_code == 422
        browser.post(url, {"reason": "Replaced.", "successor": following.pk})
        conversion.refresh_from_db()
        assert (conversion.state, conversion.retired_reason) == ("retired", "Replaced.")
        assert conversion.successor == following

    def test_shared_as_kvi_of_another_team_once(
        self, alice: User, red_team: Team, dora: User
    ) -> None:
        green = factories.make_team("Green team")
        for key in ("first", "second"):
            factories.make_indicator(red_team, key, kind="kvi", state="draft")
        browser = signed_in(dora)
        chosen = {"shared_with": [green.pk], "kvi_of": [green.pk]}
        assert browser.post("/indicators/first/share/", chosen).status_code == 302
        refused = browser.post("/indicators/second/share/", chosen)
        assert refused.status_code == 422
        assert "has a key value indicator already" in refused.content.decode()
        assert [s.indicator.key for s in Sharing.objects.all()] == ["first"]
        browser.post("/indicators/first/share/", {"shared_with": [green.pk]})
        assert not Sharing.objects.get().as_kvi
        browser.post("/indicators/first/share/", {})
        assert not Sharing.objects.exists()

    def test_team_that_shares_a_kvi_gets_no_own(self, dora: User, red_team: Team) -> None:
        green = factories.make_team("Green team")
        shared = factories.make_indicator(red_team, "first", kind="kvi")
        Sharing.objects.create(indicator=shared, team=green, as_kvi=True)
        sent = answers(kind="kvi", customer_impact="a", business_value="b", state="active")
        answer = signed_in(dora).post("/teams/green-team/indicators/new/", sent)
        assert "kind" in answer.context["form"].errors

    @pytest.mark.parametrize("act", ["activate", "promote", "demote", "share", "retire"])
    def test_roles(
        self, bob: User, charlie: User, alice: User, conversion: Indicator, act: str
    ) -> None:
        url = f"/indicators/conversion/{act}/"
        statuses = [signed_in(user).post(url).status_code for user in (bob, charlie)]
        assert statuses == [403, 404]
        assert Client().post(url).status_code == 302
        assert signed_in(alice).post(f"/indicators/no-such/{act}/").status_code == 404
        assert signed_in(alice).put(url).status_code == 405
        conversion.refresh_from_db()
        assert conversion.state == "active"
