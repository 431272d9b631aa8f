"""What the documentation says to paste works: every block, page by page, against the demo."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kpitrack.embedded.home import Home
from tests import snippets
from tests.kpitrack.installation import Installation, installed
from tests.kpitrack.program import TO_MEASURE, Program, token_for

pytestmark = [pytest.mark.e2e]
READING = ("measurements:read", "indicators:read", "reviews:read")
RUN = [page for page in snippets.PAGES if snippets.programs_of(page)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("snippets") / "home", demo=True) as installation:
        yield installation


def define_as_the_tutorial_does(demo: Installation) -> None:
    """Define in advance what a reader of the tutorial defines in the browser."""
    call = Program(demo.url, token_for(demo, *TO_MEASURE, email="ingrid@example.org"))
    call(
        "POST",
        "/api/v1/indicators/",
        {"name": "First response time", "team": "digital-service", "unit": "duration",
         "period": "week", "rollup": "mean", "direction": "down"},
    )  # fmt: skip


IN_THE_BROWSER: dict[str, Callable[[Installation], None]] = {
    "docs/tutorials/first-dashboard.md": define_as_the_tutorial_does,
}


@pytest.mark.parametrize("page", RUN, ids=lambda page: str(page.relative_to(snippets.ROOT)))
def test_every_command_of_a_page_works(page: Path, demo: Installation, tmp_path: Path) -> None:
    assert shutil.which("curl"), "the commands of the documentation need curl"
    if click := IN_THE_BROWSER.get(str(page.relative_to(snippets.ROOT))):
        click(demo)
    programs = snippets.programs_of(page)
    try:
        snippets.run_all(programs, tmp_path / "checkout", demo.url, demo.environment())
    finally:
        for record in tmp_path.glob("checkout/*/servers.json"):
            Home(record.parent).remove()


def test_a_refused_request_and_a_failing_command_are_noticed(
    demo: Installation, tmp_path: Path
) -> None:
    for place, text in enumerate(
        (
            "curl -sS http://127.0.0.1:8000/api/v1/teams/\n",
            ".venv/bin/python manage.py create_token --user nobody@example.org\necho on\n",
            "echo $NOWHERE_SET\n",
        )
    ):
        bad = snippets.Snippet(snippets.PAGES[0], 1, "sh", text, "")
        with pytest.raises(AssertionError, match=r"README\.md:1"):
            snippets.run_all([bad], tmp_path / f"checkout{place}", demo.url, demo.environment())


# What an address names, where the example itself names nothing: all are in the demo.
PLACES = {
    "A ratio": "conversion",
    "Another formula": "conversion",
    "At least 3 % in every period": "conversion",
    "A shift that is understood": "average-order-value",
    "1,500 subscribers in the quarter": "newsletter-subscribers",
}


def test_request_examples_of_the_api_document_are_accepted(demo: Installation) -> None:
    """Those that create something; the ones that change one thing need its number."""
    scopes = ("measurements:write", *READING, "indicators:write", "reviews:write")
    call = Program(demo.url, token_for(demo, *scopes, email="ingrid@example.org"))
    sent = 0
    for path, item in call("GET", "/api/v1/schema/")["paths"].items():
        content = item.get("post", {}).get("requestBody", {}).get("content", {})
        for summary, value in examples_of(content.get("application/json", {})):
            if "_id}" in path:
                continue
            call("POST", path.format(key=PLACES.get(summary, "newsletter-subscribers")), value)
            sent += 1
    assert sent >= 15


def examples_of(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, example in content.get("examples", {}).items():
        yield example.get("summary", name), example["value"]
