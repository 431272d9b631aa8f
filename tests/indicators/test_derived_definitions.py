"""Defining derived indicators, through the API and the form; and who is told of their inputs."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from indicators import judging
from indicators.models import Indicator, Measurement, Verdict
from teams.models import Membership, Team, User
from tests.conftest import signed_in, with_token
from tests.factories import make_indicator, make_measurements, make_team
from tests.indicators.test_api_indicators import LIST, address, problems
from tests.indicators.test_deriving import make_flow, stored
from tests.indicators.test_indicator_pages import NEW, answers, edited

CHECK = "/teams/red-team/indicators/check/"
RATIO: dict[str, Any] = {"source_kind": "ratio", "rollup": "ratio", "inputs": ["orders", "visits"]}


@pytest.fixture
def shop(red_team: Team, alice: User) -> Team:
    """What things can be made of."""
    make_flow(red_team, "orders")
    make_flow(red_team, "visits")
    make_flow(red_team, "sales", unit="currency", unit_label="kr")
    make_flow(red_team, "exports", unit="currency", unit_label="€")
    make_indicator(red_team, "churn", unit="percent")
    make_indicator(red_team, "won", unit="percent")
    make_indicator(red_team, "users", period="day", rollup="none")
    make_indicator(red_team, "value", period="quarter")
    make_indicator(red_team, "planned", state="draft")
    make_indicator(red_team, "ended", state="retired")
    make_indicator(red_team, "gross-costs")
    make_indicator(red_team, "gross")
    make_indicator(red_team, "costs")
    return red_team


@pytest.fixture
def api(alice: User) -> APIClient:
    return with_token(alice)


def body(**fields: Any) -> dict[str, Any]:
    return {"key": "made", "name": "Made", "team": "red-team", **fields}


def formula(text: str, *inputs: str, **fields: Any) -> dict[str, Any]:
    given = {"inputs": list(inputs)} if inputs else {}
    return {"source_kind": "formula", "formula": text, **given, **fields}


class TestMaking:
    @pytest.mark.parametrize(
        ("fields", "inputs"),
        [
            (RATIO, ["orders", "visits"]),
            (formula("orders / visits * 100"), ["orders", "visits"]),
            (formula("visits-orders"), ["visits", "orders"]),
            (formula("{gross-costs} + gross - costs"), ["gross-costs", "gross", "costs"]),
            (formula("gross-costs", "gross-costs"), ["gross-costs"]),
            (formula("gross-costs", "costs", "gross"), ["costs", "gross"]),
            ({"source_kind": "growth", "inputs": ["sales"], "unit": "percent"}, ["sales"]),
            (formula("planned + 1"), ["planned"]),
            (formula("churn - won", unit_label="percentage points"), ["churn", "won"]),
            (formula("users / 7", period="day"), ["users"]),
            ({"state": "draft", "source_kind": "ratio", "inputs": []}, []),
            ({"state": "draft", "source_kind": "formula"}, []),
        ],
    )
    def test_takes_it(
        self, shop: Team, api: APIClient, fields: dict[str, Any], inputs: list[str]
    ) -> None:
        answer = api.post(LIST, body(**fields), format="json")
        assert answer.status_code == 201, answer.content
        assert answer.json()["inputs"] == inputs
        made = Indicator.objects.get(key="made")
        assert made.inputs == inputs
        assert made.versions.get().fields["inputs"] == inputs

    @pytest.mark.parametrize(
        ("fields", "field", "code", "words"),
        [
            (RATIO | {"inputs": ["orders"]}, "inputs", "count", "numerator and the denominator"),
            (RATIO | {"inputs": []}, "inputs", "count", "A ratio has two inputs"),
            (RATIO | {"inputs": ["orders", "orders"]}, "inputs", "twice", "named twice"),
            (RATIO | {"inputs": ["orders", "ended"]}, "inputs", "retired", "“ended” is retired"),
            (RATIO | {"inputs": ["orders", "nothing"]}, "inputs", "unknown", "is not known"),
            (RATIO | {"inputs": ["orders", "made"]}, "inputs", "cycle", "made → made"),
            (RATIO | {"rollup": "mean"}, "rollup", "rollup", "choose Ratio"),
            (RATIO | {"rollup": "sum"}, "rollup", "rollup", "choose Ratio"),
            (RATIO | {"entry_period": "day"}, "entry_period", "derived", "once a period"),
            (RATIO | {"period": "week"}, "period", "coarser", "by the month"),
            (RATIO | {"inputs": ["sales", "visits"], "unit": "percent"}, "unit", "unit", "kr"),
            (
                {"source_kind": "growth", "inputs": ["orders", "visits"]},
                "inputs",
                "count",
                "one input",
            ),
            (
                {"source_kind": "growth", "inputs": ["orders"], "rollup": "sum"},
                "rollup",
                "rollup",
                "choose Last or Mean",
            ),
            (
                {"source_kind": "growth", "inputs": ["sales"], "unit": "currency"},
                "unit",
                "unit",
                "plain number",
            ),
            (formula(""), "formula", "formula", "At the beginning"),
            (formula("3 * 4"), "formula", "required", "at least one indicator"),
            (formula("orders +"), "formula", "formula", "After “orders +” (character 9)"),
            (formula("orders + nothing"), "formula", "formula", "“nothing” is not known"),
            (formula("orders", "visits"), "formula", "formula", "“orders” is not known"),
            (formula("orders", "orders", "visits"), "inputs", "unused", "“visits” is not in"),
            (formula("orders + made"), "inputs", "cycle", "made → made"),
            (formula("orders + ended"), "inputs", "retired", "successor"),
            (formula("gross-costs"), "formula", "formula", "write {gross-costs} for the one"),
            (formula("orders", rollup="ratio"), "rollup", "rollup", "not two parts"),
            (formula("orders", factor=100), "factor", "factor", "its own factor"),
            (formula("sales + exports"), "formula", "unit", "different currencies"),
            (formula("sales + churn"), "formula", "unit", "Currency (kr) and percent cannot"),
            (formula("churn - won", unit="percent"), "unit", "unit", "percentage points"),
            (formula("sales * 2", unit="percent"), "unit", "unit", "Choose Currency, kr"),
            (formula("orders / visits", unit="percent"), "formula", "unit", "Multiply by 100"),
            (formula("value + 1"), "period", "coarser", "Judge this indicator by the quarter"),
            (formula("users + 1"), "period", "rollup", "distinct counts"),
            (formula("orders", *(f"k{k}" for k in range(21))), "inputs", "too_many", "At most 20"),
        ],
    )
    def test_refuses_what_cannot_be_computed_and_says_what_to_do(
        self,
        shop: Team,
        api: APIClient,
        fields: dict[str, Any],
        field: str,
        code: str,
        words: str,
    ) -> None:
        answer = api.post(LIST, body(**fields), format="json")
        assert (answer.status_code, problems(answer)) == (422, {field: code}), answer.content
        assert words in answer.json()["errors"][0]["detail"]
        assert not Indicator.objects.filter(key="made").exists()

    def test_a_share_in_percent_has_the_factor_of_a_percentage(
        self, shop: Team, api: APIClient
    ) -> None:
        api.post(LIST, body(**RATIO, unit="percent"), format="json")
        growth = {"source_kind": "growth", "inputs": ["orders"], "unit": "percent"}
        api.post(LIST, body(**growth) | {"key": "growth"}, format="json")
        api.post(
            LIST,
            body(**formula("orders / visits * 100", unit="percent")) | {"key": "f"},
            format="json",
        )
        factors = dict(Indicator.objects.derived().values_list("key", "factor"))
        assert factors == {"made": 100, "growth": 100, "f": 1}

    def test_it_is_computed_at_once(self, shop: Team, api: APIClient, now: datetime) -> None:
        for key, values in (("orders", [3, 4]), ("visits", [100, 100])):
            source = Indicator.objects.get(key=key)
            make_measurements(source, values, first=date(2026, 9, 1))
        judging.judge_stale(now)
        api.post(LIST, body(**RATIO, unit="percent"), format="json")
        judging.judge_stale(now)
        shown = api.get(address("made")).json()
        assert shown["verdict"]["value"] == 4 and shown["verdict"]["fresh"]
        series = api.get(f"{address('made')}series/").json()["points"]
        assert [series[0][n] for n in ("value", "numerator", "denominator")] == [3, 3, 100]
        analysis = api.get(f"{address('made')}analysis/").json()
        assert [point["value"] for point in analysis["points"]] == [3, 4]

    def test_inputs_of_others_are_unknown(self, shop: Team, api: APIClient) -> None:
        green = make_team("Green team", visibility=Team.Visibility.MEMBERS)
        make_indicator(green, "secret")
        for fields in (RATIO | {"inputs": ["orders", "secret"]}, formula("orders / secret")):
            answer = api.post(LIST, body(**fields), format="json")
            assert "“secret” is not known." in answer.json()["errors"][0]["detail"]
        one = Indicator.objects.get(key="orders")
        Indicator.objects.filter(key="secret").update(source_kind="growth", inputs=["made"])
        Indicator.objects.filter(pk=one.pk).update(source_kind="growth", inputs=["secret"])
        answer = api.post(LIST, body(**formula("orders")), format="json")
        assert "made → orders → … → made" in answer.json()["errors"][0]["detail"]


class TestChanging:
    @pytest.fixture
    def made(self, shop: Team, alice: User, now: datetime) -> Indicator:
        for key, values in (("orders", [3, 4]), ("visits", [100, 100])):
            source = Indicator.objects.get(key=key)
            make_measurements(source, values, first=date(2026, 9, 1))
        made = make_indicator(
            shop,
            "made",
            source_kind="formula",
            formula="orders + visits",
            inputs=["orders", "visits"],
            owner=alice,
        )
        judging.judge_stale(now)
        assert list(stored("made").values()) == [103, 104]
        return made

    def test_another_formula_takes_its_inputs_and_computes_all_anew(
        self, made: Indicator, api: APIClient, now: datetime
    ) -> None:
        answer = api.patch(address("made"), {"formula": "orders * 2"}, format="json")
        assert answer.status_code == 200, answer.content
        assert answer.json()["inputs"] == ["orders"]
        assert answer.json()["definition_version"] == 2
        judging.judge_stale(now)
        assert list(stored("made").values()) == [6, 8]

    def test_another_kind(self, made: Indicator, api: APIClient, now: datetime) -> None:
        changes = {"source_kind": "growth", "inputs": ["orders"], "formula": ""}
        assert api.patch(address("made"), changes, format="json").status_code == 200
        judging.judge_stale(now)
        assert stored("made") == {"2026-10-01": Decimal("0." + "3" * 34)}
        assert (
            api.patch(address("made"), {"source_kind": "measured"}, format="json").status_code
            == 200
        )
        made.refresh_from_db()
        assert made.inputs == [], "what it was made of may be made of it now"
        answer = api.post(
            f"{address('made')}measurements/", {"at": "2026-10", "value": 5}, format="json"
        )
        assert answer.status_code == 200, "what was computed may be corrected now"
        judging.judge_stale(now)
        assert stored("made") == {"2026-10-01": 5}

    @pytest.mark.parametrize(
        ("changes", "field", "code"),
        [
            ({"formula": "orders + made"}, "inputs", "cycle"),
            ({"formula": "orders +"}, "formula", "formula"),
            ({"inputs": ["orders"]}, "formula", "formula"),
            ({"rollup": "ratio"}, "rollup", "rollup"),
            ({"factor": 10}, "factor", "factor"),
            ({"period": "day"}, "period", "coarser"),
            ({"unit": "score", "formula": "sales + 1"}, "unit", "unit"),
        ],
    )
    def test_refusals_change_nothing(
        self, made: Indicator, api: APIClient, changes: dict[str, Any], field: str, code: str
    ) -> None:
        answer = api.patch(address("made"), changes, format="json")
        assert (answer.status_code, problems(answer)) == (422, {field: code}), answer.content
        made.refresh_from_db()
        assert (made.formula, made.inputs) == ("orders + visits", ["orders", "visits"])
        assert made.definition_version == 1

    def test_an_edit_of_words_asks_nothing_of_the_inputs(
        self, made: Indicator, api: APIClient
    ) -> None:
        Indicator.objects.filter(key="orders").update(state="retired")
        assert api.patch(address("made"), {"name": "Else"}, format="json").status_code == 200
        changed = api.patch(address("made"), {"formula": "orders - visits"}, format="json")
        assert changed.status_code == 200, "a retired input may stay; it is not chosen anew"

    def test_a_draft_is_complete_when_it_starts(self, shop: Team, api: APIClient) -> None:
        api.post(LIST, body(state="draft", source_kind="ratio", rollup="ratio"), format="json")
        answer = api.patch(address("made"), {"state": "active"}, format="json")
        assert problems(answer) == {"inputs": "count"}
        changes = {"state": "active", "inputs": ["orders", "visits"]}
        assert api.patch(address("made"), changes, format="json").status_code == 200

    def test_a_version_through_its_own_door(self, made: Indicator, api: APIClient) -> None:
        door = f"{address('made')}definition-versions/"
        bad = {"definition": {"formula": "orders /"}, "note": "Try"}
        assert problems(api.post(door, bad, format="json")) == {"formula": "formula"}
        good = {"definition": {"formula": "orders / 2"}, "note": "Half"}
        answer = api.post(door, good, format="json")
        assert answer.status_code == 201, answer.content
        assert answer.json()["definition"]["inputs"] == ["orders"]

    def test_nobody_enters_or_withdraws_what_is_computed(
        self, made: Indicator, api: APIClient, alice: User
    ) -> None:
        door = f"{address('made')}measurements/"
        row = {"at": "2026-10-01", "value": 1}
        assert problems(api.post(door, row, format="json")) == {"indicator": "derived"}
        answer = api.delete(f"{door}?at=2026-10-01")
        assert (answer.status_code, problems(answer)) == (422, {"indicator": "derived"})
        browser = signed_in(alice)
        page = browser.get("/indicators/made/values/")
        text = unescape(page.content.decode())
        assert page.status_code == 200 and "Its values are computed" in text
        assert 'href="/indicators/orders/"' in text and 'name="at"' not in text
        assert browser.post("/indicators/made/values/", row).status_code == 422
        gone = browser.post("/indicators/made/values/withdraw/", {"at": "2026-10-01T00:00:00Z"})
        assert gone.status_code == 422
        assert Measurement.objects.filter(indicator=made).count() == 2


class TestForm:
    def test_makes_each_kind(self, shop: Team, alice: User) -> None:
        browser = signed_in(alice)
        sent = answers(source_kind="ratio", inputs="orders, visits", period="month", state="active")
        assert browser.post(NEW, sent).status_code == 302
        made = Indicator.objects.get(name="Conversion")
        assert made.inputs == ["orders", "visits"] and made.factor == 100
        sent = answers(
            name="Profit",
            source_kind="formula",
            formula="sales − 2 × sales",
            unit="currency",
            unit_label="kr",
            factor="1",
            rollup="sum",
            period="month",
            state="active",
        )
        answer = browser.post(NEW, sent)
        assert answer.status_code == 302, answer.context["form"].errors
        assert Indicator.objects.get(name="Profit").inputs == ["sales"]

    def test_refusals_stand_beside_their_fields(self, shop: Team, alice: User) -> None:
        sent = answers(source_kind="formula", formula="orders / (visits", factor="1", rollup="last")
        answer = signed_in(alice).post(NEW, sent)
        assert answer.status_code == 422
        assert answer.context["form"].errors == {
            "formula": ["After “orders / (visits” (character 17): “)” is missing."]
        }
        sent = answers(source_kind="ratio", inputs="orders, ended", period="month")
        answer = signed_in(alice).post(NEW, sent)
        assert list(answer.context["form"].errors) == ["inputs"]

    def test_the_live_check_says_it_while_it_is_typed(self, shop: Team, alice: User) -> None:
        browser = signed_in(alice)
        sent = answers(source_kind="formula", formula="orders / (visits", factor="1", rollup="last")
        panel = unescape(browser.post(CHECK, sent).content.decode())
        assert "It cannot be computed yet" in panel and "“)” is missing." in panel
        sent = answers(
            source_kind="formula",
            formula="orders / visits * 100",
            factor="1",
            rollup="last",
            period="month",
        )
        assert "cannot be computed" not in browser.post(CHECK, sent).content.decode()
        sent = answers(source_kind="ratio", inputs="")
        assert "cannot be computed" not in browser.post(CHECK, sent).content.decode(), "not yet"
        assert "cannot be computed" not in browser.post(CHECK, answers()).content.decode()
        assert not Indicator.objects.filter(name="Conversion").exists()

    def test_the_live_check_of_a_saved_one(self, shop: Team, alice: User) -> None:
        made = make_indicator(
            shop, "made", source_kind="formula", formula="orders", inputs=["orders"]
        )
        sent = edited(made, of="made", formula="orders + made")
        panel = unescape(signed_in(alice).post(CHECK, sent).content.decode())
        assert "It would be made of itself: made → made." in panel

    def test_a_circle_is_refused_with_its_path(self, shop: Team, alice: User) -> None:
        make_indicator(shop, "below", source_kind="growth", inputs=["costs"])
        costs = Indicator.objects.get(key="costs")
        sent = edited(costs, source_kind="growth", inputs="below")
        answer = signed_in(alice).post("/indicators/costs/edit/", sent)
        errors = answer.context["form"].errors
        assert errors == {"inputs": ["It would be made of itself: costs → below → costs."]}

    def test_inputs_can_be_found_by_name_and_key(self, shop: Team, alice: User) -> None:
        text = signed_in(alice).get(NEW).content.decode()
        assert '<option value="gross-costs">Gross costs</option>' in text
        assert 'value="ended"' not in text


class TestWhoIsToldOfInputs:
    """Alice manages the red team and sees the green one; bob sees the red one alone."""

    @pytest.fixture
    def made(self, shop: Team, alice: User, bob: User, now: datetime) -> Indicator:
        green = make_team("Green team", visibility=Team.Visibility.MEMBERS)
        Membership.objects.create(user=alice, team=green, role="viewer")
        secret = make_flow(green, "secret-sauce", name="Secret sauce")
        for source in (secret, Indicator.objects.get(key="orders")):
            make_measurements(source, [2, 4], first=date(2026, 9, 1))
        made = make_indicator(
            shop,
            "made",
            source_kind="formula",
            formula="{secret-sauce} * orders",
            inputs=["secret-sauce", "orders"],
        )
        made.record_version(effective_on=date(2026, 9, 1), by=alice)
        judging.judge_stale(now)
        return made

    def test_the_value_is_seen_as_its_own_indicator_allows(
        self, made: Indicator, alice: User, bob: User, charlie: User
    ) -> None:
        for person in (alice, bob):
            assert with_token(person).get(address("made")).json()["verdict"]["value"] == 16
        assert with_token(charlie).get(address("made")).status_code == 404

    @pytest.mark.parametrize(
        "url",
        [
            "/api/v1/indicators/made/",
            "/api/v1/indicators/",
            "/api/v1/indicators/made/definition-versions/",
            "/indicators/made/",
            "/indicators/made/integrate/",
        ],
    )
    def test_inputs_are_named_to_those_who_see_them(
        self, made: Indicator, alice: User, bob: User, url: str
    ) -> None:
        def told(person: User) -> str:
            client = with_token(person) if url.startswith("/api/") else signed_in(person)
            answer = client.get(url)
            assert answer.status_code == 200
            return unescape(answer.content.decode())

        assert "secret-sauce" in told(alice)
        Membership.objects.filter(user=bob).update(role="contributor")
        found = told(User.objects.get(pk=bob.pk))
        assert "secret" not in found.lower()
        assert "{…} * orders" in found

    def test_lists_ask_once_for_all_names(self, made: Indicator, api: APIClient) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connection) as caught:
                assert api.get(f"{LIST}?page_size=100").status_code == 200
            return len(caught)

        asked()  # notes that the token was used
        before = asked()
        for k in range(5):
            make_indicator(made.team, f"more-{k}", source_kind="growth", inputs=["orders"])
        assert asked() == before

    def test_the_page_says_what_it_is_computed_from(
        self, made: Indicator, alice: User, bob: User
    ) -> None:
        make_indicator(
            made.team, "share", source_kind="ratio", inputs=["orders", "secret-sauce"], factor=1000
        )
        make_indicator(made.team, "rise", source_kind="growth", inputs=["orders"])

        def origin(key: str, person: User) -> str:
            html = signed_in(person).get(f"/indicators/{key}/").content.decode()
            assert f"/indicators/{key}/values/" not in html, "nobody enters values"
            card = unescape(html).split("Computed from</dt>")[1].split("</dd>")[0]
            return re.sub(r"\s+", " ", re.sub(r"<(?!/?a)[^>]+>", "", card)).strip()

        orders = '<a class="link" href="/indicators/orders/">Orders</a>'
        secret = '<a class="link" href="/indicators/secret-sauce/">Secret sauce</a>'
        assert origin("share", alice) == f"{orders} ÷ {secret} × 1000"
        assert origin("share", bob) == f"{orders} ÷ an indicator that you do not see × 1000"
        assert origin("rise", bob) == f"Relative change of {orders} against the month before"
        assert origin("made", alice) == f"{secret}, {orders}"

    def test_who_does_not_see_an_input_may_still_edit_the_rest(
        self, made: Indicator, alice: User
    ) -> None:
        Membership.objects.filter(user=alice, team__slug="green-team").delete()
        browser = signed_in(alice)
        html = unescape(browser.get("/indicators/made/edit/").content.decode())
        assert "secret" not in html and "{…} * orders" in html
        answer = browser.post(
            "/indicators/made/edit/", edited(made, name="Renamed", inputs="orders")
        )
        assert answer.status_code == 302
        made.refresh_from_db()
        assert (made.name, made.formula) == ("Renamed", "{secret-sauce} * orders")
        assert made.inputs == ["secret-sauce", "orders"]

    def test_a_refusal_names_no_input_that_is_not_seen(self, made: Indicator, alice: User) -> None:
        Membership.objects.filter(user=alice, team__slug="green-team").delete()
        answer = with_token(alice).patch(address("made"), {"period": "day"}, format="json")
        assert problems(answer) == {"period": "coarser"}
        assert "An input that you do not see has one value a month" in answer.content.decode()

    def test_the_measurements_are_said_to_be_computed(self, made: Indicator, bob: User) -> None:
        html = signed_in(bob).get("/indicators/made/?tab=measurements").content.decode()
        assert "Computed from other indicators" in html

    def test_a_retired_input_is_told_on_the_page(self, made: Indicator, bob: User) -> None:
        Indicator.objects.filter(key="orders").update(state="retired")
        html = unescape(signed_in(bob).get("/indicators/made/").content.decode())
        assert "Orders is retired: there are no values for later periods." in html
        assert Verdict.objects.get(indicator=made).value == 16


def test_being_computed_is_how_it_is_measured(shop: Team, api: APIClient, alice: User) -> None:
    make_indicator(shop, "made", **RATIO)
    advice = api.get(address("made")).json()["smarter"]["advice"]
    assert not any("formula" in words for words in advice)
    page = signed_in(alice).get("/indicators/made/").content.decode()
    assert "It is computed from other indicators." in page or "Write down the formula" not in page
    panel = signed_in(alice).post(CHECK, answers(source_kind="ratio", inputs="orders, visits"))
    assert "It is computed from other indicators." in panel.content.decode()


def test_what_is_measured_may_name_what_drives_it(shop: Team, alice: User) -> None:
    make_indicator(shop, "made", inputs=["orders"])
    page = signed_in(alice).get("/indicators/made/").content.decode()
    driven = page.split("Driven by</dt>")[1].split("</dd>")[0]
    assert '<a class="link" href="/indicators/orders/">Orders</a>' in driven
    assert "Computed from" not in page
