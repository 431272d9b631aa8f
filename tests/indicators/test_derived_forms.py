"""Defining derived indicators in the form, with what its live check says."""

from __future__ import annotations

from html import unescape

from rest_framework.test import APIClient

from indicators.models import Indicator
from teams.models import Team, User
from tests.conftest import signed_in
from tests.factories import make_indicator
from tests.indicators.defined import address
from tests.indicators.derived import RATIO
from tests.indicators.test_indicator_pages import NEW, answers, edited

CHECK = "/teams/red-team/indicators/check/"


def test_makes_each_kind(shop: Team, alice: User) -> None:
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


def test_refusals_stand_beside_their_fields(shop: Team, alice: User) -> None:
    sent = answers(source_kind="formula", formula="orders / (visits", factor="1", rollup="last")
    answer = signed_in(alice).post(NEW, sent)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "formula": ["After “orders / (visits” (character 17): “)” is missing."]
    }
    sent = answers(source_kind="ratio", inputs="orders, ended", period="month")
    answer = signed_in(alice).post(NEW, sent)
    assert list(answer.context["form"].errors) == ["inputs"]


def test_the_live_check_says_it_while_it_is_typed(shop: Team, alice: User) -> None:
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


def test_the_live_check_of_a_saved_one(shop: Team, alice: User) -> None:
    made = make_indicator(shop, "made", source_kind="formula", formula="orders", inputs=["orders"])
    sent = edited(made, of="made", formula="orders + made")
    panel = unescape(signed_in(alice).post(CHECK, sent).content.decode())
    assert "It would be made of itself: made → made." in panel


def test_a_circle_is_refused_with_its_path(shop: Team, alice: User) -> None:
    make_indicator(shop, "below", source_kind="growth", inputs=["costs"])
    costs = Indicator.objects.get(key="costs")
    sent = edited(costs, source_kind="growth", inputs="below")
    answer = signed_in(alice).post("/indicators/costs/edit/", sent)
    errors = answer.context["form"].errors
    assert errors == {"inputs": ["It would be made of itself: costs → below → costs."]}


def test_inputs_can_be_found_by_name_and_key(shop: Team, alice: User) -> None:
    text = signed_in(alice).get(NEW).content.decode()
    assert '<option value="gross-costs">Gross costs</option>' in text
    assert 'value="ended"' not in text


def test_being_computed_is_how_it_is_measured(shop: Team, api: APIClient, alice: User) -> None:
    make_indicator(shop, "made", **RATIO)
    advice = api.get(address("made")).json()["smarter"]["advice"]
    assert not any("formula" in words for words in advice)
    page = signed_in(alice).get("/indicators/made/").content.decode()
    assert "It is computed from other indicators." in page or "Write down the formula" not in page
    panel = signed_in(alice).post(CHECK, answers(source_kind="ratio", inputs="orders, visits"))
    assert "It is computed from other indicators." in panel.content.decode()
