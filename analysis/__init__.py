"""Judgement: pure numbers in, an explained verdict out. No Django, no database, no clock.

``judge`` is the front door; every part of it is a submodule. Submodules load when first used, so
importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis import (
        changepoints,
        decisions,
        evidence,
        forecast,
        milestones,
        periods,
        rollup,
        seasonality,
        spc,
        status,
        trend,
        values,
    )
    from analysis.judgement import judge

__all__ = [
    "changepoints",
    "decisions",
    "evidence",
    "forecast",
    "judge",
    "milestones",
    "periods",
    "rollup",
    "seasonality",
    "spc",
    "status",
    "trend",
    "values",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "judge":
        from analysis.judgement import judge

        return judge
    return import_module(f"{__name__}.{name}")
