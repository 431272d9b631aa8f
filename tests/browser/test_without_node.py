"""Where Node is not installed: the Plotly of the Python package, under the same strict policy.

A copy of the checkout without `node_modules` serves the same data beside the installation.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from kpitrack.embedded import discovery
from tests.browser.conftest import Cast
from tests.browser.places import INDICATOR
from tests.browser.test_explore import explore
from tests.browser.watching import Watched
from tests.kpitrack.installation import CHECKOUT, Installation, free_port, wait_until

pytestmark = pytest.mark.e2e

PARTS = (
    "kpitrack", "dashboards", "reviews", "notifications", "verdicts", "measurements", "indicators",
    "teams", "web", "analysis", "templates", "static", "manage.py",
)  # fmt: skip
MOST_BUNDLE_KB = 1300.0


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout as it is on a machine without Node."""
    place = tmp_path_factory.mktemp("without-node") / "check out"
    place.mkdir()
    for part in PARTS:
        source = CHECKOUT / part
        if source.is_dir():
            shutil.copytree(source, place / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place / part)
    return place


@pytest.fixture(scope="module")
def nodeless(site: Installation, copy: Path) -> Iterator[str]:
    """The address of a web server that runs in the copy on the data of the installation."""
    port = free_port()
    environment = site.environment() | {
        "KPITRACK_HOME": str(copy.parent / "home"),
        "DATABASE_URL": discovery.database_url(site.home),
        "REDIS_URL": discovery.redis_url(site.home),
        "SECRET_KEY": discovery.secret_key(site.home),
        "STATIC_ROOT": str(copy.parent / "static"),
        "PYTHONPATH": str(copy),
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(collect, cwd=copy, env=environment, check=True)
    serve = [sys.executable, "-m", "kpitrack.serve", "--port", str(port)]
    with subprocess.Popen(serve, cwd=copy, env=environment) as web:
        server = Installation(copy, port=port)
        wait_until(lambda: server.status("/healthz") == 200, 60)
        yield server.url
        web.terminate()


@pytest.fixture
def seen(nodeless: str, chromium: Browser, cast: Cast) -> Iterator[Watched]:
    found = Watched(chromium, nodeless, state=cast.state("ingrid"))
    yield found
    found.close()


def test_nothing_is_served_from_npm(nodeless: str, copy: Path) -> None:
    static = copy.parent / "static"
    assert not (copy / "node_modules").exists()
    assert not list(static.rglob("inter*.woff2"))
    bundle = next(static.glob("vendor/plotly/plotly.min.*.js"))
    assert bundle.stat().st_size > 3_000_000  # the whole of it, not the basic bundle of npm


@pytest.mark.parametrize("path", [INDICATOR, f"{INDICATOR}?tab=process", "/teams/lumen-shop/"])
def test_charts_are_explored(seen: Watched, path: str) -> None:
    seen.go(path)
    assert seen.status == 200
    explore(seen, "#main")
    seen.page.locator("#main .plotly-stage").first.hover()
    expect(seen.page.locator("#main .hoverlayer").first).not_to_be_empty()
    assert seen.sent("Script") < MOST_BUNDLE_KB
    assert seen.problems == []


def test_a_chart_becomes_a_picture(seen: Watched) -> None:
    seen.go(INDICATOR)
    with seen.page.expect_download() as waiting:
        seen.page.locator("[data-chart-png]").first.click()
    assert waiting.value.path().read_bytes().startswith(b"\x89PNG\r\n")
    assert seen.problems == []


def test_pages_stay_in_shape_without_the_font(seen: Watched) -> None:
    seen.go("/teams/lumen-shop/")
    assert not [url for url in seen.requests if "woff" in url]
    for width in (390, 320):
        assert seen.beyond_the_edge(width) == []
    assert seen.problems == []
