"""Entering numbers in a browser: typing, moving, a pasted block, conflicts, notes, no network."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import Cast, Names, Opened
from tests.browser.watching import Watched

pytestmark = pytest.mark.e2e

TEAM = "/teams/sales/entry/?show=all"
NAME = "New cars delivered"
OTHER = "Deals closed by Sam"


def cells(seen: Watched, name: str) -> Locator:
    """The inputs of a row, oldest first."""
    return seen.page.locator("tr[data-key]", has=seen.page.get_by_role("link", name=name)).locator(
        "td input"
    )


def cell(seen: Watched, name: str, back: int) -> Locator:
    """An input of the row, so many periods before the running one."""
    return cells(seen, name).nth(5 - back)


def td(of: Locator) -> Locator:
    return of.locator("xpath=..")


def said(seen: Watched, words: str | re.Pattern[str]) -> None:
    expect(seen.page.locator("[data-said]")).to_contain_text(words)


def paste(of: Locator, text: str) -> None:
    of.evaluate(
        """(input, text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          input.focus();
          const options = {clipboardData, bubbles: true, cancelable: true};
          input.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        text,
    )


@pytest.fixture
def grid(opened: Opened) -> Iterator[Watched]:
    seen = opened("ingrid", TEAM)
    yield seen
    assert seen.problems == []


def test_a_number_is_saved_when_its_cell_is_left(grid: Watched) -> None:
    first = cell(grid, NAME, 0)
    assert re.fullmatch(rf"{NAME}, \w+ \d{{4}}", first.get_attribute("aria-label") or "")
    first.click()
    grid.page.keyboard.type("71,5")
    grid.page.keyboard.press("Enter")
    said(grid, re.compile(rf"{NAME}, .*: saved, 71\.5"))
    expect(first).to_have_value("71.5")
    grid.page.reload()
    expect(cell(grid, NAME, 0)).to_have_value("71.5")

    grid.page.locator("[data-undo]").wait_for(state="attached")
    cell(grid, NAME, 0).fill("1234567")
    grid.page.keyboard.press("Tab")
    said(grid, "corrected, 1,234,567")
    expect(cell(grid, NAME, 0)).to_have_value("1,234,567")  # at rest with separators
    grid.page.get_by_role("button", name="Undo").click()
    said(grid, "corrected, 71.5")
    cell(grid, NAME, 0).fill("")
    grid.page.keyboard.press("Tab")
    said(grid, "withdrawn")


def test_who_corrects_at_once_meets_no_conflict_with_themselves(grid: Watched) -> None:
    """The second save begins before the first was answered."""
    first = cell(grid, OTHER, 0)

    def slowly(route: Route) -> None:
        grid.page.wait_for_timeout(400)
        route.continue_()

    grid.page.route("**/entry/**", slowly)
    first.click()
    for text in ("5", "6", "7"):
        grid.page.keyboard.type(text)
        grid.page.keyboard.press("Enter")
        grid.page.keyboard.press("ArrowUp")
    said(grid, "corrected, 7")
    grid.page.unroute("**/entry/**")
    first.fill("")
    grid.page.keyboard.press("Tab")
    said(grid, "withdrawn")


def test_keys_move_like_in_a_spreadsheet(grid: Watched) -> None:
    start = cell(grid, OTHER, 2)
    start.click()
    before = start.input_value()
    for key, where in (
        ("ArrowRight", cell(grid, OTHER, 1)),
        ("ArrowDown", cell(grid, NAME, 1)),
        ("ArrowLeft", cell(grid, NAME, 2)),
        ("ArrowUp", start),
        ("Tab", cell(grid, OTHER, 1)),
        ("Enter", cell(grid, NAME, 1)),
        ("Shift+Enter", cell(grid, OTHER, 1)),
    ):
        grid.page.keyboard.press(key)
        expect(where).to_be_focused()
    start.click()
    grid.page.keyboard.type("999")
    grid.page.keyboard.press("Escape")
    expect(start).to_have_value(before)
    grid.page.keyboard.press("Tab")
    grid.page.reload()
    expect(cell(grid, OTHER, 2)).to_have_value(before)


