"""A file in the browser, through the real worker: asked, shown, taken in and undone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened, brought
from tests.browser.watching import Watched
from tests.kpitrack.installation import wait_until

pytestmark = pytest.mark.e2e

KEY = "newsletter-subscribers"
WORKED_WITHIN = 60.0  # seconds; this machine has other things to do as well
GERMAN = f"kpi;tag;wert\n{KEY};01.10.2009;1,234\n{KEY};31.10.2009;5,678\n"


def choose(seen: Watched, lines: str, name: str = "newsletter.csv") -> None:
    """Choose a file and go on to its columns."""
    seen.page.set_input_files("input[type=file]", brought(name, lines))
    seen.page.get_by_role("button", name="Upload file").click()
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Which column is what?")


def measurements(seen: Watched) -> str:
    """Every value of the indicator, as the page's own file has them."""
    return seen.context.request.get(f"/indicators/{KEY}/measurements.csv").text()


def done(seen: Watched) -> None:
    """Wait for the worker; the page finds out by itself."""
    heading = seen.page.get_by_role("heading", level=1)
    expect(heading).to_have_text("The file is imported", timeout=WORKED_WITHIN * 1000)


def test_a_contributor_brings_a_file_and_undoes_it(opened: Opened) -> None:
    seen = opened("ingrid", f"/imports/?indicator={KEY}")
    choose(seen, GERMAN)
    asked = seen.page.get_by_role("radiogroup")
    expect(asked).to_have_count(1)
    expect(asked).to_contain_text("1,234")

    seen.expected_status = 422
    seen.page.get_by_role("button", name="Check file").click()
    expect(seen.page.locator(".import-question")).to_contain_text("the file does not tell")
    asked.get_by_text("A comma").click()
    seen.page.get_by_role("button", name="Check file").click()

    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Check the file")
    rows = seen.page.locator(".import-rows tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("1.234")
    expect(rows.first).to_contain_text("New")
    assert "1.234" not in measurements(seen)

    seen.page.get_by_role("button", name="Import 2 values").click()
    done(seen)
    kept = measurements(seen)
    assert "1.234" in kept and "5.678" in kept

    seen.page.get_by_role("link", name="Undo this import").click()
    expect(seen.page.locator("#main")).to_contain_text("2 new values withdrawn")
    seen.page.get_by_role("button", name="Undo import").click()
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Imported, then undone")
    left = measurements(seen)
    assert "1.234" not in left and "5.678" not in left
    assert seen.problems == []


def test_another_mark_between_the_columns_is_tried_at_once(opened: Opened) -> None:
    seen = opened("ingrid", "/imports/")
    choose(seen, f"indicator;at;value\n{KEY};2008-10;1\n")
    columns = seen.page.locator(".import-columns tbody tr")
    expect(columns).to_have_count(3)
    marks = seen.page.get_by_label("Between columns")
    marks.select_option("|")
    expect(columns).to_have_count(1)
    marks.select_option(";")
    expect(columns).to_have_count(3)
    expect(columns.last.get_by_role("combobox")).to_have_value("value")
    seen.page.get_by_role("button", name="Delete file").click()
    expect(seen.page.locator("#main")).to_contain_text("None of its values was stored.")
    assert seen.problems == []


def test_a_file_may_be_dropped(opened: Opened) -> None:
    seen = opened("ingrid", "/imports/")
    held = seen.page.evaluate_handle(
        """() => {
            const held = new DataTransfer();
            held.items.add(new File(["indicator,at,value"], "dropped.csv"));
            return held;
        }"""
    )
    seen.page.dispatch_event("[data-drop]", "drop", {"dataTransfer": held})
    chosen = seen.page.evaluate("document.querySelector('input[type=file]').files[0].name")
    assert chosen == "dropped.csv" and seen.problems == []


def test_it_works_without_scripts(opened: Opened) -> None:
    seen = opened("ingrid", "/imports/", scripts=False)
    choose(seen, f"indicator,at,value\n{KEY},2007-10-01,77123\nnothing,2007-10-01,1\n")
    seen.page.get_by_role("button", name="Check file").click()
    expect(seen.page.locator("#main")).to_contain_text("1 value refused")
    with seen.page.expect_download() as report:
        seen.page.get_by_role("link", name="Error report").click()
    assert "nothing" in report.value.path().read_text("utf-8")
    seen.page.get_by_role("button", name="Import 1 value, leave out 1").click()

    def taken_in() -> bool:
        refresh = seen.page.get_by_role("link", name="Refresh")
        if refresh.count():
            refresh.click()
        return "The file is imported" in seen.page.locator("#main").inner_text()

    wait_until(taken_in, WORKED_WITHIN)
    assert "77123" in measurements(seen)
    expect(seen.page).to_have_url(re.compile(r"/imports/\w+/$"))
    assert seen.problems == []
