"""Take snapshots of agenda items, frozen when a review closes, and tell what changed since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django.db.models import Prefetch, Q

from analysis import periods
from analysis.values import Grain
from indicators.aims import aim_words
from indicators.definition import calendar_of
from indicators.models import Annotation, Indicator, Milestone, Target
from reviews.models import Decision, Review, ReviewItem
from teams.models import Organisation
from verdicts.models import Analysis, Verdict
from web.formats import NumberFormat, written
from web.wording import as_date

Snapshot = dict[str, Any]

VERSION = 1
# A meeting looks at the recent past: five years of months, two months of days.
POINTS = 60
# the fields of a target that are frozen
FORMAT = ("unit", "unit_label", "decimals", "display_scale")
NUMBERS = ("value", "upper", "baseline", "growth", "tolerance")
DAYS = ("baseline_on", "starts_on", "due_on")
WORDS = ("kind", "comparator", "strict", "tolerance_kind", "path", "rationale", "version")


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
        item.pk: as_document(
            snapshot(item, organisation, now)
            | {"notes": notes[item.pk], "recall": recalls.get(item.indicator_id)}
        )
        for item in loaded
    }


def as_document(found: Snapshot) -> Snapshot:
    """Turn days and instants into ISO texts, and decimals into texts that keep every digit."""
    document: Snapshot = json.loads(
        json.dumps(found, default=lambda v: v.isoformat() if isinstance(v, date) else str(v))
    )
    return document


def snapshot(item: ReviewItem, organisation: Organisation, now: datetime) -> Snapshot:
    """One item without what spans several: indicator, verdict, analysis, words, decisions."""
    indicator, verdict = item.indicator, item.indicator.verdict
    calendar, grain = calendar_of(indicator, organisation), cast(Grain, indicator.period)
    on = verdict.period
    return {
        "version": VERSION,
        "taken_at": now,
        "key": indicator.key,
        "name": indicator.name,
        "description": indicator.description,
        "team": indicator.team.name,
        "owner": str(indicator.owner or ""),
        "direction": indicator.direction,
        "grain": indicator.period,
        "timezone": indicator.timezone,
        "format": {
            **{name: getattr(indicator, name) for name in FORMAT},
            "factor": indicator.factor,
            "locale": organisation.locale,
        },
        "status": verdict.status,
        "status_word": verdict.get_status_display(),
        "signal": verdict.signal,
        "signal_word": verdict.get_signal_display(),
        "reason": verdict.reason,
        "note": verdict.note,
        "period": on or "",
        "period_name": periods.label(on, grain, calendar) if on else "",
        "value": verdict.value,
        "previous": verdict.previous,
        "expected": verdict.expected,
        "spark_values": verdict.spark_values,
        "spark_provisional": verdict.spark_provisional,
        "definition_version": verdict.definition_version,
        "target_version": verdict.target_version,
        "measured_through": verdict.measured_through,
        "computed_at": verdict.computed_at,
        "target": snapshot_target(indicator, organisation),
        "analysis": excerpt(indicator),
        "agenda": {"group": item.group, "reason": item.reason, "position": item.position},
        "commentary": item.commentary,
        "commented_by": str(item.commented_by or ""),
        "commented_at": item.commented_at or "",
        "decisions": [decision_of(decision) for decision in item.decisions.all()],
    }


def as_number(text: str | None) -> Decimal | None:
    """Read a decimal of a snapshot."""
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
        "words": aim_words(target, fmt, indicator.period),
        **{name: getattr(target, name) for name in (*WORDS, *NUMBERS, *DAYS)},
        "milestones": [[m.on, m.value] for m in target.milestones.all()],
    }


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
        "owner": str(decision.owner or ""),
        "decided_by": str(decision.decided_by or ""),
        "decided_at": decision.decided_at,
        "expected_effect": decision.expected_effect,
        "check_on": decision.check_on,
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
                found[item.pk].append({"on": row.on, "text": row.text})
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


def changed_since(items: Iterable[ReviewItem]) -> dict[int, list[str]]:
    """A sentence for each thing that is known differently now, by the id of the frozen item."""
    frozen = {item.pk: item for item in items if item.frozen}
    ids = [item.indicator_id for item in frozen.values()]
    results = dict(Analysis.objects.filter(pk__in=ids).values_list("pk", "result"))
    verdicts = Verdict.objects.in_bulk(ids)
    checked = checked_decisions(list(frozen))
    found: dict[int, list[str]] = {}
    for pk, item in frozen.items():
        then, verdict = item.frozen or {}, verdicts.get(item.indicator_id)
        was, now = then.get("definition_version"), verdict and verdict.definition_version
        redefined = f"The definition has changed since: version {was} then, {now} now."
        is_redefined = was is not None and now is not None and was != now
        found[pk] = [
            *value_change(then, results.get(item.indicator_id), verdict),
            *([redefined] if is_redefined else []),
            *checked.get(pk, []),
        ]
    return found


def value_change(found: Snapshot, result: Snapshot | None, verdict: Verdict | None) -> list[str]:
    """Whether the value of the period that was shown then is another one now."""
    was, period = as_number(found["value"]), found["period"]
    if not period or verdict is None or result is None:
        return []
    now = value_in(period, result, verdict)
    if is_same(was, now):
        return []
    fmt = number_format(found)
    name, before = found["period_name"], written(was, fmt, full=True)
    if now is None:
        return [f"{name} was {before}; the value has been withdrawn since."]
    return [f"{name} was {before}; corrected since to {written(now, fmt, full=True)}."]


def value_in(period: str, result: Snapshot, verdict: Verdict) -> Decimal | None:
    """The value of a period as known now: exactly where it is the judged one."""
    if verdict.period is not None and verdict.period.isoformat() == period:
        return verdict.value
    point = next((one for one in result.get("points", []) if one["period"] == period), None)
    if point is None:
        return None
    value = point["value"] if point.get("total") is None else point["total"]
    return None if value is None else Decimal(str(value))


def is_same(was: Decimal | None, now: Decimal | None) -> bool:
    """Whether two values are one; points of an analysis are kept as doubles."""
    if was is None or now is None:
        return was is now
    return was == now or float(was) == float(now)


def checked_decisions(item_ids: list[int]) -> dict[int, list[str]]:
    """What the clock found of decisions that were made at each item."""
    found: dict[int, list[str]] = {}
    checked = Decision.objects.filter(item__in=item_ids, checked_at__isnull=False)
    for one in checked.exclude(outcome="").order_by("checked_at"):
        assert one.checked_at is not None
        words = f"Decision checked on {one.checked_at.day} {one.checked_at:%B %Y}"
        found.setdefault(one.item_id, []).append(f"{words}: {one.get_outcome_display().lower()}.")
    return found


def indicator_of(found: Snapshot) -> Indicator:
    """Rebuild the indicator as far as charts and words need it; it is never saved."""
    return Indicator(
        key=found["key"],
        name=found["name"],
        direction=found["direction"],
        period=found["grain"],
        timezone=found["timezone"],
        **{name: found["format"][name] for name in FORMAT},
        factor=Decimal(found["format"]["factor"]),
    )


def frozen_target(found: Snapshot, indicator: Indicator) -> Target | None:
    """The target that gave the status, with its milestones, or None."""
    kept = found["target"]
    if kept is None:
        return None
    target = Target(
        pk=-1,  # related rows are asked for by id; these are given below instead
        indicator=indicator,
        **{name: kept[name] for name in WORDS},
        **{name: as_number(kept[name]) for name in NUMBERS},
        **{name: as_date(kept[name]) for name in DAYS},
    )
    steps = [(date.fromisoformat(on), Decimal(value)) for on, value in kept["milestones"]]
    cache = {"milestones": [Milestone(on=on, value=value) for on, value in steps]}
    target._prefetched_objects_cache = cache  # type: ignore[attr-defined]  # noqa: SLF001
    return target
