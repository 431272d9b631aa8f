"""No module that runs in the worker catches the time limit by catching every exception."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("analysis", "dashboards", "indicators", "measurements", "notifications", "reviews",
        "teams", "verdicts")  # fmt: skip
LIMIT = "SoftTimeLimitExceeded"


def modules() -> Iterator[Path]:
    """Every module that the worker may run: doors run in web processes, which have no limit."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "api" not in path.parts:
                yield path


def swallowing(source: str) -> Iterator[int]:
    """The lines of handlers that catch everything without having let the time limit pass."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.With):
            for item in node.items:
                if "suppress(Exception" in ast.unparse(item):
                    yield node.lineno
        passed = False
        for handler in getattr(node, "handlers", ()):
            caught = ast.unparse(handler.type) if handler.type else "BaseException"
            passed |= LIMIT in caught
            raised_again = isinstance(handler.body[-1], ast.Raise) and not handler.body[-1].exc
            if caught in ("Exception", "BaseException") and not (passed or raised_again):
                yield handler.lineno


def test_nothing_swallows_the_time_limit() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules()
        for line in swallowing(path.read_text())
    ]
    assert not found, f"use isolated of web.loops, or let {LIMIT} pass first"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("try: x()\nexcept Exception: pass", [2]),
        ("try: x()\nexcept: pass", [2]),
        ("try: x()\nexcept BaseException:\n  y()\n  raise", []),
        ("try: x()\nexcept Exception as p:\n  raise Y from p", [2]),
        (f"try: x()\nexcept {LIMIT}: raise\nexcept Exception: pass", []),
        ("with suppress(Exception): x()", [1]),
        ("try: x()\nexcept ValueError: pass", []),
    ],
)
def test_the_search_finds_what_it_is_for(source: str, lines: list[int]) -> None:
    assert list(swallowing(source)) == lines
