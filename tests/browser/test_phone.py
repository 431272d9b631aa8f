"""What only small screens have: the menu, which works without scripts too."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("scripts", [True, False])
def test_the_menu_leads_everywhere(opened: Opened, scripts: bool) -> None:
    seen = opened("ingrid", "/", width=390, scripts=scripts)
    menu = seen.page.get_by_label("Sidebar")
    expect(menu).to_be_hidden()
    seen.page.get_by_role("button", name="Menu").click()
    for name in ("Enter values", "Notifications", "Integrations", "Settings", "Sign out"):
        link = menu.get_by_role("link", name=name)
        expect(link).to_be_visible()
        box = link.bounding_box()
        assert box is not None and box["height"] >= 44
    menu.get_by_role("link", name="Import a file").click()
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Import a file")
    expect(menu).to_be_hidden()
    assert seen.problems == []


def test_escape_closes_the_menu_and_goes_back_to_its_button(opened: Opened) -> None:
    seen = opened("jonas", "/", width=390)
    button = seen.page.get_by_role("button", name="Menu")
    button.click()
    seen.page.keyboard.press("Tab")
    expect(seen.page.get_by_label("Sidebar").get_by_role("link").first).to_be_focused()
    seen.page.keyboard.press("Escape")
    expect(seen.page.get_by_label("Sidebar")).to_be_hidden()
    expect(button).to_be_focused()


def test_on_wide_screens_it_is_always_there(opened: Opened) -> None:
    seen = opened("ingrid", "/")
    expect(seen.page.get_by_role("button", name="Menu")).to_be_hidden()
    box = seen.page.get_by_label("Sidebar").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 224, "height": 900}
