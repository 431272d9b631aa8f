"""One installation with the demo, one Chromium, and who is signed in, for all browser tests."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, StorageState, sync_playwright

from tests import chromium as program
from tests.browser.watching import Watched
from tests.kpitrack.installation import Installation, installed, wait_until
from tests.kpitrack.program import Program, token_for

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

Opened = Callable[..., Watched]
Names = dict[str, str]


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A running installation with the demo organisation."""
    with installed(tmp_path_factory.mktemp("browser") / "home", demo=True) as installation:
        yield installation


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A running browser without any state."""
    found = program.find()
    assert found is not None, program.MISSING
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Cast:
    """The demo accounts: asta administers, ingrid manages, jonas contributes, maya views."""

    url: str
    password: str
    browser: Browser
    states: dict[str, StorageState] = field(default_factory=dict)

    def state(self, name: str) -> StorageState | None:
        """What a browser keeps once this person has signed in; None for nobody."""
        if name == "nobody":
            return None
        if name not in self.states:
            self.states[name] = self._signed_in(name)
        return self.states[name]

    def _signed_in(self, name: str) -> StorageState:
        context = self.browser.new_context()
        page = context.new_page()
        page.goto(f"{self.url}/accounts/login/")
        page.get_by_label("Email").fill(f"{name}@example.org")
        page.get_by_label("Password", exact=True).fill(self.password)
        page.locator("main form button[type=submit], form button.primary").first.click()
        page.wait_for_url(re.compile(r"^(?!.*login)"))
        state = context.storage_state()
        context.close()
        return state


@pytest.fixture(scope="package")
def cast(site: Installation, chromium: Browser) -> Cast:
    """Who can sign in, with the password that the start printed."""
    said = re.search(r"all with the password (\S+)", site.said())
    assert said is not None, site.said()
    noted = (site.home / "sign-in.txt").read_text("utf-8")
    assert said[1] in noted
    return Cast(site.url, said[1], chromium)


@pytest.fixture
def opened(site: Installation, chromium: Browser, cast: Cast) -> Iterator[Opened]:
    """Opens a page as somebody: `opened("ingrid", "/overview/", width=390)`; closed afterwards."""
    watched: list[Watched] = []

    def open_page(name: str, path: str, **options: Any) -> Watched:
        found = Watched(chromium, site.url, state=cast.state(name), **options)
        watched.append(found)
        found.go(path)
        return found

    yield open_page
    for one in watched:
        one.close()


@pytest.fixture(scope="package")
def call(site: Installation) -> Program:
    """Sends a request to the API as ingrid and returns the answer."""
    scopes = ("indicators:read", "indicators:write", "reviews:read", "reviews:write")
    return Program(site.url, token_for(site, *scopes, email="ingrid@example.org"))


@pytest.fixture(scope="package")
def names(site: Installation, cast: Cast, call: Program, chromium: Browser) -> Names:
    """What the demo calls things, with a review that is open and one that is closed."""
    closed = call("GET", "/api/v1/reviews/?state=closed")["results"]
    opened = call("POST", "/api/v1/reviews/open/", {"team": "growth"})
    plans = call("GET", "/api/v1/review-plans/")["results"]
    objectives = call("GET", "/api/v1/objectives/?team=lumen-shop")["results"]
    return {
        "closed": str(closed[-1]["id"]),
        "review": str(opened["id"]),
        "plan": str(plans[0]["id"]),
        "objective": objectives[0]["slug"],
        **files(cast),
        "person": first_link(cast, "/organisation/people/", r"/organisation/people/(\d+)/"),
        "link": link_from_mail(site, cast, "mrr"),
        "spare": link_from_mail(site, cast, "ltv"),
        "mail": first_link(cast, "/mails/", r'href="(/mails/[^"]+)"'),
    }


def link_from_mail(site: Installation, cast: Cast, key: str) -> str:
    """A one-time link that is sent to the owner of an indicator, as the owner's mail has it.

    The next reminder of an indicator that is due would end the link.
    """
    earlier = links_in_mails(site)
    context = cast.browser.new_context(storage_state=cast.state("ingrid"))
    page = context.new_page()
    page.goto(f"{cast.url}/indicators/{key}/values/")
    page.get_by_role("button", name="Send a link to the owner").click()
    context.close()
    wait_until(lambda: bool(links_in_mails(site) - earlier), 60)
    return (links_in_mails(site) - earlier).pop()


def links_in_mails(site: Installation) -> set[str]:
    """The addresses of all one-time links that were mailed so far."""
    found: set[str] = set()
    for mail in (site.home / "mail").glob("*"):
        text = mail.read_text("utf-8", errors="replace").replace("=\n", "")
        found.update(re.findall(r"https?://[^/\s]+(/enter/\w+/\w{64}/)", text))
    return found


def files(cast: Cast) -> Names:
    """A file of ingrid's that waits for her, one that was taken in, and how that is undone."""
    context = cast.browser.new_context(storage_state=cast.state("ingrid"), base_url=cast.url)
    page = context.new_page()
    found: Names = {}
    for name, day in (("done", "2011-11-11"), ("file", "2012-12-12")):
        lines = f"indicator,at,value\nnewsletter-subscribers,{day},7\nnothing,{day},7\n"
        page.goto("/imports/")
        page.set_input_files("input[type=file]", brought("newsletter.csv", lines))
        page.get_by_role("button", name="Upload file").click()
        page.get_by_role("button", name="Check file").click()
        page.wait_for_url(re.compile(r"/imports/\w+/$"))
        found[name] = page.url.split("/")[-2]
        if name == "done":
            page.get_by_role("button", name="Import 1 value, leave out 1").click()
            undo = page.get_by_role("link", name="Undo this import").get_attribute("href")
            found["delivery"] = (undo or "").split("/")[-3]
    context.close()
    return found


def brought(name: str, lines: str) -> FilePayload:
    """A file as somebody chooses it."""
    return FilePayload(name=name, mimeType="text/csv", buffer=lines.encode())


def first_link(cast: Cast, path: str, pattern: str) -> str:
    """What the pattern finds on a page of the administrator."""
    context = cast.browser.new_context(storage_state=cast.state("asta"), base_url=cast.url)
    found = re.search(pattern, context.request.get(path).text())
    context.close()
    assert found is not None, path
    return found[1]


# --- without Node ----------------------------------------------------------------------------


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without Node there is no axe-core; that is said, and what needs it is not counted."""
    if shutil.which("node"):
        return
    needing = [item for item in items if item.get_closest_marker("axe")]
    if needing:
        items[:] = [item for item in items if item not in needing]
        config.hook.pytest_deselected(items=needing)
        print(f"\nNode is not there: {len(needing)} checks with axe-core are left out.")  # noqa: T201
