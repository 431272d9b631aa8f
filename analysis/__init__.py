"""Judgement: pure numbers in, an explained verdict out. No Django, no database, no clock.

``judge`` is the front door; every part of it is a submodule. Submodules load when first used, so
importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.judgement import judge

__all__ = ["judge"]


def __getattr__(name: str) -> Any:
    try:
        if name == "judge":
            return import_module("analysis.judgement").judge
        return import_module(f"analysis.{name}")
    except ModuleNotFoundError as problem:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}") from problem
