"""A team's way with one number: defined, aimed, fed, judged by the worker, talked about, minuted.

Each test is one step of the story, in the order of the file, with what the steps before left.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened
from tests.browser.watching import Watched
from tests.kpitrack.installation import wait_until

pytestmark = pytest.mark.e2e

TEAM = "/teams/delivery/"
KEY = "/indicators/callbacks-asked-for/"
JUDGED_WITHIN = 30.0  # seconds; the promise is 5, this machine has other things to do as well


def yesterday() -> str:
    """The last day that is over where the demo's figures are from."""
    return str(datetime.now(ZoneInfo("Europe/London")).date() - timedelta(days=1))


def press(seen: Watched, name: str) -> None:
    """Press a button of the page's content and wait for what comes."""
    with seen.page.expect_navigation():
        seen.page.locator("#main").get_by_role("button", name=name, exact=True).first.click()


def test_a_manager_defines_from_a_template(opened: Opened) -> None:
    seen = opened("ingrid", f"{TEAM}indicators/library/")
    seen.page.get_by_role("link", name="New leads", exact=True).click()
    name = seen.page.get_by_label("Name", exact=True)
    expect(name).to_have_value("New leads")
    expect(seen.page.get_by_label("Unit", exact=True)).not_to_have_value("")

    with seen.page.expect_response("**/indicators/check/"):  # the check beside the form is live
        name.fill("Callbacks asked for")
        name.blur()
    press(seen, "Start measuring")

    expect(seen.page).to_have_url(re.compile(f"{KEY}$"))
    expect(seen.page.get_by_role("heading", level=1)).to_contain_text("Callbacks asked for")
    expect(seen.page.locator("#main")).to_contain_text("is defined")
    assert seen.problems == []


def test_what_is_missing_is_said_and_nothing_typed_is_lost(opened: Opened) -> None:
    seen = opened("ingrid", f"{TEAM}indicators/new/")
    seen.page.get_by_label("In one sentence").fill("How many ask to be called.")
    seen.expected_status = 422
    press(seen, "Start measuring")
    field = seen.page.get_by_label("Name", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    assert field.get_attribute("aria-describedby")
    expect(seen.page.get_by_label("In one sentence")).to_have_value("How many ask to be called.")
    assert seen.problems == []


def test_the_manager_aims(opened: Opened) -> None:
    seen = opened("ingrid", f"{KEY}target/")
    seen.page.locator("input[name=value]").fill("40")
    press(seen, "Set target")
    expect(seen.page).to_have_url(re.compile(f"{KEY}$"))
    expect(seen.page.locator("#main")).to_contain_text("≥ 40")
    assert seen.problems == []


def enter(opened: Opened, name: str, value: str) -> Watched:
    """Enter yesterday's value by hand, as this person."""
    seen = opened(name, f"{KEY}values/")
    seen.page.get_by_label("When").fill(yesterday())
    seen.page.get_by_label("Value", exact=True).fill(value)
    press(seen, "Save value")
    return seen


def test_a_contributor_enters_a_value_and_the_worker_judges(opened: Opened) -> None:
    seen = enter(opened, "jonas", "45")
    expect(seen.page.locator("#main")).to_contain_text("Saved.")

    def judged() -> bool:
        seen.go(KEY)
        return "On track" in seen.page.locator("#main").inner_text()

    wait_until(judged, JUDGED_WITHIN)
    expect(seen.page.locator("#main")).to_contain_text("45")
    assert seen.problems == []


def test_a_correction_turns_the_verdict(opened: Opened) -> None:
    seen = enter(opened, "ingrid", "12")
    expect(seen.page.locator("#main")).to_contain_text("Corrected.")

    def judged() -> bool:
        seen.go(TEAM)
        row = seen.page.locator("#main").get_by_text("Callbacks asked for").first
        return row.is_visible() and "Off track" in seen.page.locator("#main").inner_text()

    wait_until(judged, JUDGED_WITHIN)
    assert seen.problems == []


def test_the_team_reviews_and_closes(opened: Opened) -> None:
    seen = opened("ingrid", f"{TEAM}reviews/")
    press(seen, "Open a review now")
    expect(seen.page).to_have_url(re.compile(r"/reviews/\d+/$"))
    seen.page.locator(".agenda").get_by_role("link", name=re.compile("Callbacks asked")).click()

    seen.page.locator("textarea[name=commentary]").fill("The number was shown on no page.")
    press(seen, "Save commentary")
    expect(seen.page.locator("#main")).to_contain_text("Commentary saved.")

    seen.page.keyboard.press("2")  # the second kind of decision, as the hint below the form says
    expect(seen.page.locator("input[name=kind][data-key='2']")).to_be_checked()
    seen.page.locator("textarea[name=reason]").fill("Nobody finds the number.")
    with seen.page.expect_navigation():
        seen.page.keyboard.press("Control+Enter")
    expect(seen.page.locator("body")).to_contain_text("Callbacks asked for: decision saved.")

    seen.page.get_by_role("link", name="Close review").click()
    seen.page.locator("textarea[name=summary]").fill("One thing to repair.")
    press(seen, "Close and send minutes")

    expect(seen.page).to_have_url(re.compile(r"/reviews/\d+/minutes/$"))
    minutes = seen.page.locator("#main")
    for words in ("One thing to repair.", "no page", "Nobody finds the number."):
        expect(minutes).to_contain_text(words)
    assert seen.problems == []


def test_a_contributor_enters_but_does_not_define(opened: Opened) -> None:
    seen = opened("jonas", KEY)
    main = seen.page.locator("#main")
    assert main.locator("a[href$='/values/']").count() >= 1
    assert main.locator("a[href$='/edit/'], a[href$='/target/'], a[href$='/retire/']").count() == 0
    for refused in (f"{KEY}edit/", f"{KEY}target/", f"{TEAM}indicators/new/", f"{TEAM}settings/"):
        seen.go(refused, status=403)
        assert seen.status == 403, refused
    assert seen.problems == []


def test_a_viewer_only_looks(opened: Opened) -> None:
    seen = opened("maya", KEY)
    doing = "a[href$='/values/'], a[href$='/edit/'], a[href$='/target/'], a[href*='/new/']"
    for path in (KEY, TEAM, f"{TEAM}indicators/", f"{TEAM}reviews/"):
        seen.go(path)
        main = seen.page.locator("#main")
        assert main.locator(doing).count() == 0, path
        assert main.locator("form[method=post]").count() == 0, path
    for refused in (f"{KEY}edit/", f"{KEY}values/", f"{KEY}comments/", f"{TEAM}indicators/new/"):
        seen.go(refused, status=403)
        assert seen.status == 403, refused
    assert seen.problems == []


def test_a_stranger_does_not_find_what_is_for_members(opened: Opened) -> None:
    nell = opened("nell", KEY)
    assert nell.status == 200  # everybody in the organisation sees an open team

    seen = opened("ingrid", f"{TEAM}settings/")
    seen.page.get_by_label("Visible to").select_option("members")
    press(seen, "Save team")

    for hidden in (KEY, TEAM, f"{TEAM}reviews/", f"{KEY}measurements.csv", f"{KEY}edit/"):
        nell.go(hidden, status=404)
        assert nell.status == 404, hidden
    nell.go("/search/?q=Callbacks")
    assert "Callbacks asked for" not in nell.page.locator("#main").inner_text()
    jonas = opened("jonas", KEY)
    assert jonas.status == 200