def test_what_cannot_be_read_stays_and_says_why(grid: Watched) -> None:
    first = cell(grid, NAME, 0)
    first.fill("many")
    grid.page.keyboard.press("Tab")
    expect(td(first)).to_contain_text("Write a number")
    expect(first).to_have_value("many")
    expect(first).to_have_attribute("aria-invalid", "true")
    assert first.get_attribute("aria-describedby")

    first.fill("1,234")
    grid.page.keyboard.press("Tab")
    expect(td(first)).to_contain_text("Is it 1234 or 1.234?")
    td(first).get_by_role("button", name="1.234", exact=True).click()
    said(grid, "saved, 1.234")
    grid.page.get_by_role("button", name="Undo").click()
    said(grid, "withdrawn")


def test_a_block_is_shown_before_it_is_saved(grid: Watched) -> None:
    start = cell(grid, OTHER, 1)
    before = [cell(grid, name, 1).input_value() for name in (OTHER, NAME)]
    paste(start, f"{before[0]}\t1,500\t9\r\n77\tsome\r\n")
    dialog = grid.page.get_by_role("dialog")
    expect(dialog.locator("fieldset")).to_have_count(1)
    expect(dialog).to_contain_text("Is it 1500 or 1.500?")
    expect(dialog).to_contain_text("1 pasted number lies outside")
    dialog.get_by_role("button", name=re.compile("the point is the decimal mark")).click()
    for words in ("unchanged", "1500", "corrected", "refused: Write a number"):
        expect(dialog).to_contain_text(words)
    dialog.get_by_role("button", name="Save 2 values").click()
    said(grid, "2 saved, 1 not")
    expect(cell(grid, OTHER, 0)).to_have_value("1,500")
    expect(cell(grid, NAME, 1)).to_have_value("77")
    expect(cell(grid, NAME, 0)).to_have_value("some")  # what was refused is not lost

    grid.page.get_by_role("button", name="Undo").click()
    expect(cell(grid, NAME, 1)).to_have_value(before[1])
    expect(cell(grid, OTHER, 0)).to_have_value("")
    cell(grid, NAME, 0).click()
    grid.page.keyboard.press("Escape")


def test_a_value_of_somebody_else_is_not_overwritten(grid: Watched, opened: Opened) -> None:
    other = opened("asta", TEAM)
    cell(other, OTHER, 0).fill("5")
    other.page.keyboard.press("Tab")
    said(other, "saved, 5")

    mine = cell(grid, OTHER, 0)
    mine.fill("6")
    grid.page.keyboard.press("Tab")
    expect(td(mine)).to_contain_text(re.compile(r"Asta.* changed it meanwhile: 5\."))
    expect(mine).to_have_value("6")
    td(mine).get_by_role("button", name="Save mine").click()
    said(grid, "corrected, 6")

    cell(other, OTHER, 0).fill("7")
    other.page.keyboard.press("Tab")
    td(cell(other, OTHER, 0)).get_by_role("button", name="Use theirs").click()
    expect(cell(other, OTHER, 0)).to_have_value("6")
    mine.fill("")
    grid.page.keyboard.press("Tab")
    said(grid, "withdrawn")
    assert other.problems == []


def test_a_note_stays_with_its_value(grid: Watched) -> None:
    noted = cell(grid, NAME, 1)
    noted.click()
    grid.page.keyboard.press("Shift+F2")
    dialog = grid.page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("Two stands were closed.")
    dialog.get_by_role("button", name="Save note").click()
    said(grid, "corrected")
    expect(noted).to_be_focused()
    expect(td(noted)).to_have_class(re.compile("noted"))
    grid.page.reload()
    button = grid.page.get_by_role("button", name=re.compile(f"Note on {NAME}")).nth(4)
    button.click()
    expect(grid.page.get_by_role("dialog").get_by_role("textbox")).to_have_value(
        "Two stands were closed."
    )
    grid.page.get_by_role("dialog").get_by_role("textbox").fill("")
    grid.page.get_by_role("dialog").get_by_role("button", name="Save note").click()
    said(grid, "corrected")
    expect(td(cell(grid, NAME, 1))).not_to_have_class(re.compile("noted"))


def test_without_a_network_nothing_typed_is_lost(opened: Opened) -> None:
    seen = opened("ingrid", TEAM)
    first = cell(seen, NAME, 0)
    seen.context.set_offline(True)
    first.fill("70")
    seen.page.keyboard.press("Tab")
    expect(td(first)).to_contain_text("Not saved. No connection.")
    expect(first).to_have_value("70")
    seen.context.set_offline(False)  # it is tried again by itself
    said(seen, "saved, 70")
    seen.page.get_by_role("button", name="Undo").click()
    said(seen, "withdrawn")


