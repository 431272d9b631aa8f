"""From nothing to a judged number and a planned review, by clicks alone: a customer's first hour.

Each test is one step of the story, in the order of the file, with what the steps before left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, StorageState, expect

from tests.browser.watching import Watched
from tests.kpitrack.installation import Installation, installed, wait_until

pytestmark = pytest.mark.e2e

BOARD = "/teams/web-shop/"
JUDGED_WITHIN = 30.0  # seconds; the promise is 5, this machine has other things to do as well
WORD = "a long and fine password"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation without the demo."""
    with installed(tmp_path_factory.mktemp("empty") / "home") as installation:
        yield installation


@pytest.fixture(scope="module")
def signed_in(empty: Installation, chromium: Browser) -> StorageState:
    """What a browser keeps once the administrator signed in with what the start printed."""
    said = re.search(r"Sign in as (\S+) with the password (\S+)", empty.said())
    assert said is not None, empty.said()
    seen = Watched(chromium, empty.url)
    seen.go("/")
    seen.page.get_by_label("Email").fill(said[1])
    seen.page.get_by_label("Password", exact=True).fill(said[2])
    press(seen, "Sign in")
    expect(seen.page.get_by_role("heading", name="First steps")).to_be_visible()
    assert seen.problems == []
    state = seen.context.storage_state()
    seen.close()
    return state


Arrive = Callable[..., Watched]


@pytest.fixture
def arrive(empty: Installation, chromium: Browser, signed_in: StorageState) -> Iterator[Arrive]:
    """Opens the start page as the administrator; closed afterwards, and nothing went wrong."""
    watched: list[Watched] = []

    def open_start(**options: int) -> Watched:
        seen = Watched(chromium, empty.url, state=signed_in, **options)  # type: ignore[arg-type]
        watched.append(seen)
        seen.go("/")
        return seen

    yield open_start
    problems = [problem for seen in watched for problem in seen.problems]
    for seen in watched:
        seen.close()
    assert problems == []


def press(seen: Watched, name: str) -> None:
    """Press a button of the page's content and wait for what comes."""
    with seen.page.expect_navigation():
        main(seen).get_by_role("button", name=name, exact=True).first.click()


def follow(seen: Watched, name: str) -> None:
    """Follow a link of the page's content."""
    with seen.page.expect_navigation():
        main(seen).get_by_role("link", name=name, exact=True).first.click()


def main(seen: Watched) -> Locator:
    return seen.page.locator("#main")


def to_board(seen: Watched) -> None:
    """The board of the team, by the sidebar."""
    with seen.page.expect_navigation():
        seen.page.locator(f".sidebar a[href='{BOARD}']").first.click()


def month(back: int) -> str:
    """A month that is over, as it is typed."""
    day = datetime.now(UTC).date().replace(day=1)
    for _ in range(back):
        day = (day - timedelta(days=1)).replace(day=1)
    return f"{day:%Y-%m}"


def test_the_organisation_comes_first(arrive: Arrive) -> None:
    seen = arrive()
    expect(main(seen)).to_contain_text("0 of 7 done")
    follow(seen, "Set it up")
    seen.page.get_by_label("Name", exact=True).fill("Lumen")
    with seen.page.expect_response(re.compile(r"/organisation/\?")):  # the example is live
        seen.page.get_by_label("Currency").fill("kr")
        seen.page.get_by_label("Currency").blur()
    expect(seen.page.locator("#organisation-example")).to_contain_text("480,000")
    expect(seen.page.locator("#organisation-example")).to_contain_text("kr")
    press(seen, "Save")
    expect(main(seen)).to_contain_text("1 of 7 done")
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Lumen")


def test_a_team_is_made(arrive: Arrive) -> None:
    seen = arrive()
    follow(seen, "New team")
    seen.page.get_by_label("Name", exact=True).fill("Web shop")
    seen.page.get_by_label("Purpose").fill("People find it and buy it.")
    press(seen, "Create team")
    expect(seen.page).to_have_url(re.compile(f"{BOARD}$"))
    expect(seen.page.get_by_role("heading", name="First steps of the team")).to_be_visible()
    expect(main(seen)).to_contain_text("1 of 6 done")


