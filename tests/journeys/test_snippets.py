"""What the documentation says to paste works: every block, page by page, against the demo."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kpitrack.embedded.home import Home
from tests import snippets
from tests.kpitrack.installation import Installation, installed
from tests.kpitrack.program import TO_MEASURE, Program, token_for

pytestmark = [pytest.mark.e2e]
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
    IN_THE_BROWSER.get(str(page.relative_to(snippets.ROOT)), lambda _: None)(demo)
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
