"""Snapshots: all that the page of a meeting shows of an item, as plain data that can be frozen.

An open review shows a snapshot taken now, a closed one the snapshot that was frozen at its
closing: both are the same document, so nothing can slip from later into an old meeting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.db.models import Prefetch, Q

from analysis import periods
from analysis.values import Grain
from indicators.definition import calendar_of
from indicators.models import Annotation, Indicator, Target
from reviews.models import Decision, Review, ReviewItem
from teams.models import Organisation
from verdicts.models import Analysis, Verdict
from web.formats import NBSP, NumberFormat, aim, plain

Snapshot = dict[str, Any]

VERSION = 1
# A meeting looks at the recent past: five years of months, two months of days.
POINTS = 60


def snapshots(review: Review, items: Iterable[ReviewItem], now: datetime) -> dict[int, Snapshot]:
    """What is known now of each item, by its id, in a constant number of queries."""
    wanted = [item.pk for item in items]
    loaded = ReviewItem.objects.filter(pk__in=wanted).select_related(
        "indicator__team", "indicator__owner", "indicator__verdict", "indicator__analysis",
        "commented_by",
    ).prefetch_related(
        Prefetch("indicator__targets", Target.objects.judging().prefetch_related("milestones")),
        Prefetch("decisions", Decision.objects.select_related("owner", "decided_by")),
    )  # fmt: skip
    organisation = Organisation.current()
    notes = annotations_by_item(loaded)
    recalls = recalls_of(review, [item.indicator_id for item in loaded])
    return {
        item.pk: snapshot(item, organisation, now)
        | {"notes": notes[item.pk], "recall": recalls.get(item.indicator_id)}
        for item in loaded
    }


def snapshot(item: ReviewItem, organisation: Organisation, now: datetime) -> Snapshot:
    """One item without what spans several: indicator, verdict, analysis, words, decisions."""
    indicator, verdict = item.indicator, item.indicator.verdict
    return {
        "version": VERSION,
        "taken_at": now.isoformat(),
        **snapshot_identity(indicator, organisation),
        **snapshot_standing(indicator, verdict, organisation),
        "target": snapshot_target(indicator, organisation),
        "analysis": excerpt(indicator),
        "agenda": {"group": item.group, "reason": item.reason, "position": item.position},
        "commentary": item.commentary,
        "commented_by": str(item.commented_by) if item.commented_by else "",
        "commented_at": item.commented_at.isoformat() if item.commented_at else "",
        "decisions": [decision_of(decision) for decision in item.decisions.all()],
    }


def snapshot_identity(indicator: Indicator, organisation: Organisation) -> Snapshot:
    """What it is and how its numbers are written."""
    return {
        "key": indicator.key,
        "name": indicator.name,
        "description": indicator.description,
        "team": indicator.team.name,
        "owner": str(indicator.owner) if indicator.owner else "",
        "direction": indicator.direction,
        "grain": indicator.period,
        "timezone": indicator.timezone,
        "format": {
            "unit": indicator.unit,
            "unit_label": indicator.unit_label,
            "decimals": indicator.decimals,
            "display_scale": indicator.display_scale,
            "factor": str(indicator.factor),
            "locale": organisation.locale,
        },
    }


def snapshot_standing(
    indicator: Indicator, verdict: Verdict, organisation: Organisation
) -> Snapshot:
    """How it stands: value, status, signal, the sentence, and what the tile shows."""
    calendar, grain = calendar_of(indicator, organisation), cast(Grain, indicator.period)
    on = verdict.period
    return {
        "status": verdict.status,
        "status_word": verdict.get_status_display(),
        "signal": verdict.signal,
        "signal_word": verdict.get_signal_display(),
        "reason": verdict.reason,
        "note": verdict.note,
        "period": on.isoformat() if on else "",
        "period_name": periods.label(on, grain, calendar) if on else "",
        "value": decimal_or_none(verdict.value),
        "previous": decimal_or_none(verdict.previous),
        "expected": decimal_or_none(verdict.expected),
        "spark_values": verdict.spark_values,
        "spark_provisional": verdict.spark_provisional,
        "definition_version": verdict.definition_version,
        "target_version": verdict.target_version,
        "measured_through": verdict.measured_through and verdict.measured_through.isoformat(),
        "computed_at": verdict.computed_at and verdict.computed_at.isoformat(),
    }


def decimal_or_none(value: Decimal | None) -> str | None:
    """A decimal with every digit; JSON numbers would lose them."""
    return None if value is None else str(value)


def as_number(text: str | None) -> Decimal | None:
    """The decimal that `exact` wrote."""
    return None if text is None else Decimal(text)


def number_format(found: Mapping[str, Any]) -> NumberFormat:
    """How the numbers of a snapshot are written."""
    return NumberFormat(**(found["format"] | {"factor": Decimal(found["format"]["factor"])}))


def snapshot_target(indicator: Indicator, organisation: Organisation) -> Snapshot | None:
    """The target that gives the status, in words and as the chart draws it."""
    target = next(iter(indicator.targets.all()), None)
    if target is None:
        return None
    fmt = NumberFormat.of(indicator, locale=organisation.locale)
    return {
        "words": aim_of(target, fmt, indicator.period),
        "kind": target.kind,
        "comparator": target.comparator,
        "strict": target.strict,
        "value": decimal_or_none(target.value),
        "upper": decimal_or_none(target.upper),
        "baseline": decimal_or_none(target.baseline),
        "baseline_on": target.baseline_on and target.baseline_on.isoformat(),
        "growth": decimal_or_none(target.growth),
        "starts_on": target.starts_on and target.starts_on.isoformat(),
        "due_on": target.due_on and target.due_on.isoformat(),
        "tolerance": decimal_or_none(target.tolerance),
        "tolerance_kind": target.tolerance_kind,
        "path": target.path,
        "milestones": [[m.on.isoformat(), str(m.value)] for m in target.milestones.all()],
        "rationale": target.rationale,
        "version": target.version,
    }


def aim_of(target: Target, fmt: NumberFormat, grain: str) -> str:
    """What is aimed at: "≥ 3.0 %", "+10 % a month"."""
    if target.kind != Target.Kind.GROW:
        return aim(target.comparator, target.value, fmt, upper=target.upper, strict=target.strict)
    share = plain((target.growth or Decimal(0)) * 100, 1, locale=fmt.locale, signed=True)
    return f"{share.removesuffix('.0').removesuffix(',0')}{NBSP}% a{NBSP}{grain}"


def excerpt(indicator: Indicator) -> Snapshot | None:
    """The newest part of the stored analysis: what the chart is drawn from."""
    try:
        result = indicator.analysis.result
    except Analysis.DoesNotExist:
        return None
    points = result.get("points", [])[-POINTS:]
    since = points[0]["period"] if points else ""
    trend = result.get("trend")
    if trend:
        line = [place for place in trend.get("line", []) if place["period"] >= since]
        trend = trend | {"line": line}
    kept = ("period", "through", "n", "variation", "assurance", "forecast", "projection")
    return {
        **{name: result.get(name) for name in kept},
        "points": points,
        "limits": [one for one in result.get("limits", []) if one["to"] >= since],
        "trend": trend,
    }


def decision_of(decision: Decision) -> Snapshot:
    """A decision as it is shown and frozen; what the clock finds later stands beside it."""
    return {
        "id": decision.pk,
        "kind": decision.kind,
        "word": decision.get_kind_display(),
        "reason": decision.reason,
        "doing": decision.doing,
        "owner": str(decision.owner) if decision.owner else "",
        "decided_by": str(decision.decided_by) if decision.decided_by else "",
        "decided_at": decision.decided_at.isoformat(),
        "expected_effect": decimal_or_none(decision.expected_effect),
        "check_on": decision.check_on and decision.check_on.isoformat(),
    }


def annotations_by_item(items: Iterable[ReviewItem]) -> dict[int, list[Snapshot]]:
    """The annotations that belong on the chart of each item, oldest first."""
    loaded = list(items)
    rows = Annotation.objects.filter(
        Q(indicator__in=[item.indicator_id for item in loaded])
        | Q(indicator=None, team__in=[item.indicator.team_id for item in loaded])
    ).order_by("on", "pk")
    found: dict[int, list[Snapshot]] = {item.pk: [] for item in loaded}
    for row in rows:
        for item in loaded:
            own = row.indicator_id == item.indicator_id
            if own or (row.indicator_id is None and row.team_id == item.indicator.team_id):
                found[item.pk].append({"on": row.on.isoformat(), "text": row.text})
    return found


def recalls_of(review: Review, indicator_ids: list[int]) -> dict[int, Snapshot]:
    """The last decision of an earlier meeting on each indicator, with what came of it."""
    earlier = (
        Decision.objects.filter(
            item__indicator__in=indicator_ids,
            item__review__team_id=review.team_id,
            item__review__scheduled_at__lt=review.scheduled_at,
        )
        .exclude(item__review=review)
        .select_related("item__review", "owner", "decided_by")
        .order_by("item__indicator_id", "-decided_at", "-pk")
        .distinct("item__indicator_id")
    )
    return {one.item.indicator_id: recall_snapshot(one) for one in earlier}


def recall_snapshot(decision: Decision) -> Snapshot:
    """What was decided last time, the value then, and what the clock found."""
    then = decision.item.frozen or {}
    return {
        **decision_of(decision),
        "review": decision.item.review.title,
        "value_then": then.get("value"),
        "outcome": decision.outcome,
        "outcome_word": decision.get_outcome_display() if decision.outcome else "",
        "outcome_detail": decision.outcome_detail,
    }
