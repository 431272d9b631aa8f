"""Rows rebuilt from the snapshot of a meeting, so that old numbers are drawn as new ones are.

They are never saved: a snapshot is what was known then.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from indicators.models import Annotation, Indicator, Milestone, Target
from web.wording import as_date

NUMBERS = ("value", "upper", "baseline", "growth", "tolerance")
DAYS = ("baseline_on", "starts_on", "due_on")
WORDS = ("kind", "comparator", "strict", "tolerance_kind", "path", "rationale", "version")


def indicator_of(found: dict[str, Any]) -> Indicator:
    """The indicator as far as charts and words need it."""
    return Indicator(
        key=found["key"],
        name=found["name"],
        direction=found["direction"],
        period=found["grain"],
        timezone=found["timezone"],
        unit=found["format"]["unit"],
        unit_label=found["format"]["unit_label"],
        decimals=found["format"]["decimals"],
        display_scale=found["format"]["display_scale"],
        factor=Decimal(found["format"]["factor"]),
    )


def target_of(found: dict[str, Any], indicator: Indicator) -> Target | None:
    """The target that gave the status, with its milestones, or None."""
    kept = found["target"]
    if kept is None:
        return None
    target = Target(
        pk=-1,  # related rows are asked for by id; these are given below instead
        indicator=indicator,
        **{name: kept[name] for name in WORDS},
        **{name: None if kept[name] is None else Decimal(kept[name]) for name in NUMBERS},
        **{name: as_date(kept[name]) for name in DAYS},
    )
    steps = [(date.fromisoformat(on), Decimal(value)) for on, value in kept["milestones"]]
    cache = {"milestones": [Milestone(on=on, value=value) for on, value in steps]}
    target._prefetched_objects_cache = cache  # type: ignore[attr-defined]  # noqa: SLF001
    return target


def notes_of(found: dict[str, Any]) -> list[Annotation]:
    """The events on the time axis."""
    return [
        Annotation(on=date.fromisoformat(note["on"]), text=note["text"])
        for note in found.get("notes") or []
    ]
