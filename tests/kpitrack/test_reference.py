"""What is told twice agrees: the variables and commands, and the pages that list them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "reference"
INTERNAL = {"DJANGO_SETTINGS_MODULE"}


def variables() -> set[str]:
    read = re.compile(r"""\benv(?:iron)?(?:\.\w+)?[.(\[](?:get\()?\(?["']([A-Z_]+)["']""")
    sources = [ROOT / "kpitrack" / "settings.py", *ROOT.glob("kpitrack/embedded/*.py")]
    found = {name for path in sources for name in read.findall(path.read_text("utf-8"))}
    return {name.removesuffix("_FILE") for name in found} - INTERNAL


def commands() -> list[str]:
    found = (path.stem for path in ROOT.glob("*/management/commands/*.py"))
    return sorted(name for name in found if name != "__init__")


@pytest.mark.parametrize("name", sorted(variables()))
def test_every_variable_is_in_the_reference(name: str) -> None:
    assert f"`{name}`" in (DOCS / "settings.md").read_text("utf-8")


def test_the_variables_are_found_at_all() -> None:
    assert {"KPITRACK_HOME", "DATABASE_URL", "PORT", "WEB_THREADS", "EMAIL_URL"} <= variables()


@pytest.mark.parametrize("name", commands())
def test_every_command_is_in_the_reference(name: str) -> None:
    assert f"`{name}" in (DOCS / "commands.md").read_text("utf-8")


def test_every_target_of_make_is_in_the_reference() -> None:
    targets = re.findall(
        r"^([a-z0-9]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    page = (DOCS / "commands.md").read_text("utf-8")
    assert [name for name in targets if f"`make {name}`" not in page] == ["help"]
