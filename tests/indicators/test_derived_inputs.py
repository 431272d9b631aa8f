"""Who is told what a derived indicator is made of, and who is not."""

from __future__ import annotations

import re
from datetime import date, datetime
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from indicators.models import Indicator
from teams.models import Membership, Team, User
from tests.conftest import signed_in, with_token
from tests.factories import make_indicator, make_measurements, make_team
from tests.indicators.defined import LIST, address, problems
from tests.indicators.derived import make_flow
from tests.indicators.test_indicator_pages import edited
from verdicts import judging
from verdicts.models import Verdict


class TestWhoIsTold:
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


def test_what_is_measured_may_name_what_drives_it(shop: Team, alice: User) -> None:
    make_indicator(shop, "made", inputs=["orders"])
    page = signed_in(alice).get("/indicators/made/").content.decode()
    driven = page.split("Driven by</dt>")[1].split("</dd>")[0]
    assert '<a class="link" href="/indicators/orders/">Orders</a>' in driven
    assert "Computed from" not in page
