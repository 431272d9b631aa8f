"""With JavaScript switched off: signing in, looking, saving and talking still work."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Cast, Names, Opened
from tests.browser.places import INDICATOR
from tests.browser.watching import Watched
from tests.kpitrack.installation import Installation

pytestmark = pytest.mark.e2e

Plain = Callable[[str, str], Watched]


@pytest.fixture
def plain(opened: Opened) -> Plain:
    """Opens a page as somebody whose browser runs no scripts."""
    return lambda name, path: opened(name, path, scripts=False)


def press(seen: Watched, name: str) -> None:
    seen.page.get_by_role("button", name=name, exact=True).first.click()
    seen.page.wait_for_load_state("load")


@pytest.fixture
def stranger(site: Installation, chromium: Browser) -> Iterator[Watched]:
    found = Watched(chromium, site.url, scripts=False)
    yield found
    found.close()


def test_signing_in_leads_where_one_wanted_to_go(stranger: Watched, cast: Cast) -> None:
    stranger.go(INDICATOR)
    expect(stranger.page).to_have_url(re.compile("/accounts/login/"))
    stranger.page.get_by_label("Email").fill("maya@example.org")
    stranger.page.get_by_label("Password", exact=True).fill("not the password")
    press(stranger, "Sign in")
    expect(stranger.page.get_by_role("alert").or_(stranger.page.locator(".error"))).to_be_visible()
    stranger.page.get_by_label("Email").fill("maya@example.org")
    stranger.page.get_by_label("Password", exact=True).fill(cast.password)
    press(stranger, "Sign in")
    expect(stranger.page).to_have_url(re.compile(f"{INDICATOR}$"))
    stranger.page.get_by_role("link", name="Sign out").first.click()
    press(stranger, "Sign out")
    stranger.go("/overview/")
    expect(stranger.page).to_have_url(re.compile("/accounts/login/"))


def test_a_board_is_complete(plain: Plain) -> None:
    seen = plain("ingrid", "/teams/lumen-shop/")
    assert seen.page.locator(".hero .chart-frame svg:visible").count() == 1
    assert seen.page.locator("#main svg:visible").count() > 5
    assert seen.page.locator("[data-explore]:visible").count() == 0  # nothing that does nothing
    link = seen.page.locator(".hero h2 a")
    link.click()
    expect(seen.page).to_have_url(re.compile("/indicators/"))
    assert seen.problems == []


@pytest.mark.parametrize("tab", ["Process behaviour", "Measurements", "Trend"])
def test_the_tabs_of_an_indicator_are_links(plain: Plain, tab: str) -> None:
    seen = plain("ingrid", f"{INDICATOR}?tab=process" if tab == "Trend" else INDICATOR)
    seen.page.get_by_role("link", name=tab, exact=True).click()
    current = seen.page.locator(".tabs [aria-current], .tabs [aria-selected=true]")
    expect(current).to_have_text(re.compile(tab))
    assert seen.problems == []


def test_search_is_a_page(plain: Plain) -> None:
    seen = plain("ingrid", "/search/?q=calls+per")
    seen.page.get_by_role("link", name=re.compile("Calls per 1,000")).click()
    expect(seen.page).to_have_url(re.compile("/indicators/calls-per-1000-customers/"))


def test_the_list_is_filtered_by_a_button(plain: Plain) -> None:
    seen = plain("ingrid", "/teams/growth/indicators/")
    seen.page.locator("#main input[type=search]").fill("traffic")
    seen.page.keyboard.press("Enter")
    expect(seen.page).to_have_url(re.compile("traffic"))
    expect(seen.page.locator("#main")).to_contain_text("Pay-per-click traffic")
    expect(seen.page.locator("#main")).not_to_contain_text("Cart abandonment")


def test_a_definition_is_saved(plain: Plain) -> None:
    seen = plain("ingrid", "/indicators/cac/edit/")
    sentence = "What a new customer costs us, all of it."
    seen.page.get_by_label("In one sentence").fill(sentence)
    press(seen, "Save indicator")
    expect(seen.page).to_have_url(re.compile("/indicators/cac/$"))
    expect(seen.page.locator("#main")).to_contain_text(sentence)
    assert seen.problems == []


def test_commentary_and_a_decision_are_kept(plain: Plain, names: Names) -> None:
    seen = plain("ingrid", f"/reviews/{names['review']}/")
    seen.page.locator("textarea[name=commentary]").fill("Written without scripts.")
    press(seen, "Save commentary")
    expect(seen.page.locator("textarea[name=commentary]")).to_have_value("Written without scripts.")
    seen.page.locator("input[name=kind]").first.check()
    seen.page.locator("textarea[name=reason]").fill("It is enough to know that.")
    press(seen, "Save and next")
    expect(seen.page.locator("body")).to_contain_text("decision saved.")
    assert seen.problems == []


def test_a_mail_leads_to_its_end(plain: Plain, names: Names) -> None:
    """The link at the foot of a mail asks, and does it on a press; nobody has to sign in."""
    mail = plain("asta", names["mail"])
    found = re.search(r"(/notifications/unsubscribe/[^/\"]+/)", mail.html)
    assert found is not None
    seen = plain("nobody", found[1])
    press(seen, "Unsubscribe from these e-mails")
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Done")
    assert seen.problems == []
