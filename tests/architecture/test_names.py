"""A search for a name finds one place: functions and classes of modules are named once."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "analysis", "dashboards", "indicators", "kpitrack", "measurements", "notifications", "reviews",
    "teams", "verdicts", "web",
)  # fmt: skip
ALLOWED = {"Command", "main"}
# How many repeats there still are. Lower it when you have renamed some, never raise it.
MOST = 76


def test_hardly_any_name_occurs_twice() -> None:
    names: Counter[str] = Counter()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                found = ast.parse(path.read_text("utf-8")).body
                names.update(
                    one.name for one in found if isinstance(one, ast.FunctionDef | ast.ClassDef)
                )
    repeats = {name: number for name, number in names.items() if number > 1}
    assert sum(repeats[name] - 1 for name in repeats.keys() - ALLOWED) <= MOST, repeats
