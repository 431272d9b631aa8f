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
from verdicts import judging
from verdicts.models import Analysis

Within = Callable[[str], bool]


def between(first: date | None, last: date | None) -> Within:
    """Whether a period (its first day in ISO form) lies within; None leaves an end open."""
    low, high = first.isoformat() if first else "", last.isoformat() if last else "9999"
    return lambda period: low <= period <= high


def stored(indicator: Indicator, within: Within) -> dict[str, Any]:
    """What the worker computed last. Before its first visit: the empty judgement, not fresh."""
    analysis = Analysis.objects.filter(indicator=indicator).first()
    result = analysis.result if analysis else nothing_yet(indicator)
    verdict = indicator.verdict
    fresh = verdict.is_fresh and not lineage.awaiting([indicator])
    return answer(result, within, computed_at=verdict.computed_at, fresh=fresh)


def computed(
    indicator: Indicator, within: Within, *, as_of: datetime, rules: str
) -> dict[str, Any]:
    """Judge what was known at `as_of`, as if it were then; nothing is stored."""
    entries = entries_of([indicator.pk], as_of=as_of)[indicator.pk]
    return answer(judged(indicator, entries, now=as_of, rules=rules), within, computed_at=as_of)


def nothing_yet(indicator: Indicator) -> dict[str, Any]:
    """The judgement of no measurements at all."""
    return judged(indicator, [], now=indicator.created_at, rules="nhs")


def judged(
    indicator: Indicator, entries: list[values.Entry], *, now: datetime, rules: str
) -> dict[str, Any]:
    """The result of one indicator for the given entries."""
    loaded = defined_at(next(iter(judging.to_judge([indicator.pk], as_of=now))), now)
    guard = judging.guard_of(loaded)
    one = judging.judge_one(
        loaded, entries, Organisation.current(), now=now, guard=guard, rules=rules
    )
    return judging.result_of(one)


def answer(
    result: dict[str, Any],
    within: Within,
    *,
    computed_at: datetime | None,
    fresh: bool = True,
) -> dict[str, Any]:
    """The document with its points narrowed and its time said, in the result and the verdict."""
    when = plain(computed_at)
    return {
        **result,
        "points": [point for point in result["points"] if within(point["period"])],
        "computed_at": when,
        "fresh": fresh,
        "verdict": {**result["verdict"], "computed_at": when, "fresh": fresh},
    }


def series(indicator: Indicator, found: values.Series, within: Within) -> dict[str, Any]:
    """The document of a series; numbers are decimals with all of their digits."""
    return {
        "indicator": indicator.key,
        "period": found.grain,
        "unit": indicator.unit,
        "points": [
            {
                "period": point.period.isoformat(),
                "value": point.value,
                "numerator": point.numerator,
                "denominator": point.denominator,
                "n": point.n,
                "coverage": point.coverage,
                "provisional": point.provisional,
            }
            for point in found
            if within(point.period.isoformat())
        ],
    }
