"""What is told twice is told alike: the reference against the code, links, version, changelog."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from indicators.models import Indicator, Target
from teams.access import ALLOWED, Action, Role, Scope
from verdicts.models import Verdict

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs/reference"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
OUR_APPS = ("kpitrack", "dashboards", "reviews", "notifications", "indicators", "teams")
LINK = re.compile(r"(?<!\!)\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)|!\[[^\]]*\]\(([^)\s]+)\)")
READ = re.compile(r"""\benv(?:\.\w+)?\(\s*["']([A-Z][A-Z0-9_]+)["']""")
ENVIRON = re.compile(r"""environ(?:\.get\(|\[)\s*["']([A-Z][A-Z0-9_]+)["']""")
# Set by our own programs for each other, or by the platform; nobody types them.
PRIVATE = {
    "DATABASE_OWNER_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER", "PATH", "CI", "HOME",
}  # fmt: skip


def text(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def variables() -> set[str]:
    """Every environment variable that the settings and the supervisor read."""
    found: set[str] = set()
    for path in (ROOT / "kpitrack").rglob("*.py"):
        source = path.read_text("utf-8")
        found |= set(READ.findall(source)) | set(ENVIRON.findall(source))
    return {name.removesuffix("_FILE") for name in found} - PRIVATE


def routes(patterns: Any, before: str = "") -> Iterator[str]:
    """Every address of the API, as the reference writes it: `/api/v1/indicators/{key}/`."""
    for one in patterns:
        address = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, address)
        elif isinstance(one, URLPattern) and address.startswith("api/v1/"):
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address)


@pytest.mark.parametrize("name", sorted(variables()))
def test_every_variable_is_in_the_reference(name: str) -> None:
    assert f"`{name}`" in text("settings.md")


def test_there_are_variables() -> None:
    assert {"KPITRACK_HOME", "DATABASE_URL", "SECRET_KEY"} <= variables()


@pytest.mark.parametrize(
    "command", sorted(c for c, app in get_commands().items() if app in OUR_APPS)
)
def test_every_command_is_in_the_reference(command: str) -> None:
    assert f"`{command}" in text("commands.md")


@pytest.mark.parametrize("route", sorted(set(routes(get_resolver().url_patterns))))
def test_every_route_of_the_api_is_in_the_reference(route: str) -> None:
    told = "".join(path.read_text("utf-8") for path in REFERENCE.glob("api*.md"))
    told = re.sub(r"\{\w+\}", "{}", told)
    assert re.sub(r"\{\w+\}", "{}", route) in told


@pytest.mark.parametrize(
    "word",
    [
        *Verdict.Status.values, *Verdict.Signal.values, *Indicator.State.values,
        *Indicator.Kind.values, *Indicator.Level.values, *Target.Kind.values,
        *Target.Comparator.values,
    ],
)  # fmt: skip
def test_every_word_is_in_the_reference(word: str) -> None:
    assert f"`{word}`" in text("statuses.md")


def test_labels_of_statuses_are_those_of_the_pages() -> None:
    for status in Verdict.Status:
        assert re.search(rf"\| `{status.value}` \| {status.label} \|", text("statuses.md")), status


def test_the_table_of_roles_is_the_one_in_the_code() -> None:
    for role in Role:
        told = re.search(rf"\| `{role.value}` \|(.+)\|", text("roles.md"))
        assert told is not None
        cells = [cell.strip() == "yes" for cell in told[1].split("|")]
        assert cells == [action in ALLOWED[role] for action in Action]
    for scope in Scope:
        assert f"| `{scope.value}` |" in text("roles.md")


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert project["version"] == newest[1] == settings.VERSION


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    targets = [a or b for a, b in LINK.findall(page.read_text("utf-8"))]
    missing = [
        target
        for target in targets
        if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists()
    ]
    assert not missing


def test_the_readme_names_the_commands_that_ci_runs() -> None:
    ci = (ROOT / ".ci/run").read_text("utf-8")
    told = (ROOT / "README.md").read_text("utf-8") + (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for target in ("lint", "test", "e2e"):
        assert f"make {target}" in ci and f"make {target}" in told
