"""Without a mouse: the palette, the skip link, single keys; and the theme that stays."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened
from tests.browser.places import INDICATOR

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("keys", ["Control+k", "/"])
def test_the_palette_goes_to_an_indicator(opened: Opened, keys: str) -> None:
    seen = opened("ingrid", "/overview/")
    seen.page.keyboard.press(keys)
    expect(seen.page.locator("#palette input")).to_be_focused()
    seen.page.keyboard.type("calls per")
    first = seen.page.locator("#palette-results a[aria-selected=true]")
    expect(first).to_contain_text("Calls per 1,000 customers")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("**/indicators/calls-per-1000-customers/")
    assert seen.problems == []


def test_the_arrows_choose_and_escape_leaves(opened: Opened) -> None:
    seen = opened("ingrid", "/overview/")
    seen.page.keyboard.press("Control+k")
    seen.page.keyboard.type("daily")
    chosen = seen.page.locator("#palette-results a[aria-selected=true]")
    expect(chosen).to_contain_text("Daily active", ignore_case=True)
    before = chosen.inner_text()
    seen.page.keyboard.press("ArrowDown")
    expect(chosen).not_to_have_text(before)
    assert chosen.count() == 1
    seen.page.keyboard.press("Escape")
    expect(seen.page.locator("#palette")).to_be_hidden()


def test_what_is_not_found_can_be_made(opened: Opened) -> None:
    seen = opened("ingrid", "/overview/")
    seen.page.keyboard.press("Control+k")
    seen.page.keyboard.type("zzz unheard of")
    link = seen.page.get_by_role("link", name=re.compile("Create indicator"))
    expect(link).to_be_visible()
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("**/indicators/new/**")
    expect(seen.page.get_by_label("Name", exact=True)).to_have_value("zzz unheard of")


def test_the_first_stop_leads_past_the_navigation(opened: Opened) -> None:
    seen = opened("ingrid", "/teams/lumen-shop/")
    seen.page.keyboard.press("Tab")
    link = seen.page.locator(".skip-link")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    seen.page.keyboard.press("Enter")
    expect(seen.page.locator("#main")).to_be_focused()


@pytest.mark.parametrize(
    ("keys", "leads"), [("gd", "/teams/growth/"), ("gi", "/indicators/"), ("gr", "/reviews/")]
)
def test_two_keys_go_places(opened: Opened, keys: str, leads: str) -> None:
    seen = opened("ingrid", INDICATOR)
    for key in keys:
        seen.page.keyboard.press(key)
    seen.page.wait_for_url(f"**{leads}**")


def test_one_key_explores_and_none_does_while_typing(opened: Opened) -> None:
    seen = opened("ingrid", f"{INDICATOR}comments/")
    seen.page.locator("textarea").first.fill("")
    seen.page.keyboard.type("ge?/")
    expect(seen.page.locator("textarea").first).to_have_value("ge?/")
    assert seen.page.url.endswith("/comments/")
    seen.go(INDICATOR)
    seen.page.keyboard.press("e")
    seen.page.locator("[data-explored]").first.wait_for()


def test_everything_that_takes_a_click_takes_the_keyboard(opened: Opened) -> None:
    """Tab reaches every link, button and field that can be seen, in the order of the page."""
    seen = opened("ingrid", INDICATOR)
    seen.page.evaluate("""() => document.querySelectorAll(
        "a[href], button, input:not([type=hidden]), select, textarea, summary"
    ).forEach((element, index) => {
      if (element.checkVisibility({ visibilityProperty: true })) element.dataset.stop = index;
    })""")
    stops = seen.page.locator("[data-stop]").count()
    reached = set()
    for _ in range(stops + 5):
        seen.page.keyboard.press("Tab")
        reached.add(seen.page.evaluate("document.activeElement.dataset.stop"))
    assert stops > 20
    assert len(reached - {None}) == stops


def test_the_theme_stays(opened: Opened) -> None:
    seen = opened("ingrid", "/overview/", scheme="light")
    background = "getComputedStyle(document.body).backgroundColor"
    light = seen.page.evaluate(background)
    seen.page.locator("[data-theme-switch]:visible").first.click()
    dark = seen.page.evaluate(background)
    assert dark != light
    seen.go("/teams/lumen-shop/")
    assert 'data-theme="dark"' in seen.html  # from the server: no flash of the other theme
    assert seen.page.evaluate(background) == dark
    seen.page.locator("[data-theme-switch]:visible").first.click()
    seen.go("/overview/")
    assert seen.page.evaluate(background) == light
    assert seen.problems == []
