"""Every page, wide and narrow, light and dark: sound, light enough, and fit for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve
from playwright.sync_api import Browser

from tests.architecture.access import ROWS, written
from tests.browser.conftest import Cast, Names
from tests.browser.places import PLACES, SHOWN_ELSEWHERE, Place, filled
from tests.browser.watching import Watched
from tests.kpitrack.installation import CHECKOUT, Installation

pytestmark = pytest.mark.e2e

# Budgets of one page with a cold cache, Plotly aside; kB are compressed and on the wire.
MOST_REQUESTS = 12
MOST_KB = 150.0
MOST_SCRIPT_KB = 40.0
MOST_NODES = 1500

AXE = CHECKOUT / "node_modules/axe-core/axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
CHECK = """(only) => axe.run(
    document, {runOnly: only, resultTypes: ["violations"], preload: false}
)"""

SETTLED = "() => Promise.all(document.getAnimations().map((moving) => moving.finished))"

VISITS = [(place, width) for place in PLACES for width in (1440, 390)]


def named(visit: tuple[Place, int]) -> str:
    return f"{visit[0]} {visit[1]} px"


@pytest.fixture(scope="module", params=VISITS, ids=named)
def seen(
    request: pytest.FixtureRequest,
    site: Installation,
    chromium: Browser,
    cast: Cast,
    names: Names,
) -> Iterator[Watched]:
    """A page that has just been opened; all tests of one page look at the same visit."""
    place, width = request.param
    found = Watched(chromium, site.url, state=cast.state(place.who), width=width)
    found.go(filled(place.path, names), status=place.status)
    yield found
    found.close()


def test_it_is_sound(seen: Watched) -> None:
    assert seen.status == seen.expected_status
    assert seen.problems == []
    assert seen.inline_styles() == []


def test_it_is_light(seen: Watched) -> None:
    assert len(seen.requests) <= MOST_REQUESTS, seen.requests
    assert seen.sent() <= MOST_KB
    assert seen.sent("Script") <= MOST_SCRIPT_KB
    assert seen.nodes() <= MOST_NODES


@pytest.mark.axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(seen: Watched, axe: str, scheme: Any) -> None:
    """All rules in the light theme; in the dark one what depends on colours."""
    seen.page.emulate_media(color_scheme=scheme)
    seen.page.evaluate(SETTLED)
    seen.page.evaluate(axe)
    rules = {"type": "tag", "values": RULES}
    colours = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
    result = seen.page.evaluate(CHECK, rules if scheme == "light" else colours)
    broken = [
        f"{violation['id']}: {node['target']} {node['html'][:100]}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
    assert broken == []


@pytest.fixture(scope="module")
def axe() -> str:
    """The program that checks accessibility, of the package that `make assets` installs."""
    if not AXE.exists():
        pytest.fail("Node is there and axe-core is not: run `make assets`.")
    return Path(AXE).read_text("utf-8")


def test_nothing_sticks_out(seen: Watched) -> None:
    """Last, because it makes the page narrow."""
    for width in (390, 320):
        assert seen.beyond_the_edge(width) == [], width
    assert seen.problems == []


def test_no_page_is_forgotten(names: Names) -> None:
    """Every address that answers a person with a page is among the places."""
    paths = [filled(p.path, names).partition("?")[0] for p in PLACES if p.status == 200]
    visited = {written("/" + resolve(path).route) for path in paths}
    shown = {r.route for r in ROWS if r.method == "GET" and "200" in r.answers.values()}
    pages = {route for route in shown if not route.startswith("/api/")}
    assert pages - visited == set(SHOWN_ELSEWHERE)
