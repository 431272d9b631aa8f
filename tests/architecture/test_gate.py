"""Nobody climbs the fence: doors reach team-owned rows through `visible_to` and `editable_by`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Model, QuerySet

ROOT = Path(__file__).resolve().parents[2]
APPS = ("teams", "indicators", "measurements", "verdicts", "notifications", "reviews", "dashboards")
GATES = {"visible_to", "editable_by", "enterable_by", "where_may", "commentable_by", "create"}
# Rows that belong to no team: open to everybody who is signed in, or never shown.
OPEN = {
    "Organisation", "User", "Membership", "Perspective", "Sharing", "Batch", "IdempotencyKey",
    "Analysis", "DefinitionVersion", "Rebase", "Preference",
}  # fmt: skip
DOORS = ("views", "views.py", "api", "admin.py")


def door_files() -> Iterator[Path]:
    """Every module that answers requests."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            inside = path.relative_to(ROOT / app).parts
            if inside[0] in DOORS and "urls.py" not in inside:
                yield path


def owned_models() -> dict[str, type[Model]]:
    """The models of our apps whose rows belong to a team."""
    ours = (m for app in APPS for m in apps.get_app_config(app).get_models())
    return {m.__name__: m for m in ours if m.__name__ not in OPEN}


def bare_accesses(tree: ast.AST, owned: set[str]) -> Iterator[tuple[int, str]]:
    """`Model.objects.<anything but a gate or create>` and `get_object_or_404(Model, …)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            inner = node.value
            if (
                isinstance(inner, ast.Attribute)
                and inner.attr == "objects"
                and isinstance(inner.value, ast.Name)
                and inner.value.id in owned
                and node.attr not in GATES
            ):
                yield node.lineno, f"{inner.value.id}.objects.{node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            first = node.args[0] if node.args else None
            getter = node.func.id in ("get_object_or_404", "get_list_or_404")
            if getter and isinstance(first, ast.Name) and first.id in owned:
                yield node.lineno, f"{node.func.id}({first.id})"


@pytest.mark.parametrize("path", list(door_files()), ids=lambda p: str(p.relative_to(ROOT)))
def test_doors_pass_the_gate(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    found = [
        f"{path.name}:{line} {what}" for line, what in bare_accesses(tree, set(owned_models()))
    ]
    assert not found, "go through visible_to or editable_by"


def test_the_check_sees_a_climber() -> None:
    source = (
        "Indicator.objects.get(pk=1)\nget_object_or_404(Team, pk=1)\nTeam.objects.visible_to(u)"
    )
    found = list(bare_accesses(ast.parse(source), {"Indicator", "Team"}))
    assert sorted(line for line, _ in found) == [1, 2]


@pytest.mark.parametrize("name", sorted(owned_models()))
def test_every_team_owned_queryset_has_both_gates(name: str) -> None:
    queryset: QuerySet[Model] = owned_models()[name]._default_manager.all()
    assert callable(getattr(queryset, "visible_to", None)), f"{name} lacks visible_to"
    assert callable(getattr(queryset, "editable_by", None)), f"{name} lacks editable_by"


def test_there_are_doors_to_check() -> None:
    assert len(list(door_files())) >= 10
