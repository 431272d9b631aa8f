"""Corrections: what changed since a review was closed, said beside it and never inside it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from reviews.models import Decision, ReviewItem
from reviews.snapshots import Snapshot, as_number, number_format
from verdicts.models import Analysis, Verdict
from web.formats import written


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
        found[pk] = [
            *value_change(then, results.get(item.indicator_id), verdict),
            *definition_change(then, verdict),
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


def definition_change(found: Snapshot, verdict: Verdict | None) -> list[str]:
    """Whether the number is defined in another way now."""
    was, now = found["definition_version"], verdict.definition_version if verdict else None
    if was is None or now is None or was == now:
        return []
    return [f"The definition has changed since: version {was} then, {now} now."]


def checked_decisions(item_ids: list[int]) -> dict[int, list[str]]:
    """What the clock found of decisions that were made at each item."""
    found: dict[int, list[str]] = {}
    checked = Decision.objects.filter(item__in=item_ids, checked_at__isnull=False)
    for one in checked.exclude(outcome="").order_by("checked_at"):
        assert one.checked_at is not None
        words = f"Decision checked on {one.checked_at.day} {one.checked_at:%B %Y}"
        found.setdefault(one.item_id, []).append(f"{words}: {one.get_outcome_display().lower()}.")
    return found
