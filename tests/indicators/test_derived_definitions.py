"""Defining derived indicators through the API: taken, refused with what to do, changed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from rest_framework.test import APIClient

from indicators.models import Indicator
from measurements.models import Measurement
from teams.models import Team, User
from tests.conftest import signed_in
from tests.factories import make_indicator, make_measurements, make_team
from tests.indicators.defined import LIST, address, problems
from tests.indicators.derived import RATIO, stored
from verdicts import judging


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
                "choose Last value or Mean",
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
            (formula("sales * churn", unit="currency"), "unit", "unit", "Divide it by 100"),
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
