"""The page of the grid: what it shows, how its script and its plain forms save, and to whom."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from indicators.models import Indicator
from measurements.forms.entry import read_typed
from measurements.models import Measurement
from teams.models import Membership, Team, User
from tests.conftest import signed_in
from tests.factories import make_indicator, make_team

pytestmark = [pytest.mark.django_db, pytest.mark.at("2026-11-21T12:00Z")]
URL = "/entry/"
TEAM = "/teams/red-team/entry/"


@pytest.fixture
def sales(red_team: Team, carl: User) -> Indicator:
    return make_indicator(
        red_team, "sales", owner=carl, created_at=datetime(2025, 1, 1, tzinfo=UTC)
    )


def cell(
    text: str, *more: str, period: str = "2026-10", seen: str = "", **rest: Any
) -> dict[str, Any]:
    return {"indicator": "sales", "period": period, "texts": [text, *more], "seen": seen, **rest}


def send(browser: Client, *cells: dict[str, Any], url: str = URL, **more: str) -> Any:
    return browser.post(url, {"cells": json.dumps(cells), **more})


def answers(browser: Client, *cells: dict[str, Any], **more: str) -> list[dict[str, Any]]:
    answer = send(browser, *cells, **more)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["cells"]
    return found


def stored() -> dict[str, str]:
    return {f"{m.at:%Y-%m}": str(m.value) for m in Measurement.objects.order_by("at")}


# --- what people mean by a text --------------------------------------------------------------

PLAIN = Indicator(name="Sales", unit="number")
PERCENT = Indicator(name="Share", unit="percent")
TIME = Indicator(name="Wait", unit="duration")
MINUTES = Indicator(name="Wait", unit="duration", unit_label="minutes")

READ = [
    (PLAIN, "5", "5"), (PLAIN, "-5", "-5"), (PLAIN, "−5", "-5"), (PLAIN, "3.2", "3.2"),
    (PLAIN, "3,2", "3.2"), (PLAIN, "0,125", "0.125"), (PLAIN, "0.125", "0.125"),
    (PLAIN, "1 500", "1500"), (PLAIN, "1\u00a0500,5", "1500.5"), (PLAIN, "1'500.25", "1500.25"),
    (PLAIN, "1,234.5", "1234.5"), (PLAIN, "1.234,5", "1234.5"), (PLAIN, "1,234,567", "1234567"),
    (PLAIN, "-1.234.567", "-1234567"), (PLAIN, "1234.567", "1234.567"), (PLAIN, ".5", "0.5"),
    (PLAIN, "1234,567", "1234.567"), (PLAIN, "480000", "480000"),
    (PLAIN, "480 000 kr", "480000"),
    (PLAIN, "=1.234", "1.234"), (PERCENT, "3,2 %", "3.2"), (PERCENT, "3.2", "3.2"),
    (TIME, "1:30:00", "5400"), (TIME, "90 min", "5400"), (TIME, "1,5 h", "5400"),
    (TIME, "42", "42"),
    (TIME, "=5400", "5400"), (MINUTES, "90", "5400"), (MINUTES, "1:30:00", "5400"),
    (MINUTES, "1,5", "90.0"), (MINUTES, "=100", "100"),
]  # fmt: skip


@pytest.mark.parametrize(("of", "text", "number"), READ)
def test_what_can_only_mean_one_thing_is_read(of: Indicator, text: str, number: str) -> None:
    assert read_typed(text, of) == Decimal(number)


@pytest.mark.parametrize("text", ["1,234", "1.234", "-12,500", "999.000", "1,234 kr"])
def test_what_can_mean_two_things_is_asked(text: str) -> None:
    with pytest.raises(ValidationError) as problem:
        read_typed(text, PLAIN)
    assert problem.value.code == "mark"
    readings = sorted(abs(read_typed(text, PLAIN, mark=mark)) for mark in (".", ","))
    assert readings[1] == readings[0] * 1000


def test_a_span_can_mean_two_things_as_well() -> None:
    with pytest.raises(ValidationError) as problem:
        read_typed("1,500 h", TIME)
    assert problem.value.code == "mark"
    assert read_typed("1,500 h", TIME, mark=",") == 5400


def test_a_point_in_an_indicator_with_three_decimals_is_its_own() -> None:
    assert read_typed("1.234", PLAIN, decimals=3) == Decimal("1.234")
    with pytest.raises(ValidationError):
        read_typed("1,234", PLAIN, decimals=3)


@pytest.mark.parametrize(
    ("of", "text", "mark"),
    [
        (PLAIN, "abc", ""), (PLAIN, "1.2.3", ""), (PLAIN, "1,234,56", ""), (PLAIN, "١٢", ""),
        (PLAIN, "0x1", ""), (PLAIN, "NaN", ""), (PLAIN, "1_000", ""), (PLAIN, "--1", ""),
        (PLAIN, "3.5", ","), (PLAIN, "3,5", "."), (PLAIN, "1" * 31, ""), (PLAIN, "", ""),
        (PLAIN, "3 %", ""), (PLAIN, "=", ""), (PLAIN, "=1,5", ""), (PLAIN, "=1+1", ""),
        (PLAIN, "\ud800", ""), (PLAIN, "1\x00", ""), (PERCENT, "3 kr", ""), (TIME, "1:30", ""),
        (TIME, "soon", ""), (PLAIN, "90 min", ""),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(of: Indicator, text: str, mark: Any) -> None:
    with pytest.raises(ValidationError) as problem:
        read_typed(text, of, mark=mark)
    assert problem.value.code == "invalid"


# --- the page --------------------------------------------------------------------------------


class TestPage:
    def test_it_shows_cells_with_names_and_what_is_due(self, carl: User, sales: Indicator) -> None:
        text = signed_in(carl).get(URL).content.decode()
        names = re.findall(r'aria-label="(Sales, [^"]+)"', text)
        assert names[-1] == "Sales, November 2026" and "Sales, October 2026, due" in names
        assert "so far" in text and 'name="2026-10.0"' in text
        assert "/indicators/sales/values/" in text

    def test_notes_are_shown_and_escaped(self, carl: User, sales: Indicator) -> None:
        browser = signed_in(carl)
        answers(browser, cell("5", note='<b>"x"'))
        text = browser.get(f"{URL}?show=all").content.decode()
        assert "&lt;b&gt;&quot;x&quot;" in text and "<b>" not in text

    def test_filters_and_pages(self, carl: User, red_team: Team, sales: Indicator) -> None:
        for k in range(51):
            make_indicator(red_team, f"more-{k:02d}")
        browser = signed_in(carl)
        assert browser.get(URL).context["show"] == "due"
        first = browser.get(f"{URL}?show=all").content.decode()
        assert first.count("<tr data-key=") == 25 and "page=2" in first
        second = browser.get(f"{URL}?show=all&page=3").content.decode()
        assert second.count("<tr data-key=") == 2
        assert browser.get(f"{URL}?show=all&page=x").status_code == 200

    def test_many_teams_are_a_list_that_opens(self, carl: User, red_team: Team) -> None:
        for k in range(9):
            team = make_team(f"Team {k}")
            Membership.objects.create(user=carl, team=team, role="contributor")
            make_indicator(team, f"one-{k}")
            text = signed_in(carl).get(f"{URL}?show=all").content.decode()
            assert (f'href="/teams/{team.slug}/entry/?show=all"' in text) is (k > 0)
            assert ("<summary" in text) is (k > 7)

    def test_a_full_page_is_light_enough_for_a_phone(self, carl: User, red_team: Team) -> None:
        """Ratios in every grain have the most cells and columns that a page can have."""
        for k in range(60):
            grain = ("day", "week", "month", "quarter", "year")[k % 5]
            make_indicator(red_team, f"ratio-{k:02d}", rollup="ratio", period=grain)
        text = signed_in(carl).get(f"{URL}?show=all").content.decode()
        assert text.count("<tr data-key=") > 20
        assert len(re.findall(r"<[a-z]", text)) < 1500

    def test_the_number_of_queries_does_not_grow(
        self, carl: User, red_team: Team, sales: Indicator, django_assert_max_num_queries: Any
    ) -> None:
        browser = signed_in(carl)
        browser.get(URL)
        with django_assert_max_num_queries(50) as one:
            browser.get(f"{URL}?show=all")
        for k in range(49):
            make_indicator(red_team, f"more-{k:02d}", owner=carl, period=("day", "week")[k % 2])
        with django_assert_max_num_queries(50) as fifty:
            text = browser.get(f"{URL}?show=all").content.decode()
        assert text.count("<tr data-key=") == 25
        assert len(fifty) == len(one) <= 14

    @pytest.mark.parametrize("url", [URL, TEAM])
    def test_that_there_is_nothing_is_said(self, carl: User, url: str) -> None:
        browser = signed_in(carl)
        assert "No indicators yet" in browser.get(url).content.decode()
        assert "Nothing is due" in browser.get(f"{url}?show=due").content.decode()

    def test_roles(self, carl: User, bob: User, charlie: User, sales: Indicator) -> None:
        assert [signed_in(user).get(TEAM).status_code for user in (carl, bob, charlie)] == [
            200, 403, 404,
        ]  # fmt: skip
        for user in (bob, charlie):
            text = signed_in(user).get(URL).content.decode()
            assert "Sales" not in text
        assert "No values to enter" in signed_in(bob).get(URL).content.decode()
        assert Client().get(URL).status_code == Client().post(TEAM).status_code == 302
        assert signed_in(carl).get("/teams/nothing/entry/").status_code == 404
        assert signed_in(carl).delete(URL).status_code == 405
        assert signed_in(carl).put(TEAM).status_code == 405


# --- its script ------------------------------------------------------------------------------


class TestScript:
    def test_a_cell_is_saved_corrected_and_taken_back(self, carl: User, sales: Indicator) -> None:
        browser = signed_in(carl)
        first = answers(browser, cell("3,25"))[0]
        assert (first["state"], first["texts"], first["shown"]) == ("created", ["3.25"], ["3.25"])
        second = answers(browser, cell("1234567", seen=first["seen"], note="Big"))[0]
        assert (second["state"], second["shown"], second["note"]) == (
            "corrected",
            ["1,234,567"],
            "Big",
        )
        third = answers(browser, cell("", seen=second["seen"]))[0]
        assert (third["state"], third["texts"], third["seen"]) == ("withdrawn", [""], "")

    def test_a_conflict_tells_who_and_what(self, carl: User, alice: User, sales: Indicator) -> None:
        answers(signed_in(alice), cell("7"))
        found = answers(signed_in(carl), cell("6"))[0]
        assert (found["state"], found["by"], found["texts"]) == ("conflict", "Alice", ["7"])
        assert stored() == {"2026-10": "7"}
        again = answers(signed_in(carl), cell("6", seen=found["seen"]))[0]
        assert again["state"] == "corrected"

    def test_two_readings_are_asked_and_then_read_as_said(
        self, carl: User, sales: Indicator
    ) -> None:
        browser = signed_in(carl)
        found = answers(browser, cell("1,234"))[0]
        assert (found["state"], found["detail"]) == ("asked", "Is it 1234 or 1.234?")
        assert stored() == {}
        assert answers(browser, cell("1,234"), mark=",")[0]["state"] == "created"
        assert stored() == {"2026-10": "1.234"}

    def test_percent_signs_only_where_percent_are_measured(
        self, carl: User, sales: Indicator
    ) -> None:
        browser = signed_in(carl)
        assert answers(browser, cell("3.2 %"))[0]["state"] == "refused"
        Indicator.objects.update(unit="percent")
        assert answers(browser, cell("3.2 %"))[0]["state"] == "created"
        assert stored() == {"2026-10": "3.2"}

    def test_spans_of_time_are_typed_and_shown_as_such(self, carl: User, sales: Indicator) -> None:
        Indicator.objects.update(unit="duration")
        browser = signed_in(carl)
        found = answers(browser, cell("90 min"))[0]
        assert (found["texts"], found["exact"]) == (["1:30:00"], ["=5400"])
        assert found["shown"] == ["1:30:00"]
        Indicator.objects.update(unit_label="minutes")
        again = answers(browser, cell("100", seen=found["seen"]))[0]
        assert (again["texts"], again["shown"], again["exact"]) == (["100"], ["100"], ["=6000"])

    def test_a_span_without_end_in_its_unit_keeps_its_digits(
        self, carl: User, sales: Indicator
    ) -> None:
        Indicator.objects.update(unit="duration", unit_label="minutes")
        browser = signed_in(carl)
        found = answers(browser, cell("0:01:40"))[0]
        assert (found["texts"], found["exact"]) == (["0:01:40"], ["=100"])
        noted = answers(browser, cell("=100", seen=found["seen"], note="Short"))[0]
        assert (noted["state"], stored()) == ("corrected", {"2026-10": "100"})

    def test_a_ratio_needs_both(self, carl: User, sales: Indicator) -> None:
        Indicator.objects.update(rollup="ratio")
        browser = signed_in(carl)
        assert answers(browser, cell("9"))[0]["state"] == "refused"
        half = answers(browser, cell("9", ""))[0]
        assert (half["state"], half["detail"]) == ("refused", "The denominator is missing.")
        found = answers(browser, cell("9", "280"))[0]
        assert (found["state"], found["texts"]) == ("created", ["9", "280"])

    def test_one_bad_cell_does_not_stop_the_others(self, carl: User, sales: Indicator) -> None:
        found = answers(
            signed_in(carl),
            cell("abc"),
            cell("5", period="2026-09"),
            cell("5", period="2026-W40"),
            cell("5") | {"indicator": "nothing"},
        )
        assert [one["state"] for one in found] == ["refused", "created", "refused", "refused"]
        assert found[0]["detail"] == "Write a number, such as 1500 or 3.2."
        assert stored() == {"2026-09": "5"}

    @pytest.mark.parametrize(
        "text",
        [
            "", "{}", "[1]", "null", "[" * 9000, '[{"indicator": 1}]',
            '[{"indicator": "a", "period": "b", "texts": [1]}]',
        ],
    )  # fmt: skip
    def test_what_are_no_cells_is_400(self, carl: User, sales: Indicator, text: str) -> None:
        assert signed_in(carl).post(URL, {"cells": text}).status_code == 400

    def test_too_many_are_400(self, carl: User, sales: Indicator) -> None:
        assert send(signed_in(carl), *[cell("1")] * 401).status_code == 400

    def test_who_may_not_is_told_as_of_what_is_not_there(
        self, bob: User, charlie: User, sales: Indicator
    ) -> None:
        for user in (bob, charlie):
            found = answers(signed_in(user), cell("5"))[0]
            assert found["state"] == "refused" and "texts" not in found
        assert send(signed_in(bob), cell("5"), url=TEAM).status_code == 403
        assert stored() == {}

    def test_a_session_alone_is_no_proof(self, carl: User, sales: Indicator) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(carl)
        assert send(browser, cell("5")).status_code == 403


class TestPreview:
    def test_it_says_what_would_become_and_stores_nothing(
        self, carl: User, alice: User, sales: Indicator
    ) -> None:
        browser = signed_in(carl)
        first = answers(browser, cell("5", period="2026-08"))[0]
        answers(signed_in(alice), cell("9", period="2026-09"))
        answer = send(
            browser,
            cell("5.0", period="2026-08", seen=first["seen"]),
            cell("6", period="2026-09"),
            cell("7"),
            cell("<b>", period="2026-07"),
            preview="1",
        )
        text = answer.content.decode()
        for words in (
            "unchanged",
            "Alice changed it meanwhile",
            "created",
            "refused: Write a number",
        ):
            assert words in text
        assert "&lt;b&gt;" in text and "Save 1 value" in text
        assert stored() == {"2026-08": "5", "2026-09": "9"}

    def test_one_question_for_the_whole_block(self, carl: User, sales: Indicator) -> None:
        browser = signed_in(carl)
        cells = (cell("1,234"), cell("5", period="2026-09"), cell("2.345", period="2026-08"))
        text = send(browser, *cells, preview="1").content.decode()
        assert text.count("<fieldset") == 1 and "disabled" in text
        read = send(browser, *cells[:2], preview="1", mark=",").content.decode()
        assert "<fieldset" not in read and "1.234" in read and "Save 2 values" in read

    def test_in_a_block_three_decimals_are_asked_as_well(
        self, carl: User, sales: Indicator
    ) -> None:
        Indicator.objects.update(decimals=3)
        assert "<fieldset" in send(signed_in(carl), cell("1.234"), preview="1").content.decode()
        assert answers(signed_in(carl), cell("1.234"))[0]["state"] == "created"


# --- without scripts -------------------------------------------------------------------------


class TestPlainForm:
    def row(self, browser: Client, **typed: str) -> dict[str, str]:
        """What a browser sends: every input as the page has it, with what was typed."""
        page = browser.get(f"{URL}?show=all")
        row = page.context["grid"].groups[0].rows[0]
        stored = {f"{c.column.text}.{k}": i.text for c in row.cells for k, i in enumerate(c.inputs)}
        assert f'value="{row.was}"'.replace('"', "") in page.content.decode().replace(
            "&quot;", ""
        ).replace('"', "")
        return {"indicator": "sales", "was": row.was, **stored, **typed}

    def test_only_changed_cells_are_saved(self, carl: User, sales: Indicator) -> None:
        browser = signed_in(carl)
        answers(browser, cell("1.234", period="2026-09"), mark=".")
        sent = self.row(browser, **{"2026-10.0": "3,2"})
        answer = browser.post(f"{URL}?show=all", sent, follow=True)
        assert answer.redirect_chain == [(f"{URL}?show=all", 302)]
        assert "1 value saved" in answer.content.decode()
        assert stored() == {"2026-09": "1.234", "2026-10": "3.2"}

    def test_what_was_typed_is_not_lost(self, carl: User, sales: Indicator) -> None:
        browser = signed_in(carl)
        sent = self.row(browser, **{"2026-10.0": "1,234", "2026-09.0": "<i>", "2026-08.0": "5"})
        answer = browser.post(f"{URL}?show=all", sent)
        text = answer.content.decode()
        assert answer.status_code == 422 and 'aria-invalid="true"' in text
        for words in (
            'value="1,234"',
            'value="&lt;i&gt;"',
            "Is it 1234 or 1.234?",
            "1 value saved",
        ):
            assert words in text
        assert stored() == {"2026-08": "5"}

    def test_the_other_part_of_a_ratio_keeps_its_digits(self, carl: User, sales: Indicator) -> None:
        Indicator.objects.update(rollup="ratio")
        browser = signed_in(carl)
        answers(browser, cell("=1.234", "280"))
        assert browser.post(URL, self.row(browser, **{"2026-10.1": "2,5"})).status_code == 302
        row = Measurement.objects.get()
        assert (str(row.numerator), str(row.denominator)) == ("1.234", "2.5")
        text = browser.post(URL, self.row(browser, **{"2026-10.1": "x"})).content.decode()
        assert 'value="1.234"' in text and 'value="x"' in text

    def test_a_conflict_is_shown_and_a_second_save_replaces(
        self, carl: User, alice: User, sales: Indicator
    ) -> None:
        browser = signed_in(carl)
        sent = self.row(browser, **{"2026-10.0": "6"})
        answers(signed_in(alice), cell("7"))
        answer = browser.post(URL, sent)
        assert answer.status_code == 422
        assert "Alice changed it meanwhile: it is 7 now" in answer.content.decode()
        assert stored() == {"2026-10": "7"}
        fresh = self.row(browser, **{"2026-10.0": "6"})
        assert browser.post(URL, fresh).status_code == 302
        assert stored() == {"2026-10": "6"}

    @pytest.mark.parametrize(
        "was", ["", "{}", "[]", '{"2026-10": 1}', "\x00", '{"2026-10": ["", [""]]}']
    )
    def test_nothing_sent_changes_nothing(self, carl: User, sales: Indicator, was: str) -> None:
        answer = signed_in(carl).post(URL, {"indicator": "sales", "was": was}, follow=True)
        assert "Nothing changed." in answer.content.decode()
        assert stored() == {}
