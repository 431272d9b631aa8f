"""Charts to explore: Plotly only on intent, at the same height, under the strict policy."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened
from tests.browser.places import INDICATOR
from tests.browser.watching import Watched

pytestmark = pytest.mark.e2e

MOST_PLOTLY_KB = 380.0

CHARTS = [
    ("/teams/lumen-shop/", ".hero-chart"),
    (INDICATOR, ".chart-card"),
    (f"{INDICATOR}?tab=process", ".chart-card"),
]


def explore(seen: Watched, card: str) -> None:
    """Press the button and wait until Plotly has painted."""
    seen.page.locator(f"{card} [data-explore]").first.click()
    seen.page.locator(f"{card} [data-explored] .plotly-stage .main-svg").first.wait_for()


def height(seen: Watched, card: str) -> float:
    box = seen.page.locator(f"{card} .chart-frame").first.bounding_box()
    assert box is not None
    return box["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize(("path", "card"), CHARTS)
def test_a_chart_is_explored(
    opened: Opened, path: str, card: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    seen = opened("ingrid", path, width=width, scheme=scheme)
    assert not [url for url in seen.requests if "plotly" in url]
    before, weight = height(seen, card), seen.sent()

    explore(seen, card)

    assert 300 < seen.sent() - weight < MOST_PLOTLY_KB  # fetched once, though warmed and then used
    assert height(seen, card) == pytest.approx(before, abs=1)
    assert seen.page.locator(f"{card} .chart-frame > svg:visible").count() == 0
    seen.page.locator(f"{card} .plotly-stage").first.hover()
    expect(seen.page.locator(f"{card} .hoverlayer").first).to_contain_text(re.compile(r"\d"))
    assert seen.page.locator(".modebar:visible").count() == 0
    assert seen.problems == []


def test_a_chart_becomes_a_picture(opened: Opened) -> None:
    seen = opened("ingrid", INDICATOR)
    with seen.page.expect_download() as waiting:
        seen.page.locator(".chart-card [data-chart-png]").first.click()
    picture = waiting.value
    assert picture.suggested_filename.endswith(".png")
    assert picture.path().read_bytes().startswith(b"\x89PNG\r\n")
    assert seen.problems == []


def test_the_theme_goes_into_the_explored_chart(opened: Opened) -> None:
    seen = opened("ingrid", INDICATOR)
    explore(seen, ".chart-card")
    axis = seen.page.locator(".chart-card .xtick text").first
    colour = "(element) => getComputedStyle(element).fill"
    light = axis.evaluate(colour)
    with seen.page.expect_response(lambda answer: "theme=dark" in answer.url):
        seen.page.locator("[data-theme-switch]:visible").first.click()
    seen.page.wait_for_function(
        "(light) => getComputedStyle(document.querySelector('.chart-card .xtick text')).fill"
        " !== light",
        arg=light,
    )
    assert seen.problems == []


def test_a_lost_chart_says_so_and_keeps_the_picture(opened: Opened) -> None:
    seen = opened("ingrid", INDICATOR)
    seen.page.route("**/plotly.min*", lambda route: route.abort())
    seen.page.locator(".chart-card [data-explore]").first.click()
    seen.page.get_by_text("The picture stays.").wait_for()
    assert seen.page.locator(".chart-card .chart-frame > svg:visible").count() == 1
