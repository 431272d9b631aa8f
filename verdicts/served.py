"""Judgements as they are served: stored with their freshness, or computed for a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from analysis import values
from analysis.verdict import plain
from indicators import lineage
from indicators.definition import defined_at
from indicators.models import Indicator
from measurements.series import entries_of
from teams.models import Organisation
from verdicts.models import Analysis

Within = Callable[[str], bool]
POINT_FIELDS = ("period", "value", "numerator", "denominator", "n", "coverage", "provisional")


def within_days(first: date | None, last: date | None) -> Within:
    """Whether a period (its first day in ISO form) lies within; None leaves an end open."""
    low, high = first.isoformat() if first else "", last.isoformat() if last else "9999"
    return lambda period: low <= period <= high


def stored_analysis(indicator: Indicator, within: Within) -> dict[str, Any]:
    """What the worker computed last. Before its first visit: the empty judgement, not fresh."""
    analysis = Analysis.objects.filter(indicator=indicator).first()
    result = analysis.result if analysis else judged_anew(indicator, [], now=indicator.created_at)
    verdict = indicator.verdict
    fresh = verdict.is_fresh and not lineage.awaiting([indicator])
    return analysis_document(result, within, computed_at=verdict.computed_at, fresh=fresh)


def computed_analysis(
    indicator: Indicator, within: Within, *, as_of: datetime, rules: str
) -> dict[str, Any]:
    """Judge what was known at `as_of`, as if it were then; nothing is stored."""
    entries = entries_of([indicator.pk], as_of=as_of)[indicator.pk]
    result = judged_anew(indicator, entries, now=as_of, rules=rules)
    return analysis_document(result, within, computed_at=as_of)


def judged_anew(
    indicator: Indicator, entries: list[values.Entry], *, now: datetime, rules: str = "nhs"
) -> dict[str, Any]:
    """The result of one indicator for the given entries."""
    from verdicts import judging

    loaded = defined_at(next(iter(judging.to_judge([indicator.pk], as_of=now))), now)
    guard = judging.guard_of(loaded)
    one = judging.judge_one(
        loaded, entries, Organisation.current(), now=now, guard=guard, rules=rules
    )
    return judging.result_of(one)


def analysis_document(
    result: dict[str, Any],
    within: Within,
    *,
    computed_at: datetime | None,
    fresh: bool = True,
) -> dict[str, Any]:
    """The document with its points narrowed and its time said, in the result and the verdict."""
    when = {"computed_at": plain(computed_at), "fresh": fresh}
    points = [point for point in result["points"] if within(point["period"])]
    return {**result, "points": points, **when, "verdict": {**result["verdict"], **when}}


def series_document(indicator: Indicator, found: values.Series, within: Within) -> dict[str, Any]:
    """The document of a series; numbers are decimals with all of their digits."""
    return {
        "indicator": indicator.key,
        "period": found.grain,
        "unit": indicator.unit,
        "points": [
            {name: getattr(point, name) for name in POINT_FIELDS}
            for point in found
            if within(point.period.isoformat())
        ],
    }
