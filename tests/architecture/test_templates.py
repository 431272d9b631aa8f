"""Templates keep the Content-Security-Policy: no inline style, no inline script, no other host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ANY_CASE = re.IGNORECASE
ROOT = Path(__file__).resolve().parents[2]
PAGES = [p for p in sorted((ROOT / "templates").rglob("*.html")) if "emails" not in p.parts]
FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", ANY_CASE),
    "an inline style sheet": re.compile(r"<style\b", ANY_CASE),
    "an inline script": re.compile(
        r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE
    ),
    "an event attribute": re.compile(r"<[^>]*\s(?:on[a-z]+|hx-on[:a-z-]*)\s*=", ANY_CASE),
    "another host": re.compile(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", ANY_CASE),
    "an htmx filter that needs eval": re.compile(
        r"hx-(?:vals|headers|vars)\s*=\s*[\"']js:", re.IGNORECASE
    ),
}
MAX_LINES = 130
MAX_WIDTH = 160


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_template_holds_nothing_the_policy_forbids(path: Path) -> None:
    text = re.sub(
        r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text("utf-8"), flags=re.DOTALL
    )
    found = [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    assert not found
    assert len(text.splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_template_can_be_read_line_by_line(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    long = [number for number, line in enumerate(lines, 1) if len(line) > MAX_WIDTH]
    assert not long, f"lines over {MAX_WIDTH} characters: {long}"
    torn = [number for number, line in enumerate(lines, 1) if line.count("{#") != line.count("#}")]
    assert not torn, f"a {{# comment #}} ends on its own line; use {{% comment %}}: {torn}"


@pytest.mark.parametrize("path", sorted((ROOT / "static/css").rglob("*.css")), ids=lambda p: p.name)
def test_a_style_sheet_is_short_and_fetches_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 200
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import\s+[\"'](?:https?:)?//", text)


def test_there_are_templates_to_check() -> None:
    assert len(PAGES) >= 20