def test_a_session_that_ended_takes_nothing_away(opened: Opened, cast: Cast) -> None:
    """Signing in elsewhere gives another token against forged requests, too."""
    seen = opened("sam", TEAM)
    first = cell(seen, NAME, 0)
    seen.context.clear_cookies(name="kpitrack_session")
    first.fill("70")
    seen.page.keyboard.press("Tab")
    expect(td(first)).to_contain_text("You are signed out. Sign in in another tab")
    expect(first).to_have_value("70")
    sign_in_elsewhere(seen, cast)
    td(first).get_by_role("button", name="Try again").click()
    said(seen, "saved, 70")
    seen.page.get_by_role("button", name="Undo").click()
    said(seen, "withdrawn")
    assert seen.problems == []


def test_a_form_that_was_open_while_somebody_signed_in_is_taken(opened: Opened, cast: Cast) -> None:
    seen = opened("sam", "/indicators/new-cars-delivered/comments/")
    seen.context.clear_cookies(name="kpitrack_session")
    sign_in_elsewhere(seen, cast)
    seen.page.locator("main textarea").fill("Typed before, sent after.")
    seen.page.locator("main form").get_by_role("button").last.click()
    expect(seen.page.locator("main")).to_contain_text("Typed before, sent after.")
    assert seen.problems == []


def sign_in_elsewhere(seen: Watched, cast: Cast) -> None:
    """As sam, in another tab of the same browser."""
    other = seen.context.new_page()
    other.goto("/accounts/login/")
    other.get_by_label("Email").fill("sam@example.org")
    other.get_by_label("Password", exact=True).fill(cast.password)
    other.locator("form button.primary").click()
    other.wait_for_url(re.compile(r"^(?!.*login)"))
    other.close()


def test_a_row_is_saved_by_its_button_without_scripts(opened: Opened) -> None:
    seen = opened("ingrid", TEAM, scripts=False)
    cell(seen, NAME, 0).fill("72")
    seen.page.get_by_role("button", name=f"Save {NAME}").click()
    expect(seen.page.locator("#main")).to_contain_text("1 value saved.")
    expect(cell(seen, NAME, 0)).to_have_value("72")
    cell(seen, NAME, 0).fill("")
    seen.page.get_by_role("button", name=f"Save {NAME}").click()
    expect(cell(seen, NAME, 0)).to_have_value("")
    assert seen.problems == []


@pytest.mark.parametrize("scripts", [True, False])
def test_the_grid_scrolls_within_itself_and_the_names_stay(opened: Opened, scripts: bool) -> None:
    seen = opened("ingrid", TEAM, width=390, scripts=scripts)
    box = seen.page.locator("tbody th").first.bounding_box()
    cell(seen, NAME, 0).scroll_into_view_if_needed()
    after = seen.page.locator("tbody th").first.bounding_box()
    assert box is not None and after is not None and after["x"] == box["x"]
    assert seen.beyond_the_edge(390) == []


@pytest.mark.parametrize("width", [390, 1000, 1440])
def test_no_number_is_cut(opened: Opened, width: int) -> None:
    """Half a number is a wrong one: on phones two whole periods stand beside the names."""
    seen = opened("jonas", "/entry/?show=all", width=width)
    inputs = seen.page.locator("td input")
    assert inputs.count() > 50
    cut = "all => all.filter(i => i.scrollWidth > i.clientWidth + 1).map(i => i.value)"
    assert inputs.evaluate_all(cut) == []
    if width != 390:
        return
    hidden = """all => all.flatMap(box => {
      const names = box.querySelector("tbody th").getBoundingClientRect().right;
      return [...box.querySelectorAll("tbody tr:first-child td")].map(td => {
        const {left, right} = td.getBoundingClientRect();
        return right - names > 1 && left - names < -1;
      });
    }).filter(Boolean)"""
    assert seen.page.locator(".entry-scroll").evaluate_all(hidden) == []
    assert seen.nodes() < 1500


def test_a_link_from_a_mail_takes_one_value(opened: Opened, names: Names) -> None:
    """It uses the spare link up. The page has no referrer, so its form has no origin."""
    seen = opened("nobody", names["spare"])
    field = seen.page.get_by_label("Value", exact=True)
    seen.expected_status = 422
    field.fill("lots")
    seen.page.get_by_role("button", name="Save value").click()
    expect(seen.page.locator("main")).to_contain_text("Write a number")
    expect(field).to_have_value("lots")
    field.fill("2800")
    seen.page.get_by_role("button", name="Save value").click()
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Thank you")
    seen.go(names["spare"], status=404)
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("This link does not work")
    assert seen.problems == []