def test_the_one_number_comes_from_the_library(arrive: Arrive) -> None:
    seen = arrive()
    follow(seen, "Choose from the library")
    fit = seen.page.locator("#the-one-number")
    fit.get_by_role("link", name="Monthly recurring revenue (MRR)", exact=True).click()
    expect(seen.page.get_by_label("Unit in words")).to_have_value("kr")
    expect(seen.page.get_by_role("radio", name=re.compile("KVI"))).to_be_checked()
    press(seen, "Start measuring")
    expect(main(seen)).to_contain_text("is defined")
    to_board(seen)
    expect(main(seen).get_by_role("link", name="Enter a value", exact=True).first).to_be_visible()


def test_values_are_entered(arrive: Arrive) -> None:
    seen = arrive()
    follow(seen, "Enter a value")
    for back, value in ((3, "38000"), (2, "41000"), (1, "45000")):
        seen.page.get_by_label("When").fill(month(back))
        seen.page.locator("input[name=value]").fill(value)
        press(seen, "Save value")
        expect(main(seen)).to_contain_text("The status follows in a moment.")
    to_board(seen)
    expect(main(seen).get_by_role("link", name="Set a target", exact=True).first).to_be_visible()


def test_a_target_turns_the_number_into_a_status(arrive: Arrive) -> None:
    seen = arrive()
    follow(seen, "Set a target")
    seen.page.locator("input[name=value]").fill("40000")
    press(seen, "Set target")
    expect(main(seen)).to_contain_text("≥ 40")

    def judged() -> bool:
        seen.go(BOARD)
        return main(seen).locator(".hero .pill.good").get_by_text("On track").is_visible()

    wait_until(judged, JUDGED_WITHIN)
    expect(main(seen).locator(".hero .big-number")).to_contain_text("45")


def test_the_first_review_is_planned(arrive: Arrive) -> None:
    seen = arrive()
    to_board(seen)
    follow(seen, "Plan reviews")
    press(seen, "Save plan")
    expect(seen.page).to_have_url(re.compile(f"{BOARD}reviews/$"))
    expect(main(seen)).to_contain_text("The next review opens automatically.")


def test_a_person_is_added_and_gets_in_by_a_link(
    arrive: Arrive, empty: Installation, chromium: Browser
) -> None:
    seen = arrive()
    seen.page.keyboard.press("Control+k")
    seen.page.locator("#palette input").fill("add a person")
    seen.page.locator("#palette-results").get_by_role("link", name="Add a person").click()
    seen.page.get_by_label("E-mail address").fill("ida@example.org")
    seen.page.locator("select[name=team]").select_option("web-shop")
    seen.page.locator("select[name=role]").select_option("viewer")
    seen.expected_status = 201
    press(seen, "Add person")
    link = seen.page.locator("#sign-in-link").inner_text()

    ida = Watched(chromium, empty.url)
    ida.page.goto(link)
    fields = ida.page.locator("input[type=password]")
    fields.first.fill(WORD)
    fields.last.fill(WORD)
    ida.page.locator("#main form button").first.click()
    ida.page.wait_for_load_state()
    ida.go("/accounts/login/")
    ida.page.get_by_label("Email").fill("ida@example.org")
    ida.page.get_by_label("Password", exact=True).fill(WORD)
    press(ida, "Sign in")
    expect(ida.page).to_have_url(re.compile(f"{BOARD}$"))
    expect(ida.page.locator(".hero .pill.good")).to_contain_text("On track")
    doing = main(ida).locator("a[href$='/new/'], form[method=post]")
    assert doing.count() == 0
    assert ida.problems == []
    ida.close()


@pytest.mark.parametrize("width", [1440, 390, 320])
def test_then_the_first_steps_are_gone(width: int, arrive: Arrive) -> None:
    seen = arrive(width=width)
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Lumen")
    assert seen.page.get_by_role("heading", name="First steps").count() == 0
    assert seen.beyond_the_edge(width) == []
