"""Verdicts judged again from what they were judged from: the same must come out."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from math import isclose
from typing import Any

from analysis import values
from indicators.models import Indicator, StaleMark
from measurements.series import entries_of
from teams.models import AuditEntry, Organisation
from verdicts import judging
from verdicts.models import Analysis

logger = logging.getLogger(__name__)

CLOSE = 1e-9  # a share: another processor may round the last digit otherwise
NAMED = 10  # differences named in the log at most


def verify_random(size: int, *, now: datetime) -> list[str]:
    """Judge a random sample of fresh verdicts again; returns the keys of those that differ.

    A difference is logged as an error and noted in the audit trail, once for each computation.
    """
    fresh = StaleMark.objects.filter(since=None, indicator__verdict__computed_at__lte=now)
    marks = dict(fresh.order_by("?").values_list("pk", "judged")[:size])
    found = {
        indicator.pk: (indicator, different)
        for indicator, different in judged_again(list(marks))
        if different
    }
    # What was asked for again meanwhile was judged from other data.
    still = fresh.filter(pk__in=found).values_list("pk", "judged")
    return [report_difference(*found[pk]) for pk, mark in still if mark == marks[pk]]


def judged_again(indicator_ids: list[int]) -> Iterator[tuple[Indicator, list[str]]]:
    """Each indicator with the places at which its judgement, repeated, says something else."""
    organisation = Organisation.current()
    entries = entries_of(indicator_ids)
    stored = Analysis.objects.in_bulk(indicator_ids)
    for indicator in judging.to_judge(indicator_ids):
        analysis = stored.get(indicator.pk)
        if analysis is None or "previous" not in analysis.steadied_by:
            continue
        again = judging.judge_one(
            indicator,
            entries[indicator.pk],
            organisation,
            now=analysis.computed_at,
            previous=previous_in(analysis.steadied_by),
            guard=guard_in(analysis.steadied_by),
        )
        result = json.loads(json.dumps(judging.result_of(again)))
        yield indicator, list(differences(analysis.result, result))


def previous_in(kept: Mapping[str, Any]) -> values.Previous | None:
    """The verdict before, as it was kept."""
    found = kept["previous"]
    if found is None:
        return None
    through = date.fromisoformat(found["through"]) if found["through"] else None
    return values.Previous(found["status"], found["candidate"], through)


def guard_in(kept: Mapping[str, Any]) -> values.Guard | None:
    """The guard, as it was kept."""
    return values.Guard(**kept["guard"]) if kept["guard"] else None


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Name the places at which two documents differ; numbers may differ in their last digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from differences(one.get(key), other.get(key), f"{place}.{key}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for k, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{place}[{k}]")
    elif not alike(one, other):
        yield place


def alike(one: Any, other: Any) -> bool:
    """Whether two plain values say the same."""
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (one, other))
    return isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE) if numbers else one == other


def report_difference(indicator: Indicator, different: list[str]) -> str:
    """Log and note that a verdict would come out otherwise; returns its key."""
    places = different[:NAMED]
    logger.error("the verdict of %s comes out otherwise at %s", indicator.key, ", ".join(places))
    AuditEntry.record(
        "verdict.differs", actor=None, subject=indicator.key, team=indicator.team, places=places
    )
    return indicator.key
