"""The definition form where values are computed: inputs are found, put in, and checked live."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened

pytestmark = pytest.mark.e2e

NEW = "/teams/growth/indicators/new/"


def test_inputs_are_asked_for_only_where_values_are_computed(opened: Opened) -> None:
    seen = opened("ingrid", NEW)
    inputs, pick = seen.page.get_by_label("Inputs"), seen.page.get_by_label("Find an indicator")
    expect(inputs).to_be_hidden()
    seen.page.get_by_label("Values are").select_option("ratio")
    for name in ("free-trial-downloads", "Pay-per-click traffic"):
        pick.fill(name)
        pick.press("Enter")
        expect(pick).to_have_value("")
    expect(inputs).to_have_value("free-trial-downloads, ppc-traffic")
    seen.page.get_by_label("Values are").select_option("measured")
    expect(inputs).to_be_hidden()
    assert seen.problems == []


def test_a_formula_is_checked_while_it_is_typed(opened: Opened) -> None:
    seen = opened("ingrid", NEW)
    formula = seen.page.locator("[name=formula]")
    seen.page.get_by_label("Values are").select_option("formula")
    formula.fill("100 * ")
    seen.page.get_by_label("Find an indicator").fill("ppc-traffic")
    seen.page.get_by_role("button", name="Add input").click()
    expect(formula).to_have_value("100 * {ppc-traffic}")
    formula.press_sequentially(" /")
    panel = seen.page.locator("#smarter-panel")
    expect(panel).to_contain_text("(character 22): a number, a name or “(” is missing.")
    formula.press_sequentially(" {free-trial-downloads}")
    expect(panel).not_to_contain_text("It cannot be computed yet")
    seen.page.locator("[name=name]").fill("Visits for a download")
    seen.page.get_by_role("button", name="Start measuring").click()
    seen.page.wait_for_url("**/indicators/visits-for-a-download/")
    expect(seen.page.get_by_text("Computed from")).to_be_visible()
    link = seen.page.get_by_role("link", name="Pay-per-click traffic")
    expect(link).to_be_visible()
    assert seen.problems == []
