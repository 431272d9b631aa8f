"""Judging what is stale: claim, load, judge, record the verdict and the change of its word."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import DataError
from django.db.models import Prefetch

from analysis import periods, status, values
from analysis.judgement import judge
from analysis.spc import VARIATIONS
from analysis.statuses import LOOKS, SIGNAL_SEVERITY
from analysis.verdict import Verdict as Judgement
from analysis.verdict import plain
from indicators.definition import calendar_of, definition_of
from indicators.models import DefinitionVersion, Indicator, StaleMark, Target
from measurements.retries import transactional
from measurements.series import entries_of, series_from
from teams.models import Organisation
from verdicts import derived
from verdicts.models import Analysis, Rebase, Verdict, VerdictChange
from web import wake
from web.loops import isolated

logger = logging.getLogger(__name__)

BATCH = 200
SPARK = 26


@dataclass(frozen=True, slots=True)
class Judged:
    """One indicator with its judgement and when time alone may change it."""

    indicator: Indicator
    judgement: Judgement
    latest_at: datetime | None
    recheck_at: datetime
    previous: values.Previous | None = None
    guard: values.Guard | None = None


def judge_stale(now: datetime) -> int:
    """Judge all that is stale and not taken by others, in one pass; returns how many."""
    judged, after = 0, 0
    began = time.monotonic()
    while taken := StaleMark.objects.claim(BATCH, now=later(now, began), after=after):
        judged += judge_batch(taken, now=now)
        after = max(taken)
    return judged


def judge_waiting(indicator_ids: Iterable[int], *, now: datetime) -> None:
    """Judge those of these that are stale or due, whoever else has them, without the worker."""
    named = StaleMark.objects.filter(pk__in=list(indicator_ids))
    stale = list(named.stale_at(now).values_list("pk", flat=True))
    if taken := StaleMark.objects.take(stale, now=now):
        judge_batch(taken, now=now)


def later(now: datetime, began: float) -> datetime:
    """The time of a pass that began at `now`, so that leases do not age with it."""
    return now + timedelta(seconds=time.monotonic() - began)


@contextmanager
def collecting_later() -> Iterator[None]:
    """Put garbage collection off: a batch makes very many objects, and hardly a cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@collecting_later()
def judge_batch(taken: Mapping[int, int], *, now: datetime) -> int:
    """Judge claimed indicators, given with the marks they were claimed at, and what follows."""
    taken = derived.compute_downstream(taken, now=now)
    organisation = Organisation.current()
    entries = entries_of(list(taken))
    judged, failed = [], dict[int, str]()
    for indicator in to_judge(taken):
        with isolated(logger, "indicator %s cannot be judged", indicator.key) as attempt:
            before = previous_of(indicator.verdict, calendar_of(indicator, organisation))
            found = entries[indicator.pk]
            guard = guard_of(indicator)
            judged.append(
                judge_one(indicator, found, organisation, now=now, previous=before, guard=guard)
            )
        if attempt.problem:
            failed[indicator.pk] = str(attempt.problem)
    StaleMark.objects.fail(failed, now=now)
    return recorded(judged, taken, now=now)


def to_judge(indicator_ids: Iterable[int], *, as_of: datetime | None = None) -> Iterable[Indicator]:
    """The indicators with all that a judgement reads, in five queries.

    Targets, versions and restarts are those that were made by a time, where one is given.
    """
    held = Target.objects.judging() if as_of is None else Target.objects.judging_at(as_of)
    versions, rebases = DefinitionVersion.objects.all(), Rebase.objects.all()
    if as_of is not None:
        versions = versions.filter(made_at__lte=as_of)
        rebases = rebases.filter(made_at__lte=as_of)
    return (
        Indicator.objects.filter(pk__in=list(indicator_ids))
        .select_related("verdict", "guard__verdict")
        .prefetch_related(
            Prefetch("versions", versions),
            Prefetch("rebases", rebases),
            Prefetch("targets", held.prefetch_related("milestones"), to_attr="judging"),
        )
    )


def judge_one(
    indicator: Indicator,
    entries: Iterable[values.Entry],
    organisation: Organisation,
    *,
    now: datetime,
    previous: values.Previous | None = None,
    guard: values.Guard | None = None,
    rules: str = "nhs",
) -> Judged:
    """Load → judge, without writing anything; `previous` steadies the status, `guard` dims it."""
    calendar = calendar_of(indicator, organisation)
    series = series_from(indicator, entries, calendar, now=now)
    judging: list[Target] = indicator.judging  # type: ignore[attr-defined]  # by to_judge
    judgement = judge(
        series,
        definition_of(indicator, periods.local_day(now, calendar)),
        judging[0].as_value() if judging else None,
        now=now,
        guard=guard,
        previous=previous,
        rules=cast(Any, rules),
    )
    recheck = next_change(series, now=now)
    return Judged(indicator, judgement, series.latest_at, recheck, previous, guard)


def guard_of(indicator: Indicator) -> values.Guard | None:
    """What the paired indicator says, or None where there is none."""
    if indicator.guard is None:
        return None
    verdict = indicator.guard.verdict
    return values.Guard(
        status=cast(values.Status, verdict.status),
        signal=cast(values.Signal, verdict.signal),
        name=indicator.guard.name,
    )


def previous_of(verdict: Verdict, calendar: values.Calendar) -> values.Previous | None:
    """The verdict before, as far as it steadies the next one."""
    if verdict.computed_at is None:
        return None
    seen = verdict.measured_through
    return values.Previous(
        status=cast(values.Status, verdict.status),
        candidate=cast(values.Status, verdict.candidate or verdict.status),
        through=periods.local_day(seen, calendar) if seen else None,
    )


def next_change(series: values.Series, *, now: datetime) -> datetime:
    """When time alone may change the verdict: days begin where it lives, and values grow old."""
    tomorrow = periods.local_day(now, series.calendar) + timedelta(days=1)
    moments = (periods.midnight(tomorrow, series.calendar), *status.turning_points(series))
    return min(moment for moment in moments if moment > now)


def recorded(judged: Sequence[Judged], taken: Mapping[int, int], *, now: datetime) -> int:
    """Write what was judged, together or, where the database refuses one of them, one by one."""
    try:
        record_judged(judged, taken, now=now)
    except DataError:
        if len(judged) > 1:
            return sum(recorded([one], taken, now=now) for one in judged)
        for one in judged:
            logger.exception("the verdict of %s cannot be kept", one.indicator.key)
            StaleMark.objects.fail({one.indicator.pk: "The database refuses the verdict."}, now=now)
        return 0
    return len(judged)


@transactional
def record_judged(judged: Iterable[Judged], taken: Mapping[int, int], *, now: datetime) -> None:
    """Write verdicts, analyses and changes of the word; settle what was not marked again since.

    A newer judgement is never overwritten by an older one: the marks are compared under lock.
    What these guard is locked with them, in one order, because it may have to be judged again.
    """
    rows = Indicator.objects.filter(guard__in=list(taken))
    guarded = list(rows.values_list("guard__pk", "pk"))
    marks = StaleMark.objects.locked({*taken, *(pk for _, pk in guarded)})
    newer = [one for one in judged if marks[one.indicator.pk].judged <= taken[one.indicator.pk]]
    current = Verdict.objects.in_bulk([one.indicator.pk for one in newer])
    changes = [change for one in newer if (change := word_change(one, current, now=now))]
    for one in newer:
        fill_verdict(current[one.indicator.pk], one, now=now)
        mark = marks[one.indicator.pk]
        mark.settle(taken[mark.pk], recheck_at=one.recheck_at)
    write_verdicts([current[one.indicator.pk] for one in newer], newer, now=now)
    StaleMark.objects.bulk_update([marks[one.indicator.pk] for one in newer], SETTLED)
    VerdictChange.objects.bulk_create(changes)
    changed = {change.indicator_id for change in changes}
    if StaleMark.objects.set_for([pk for guard_id, pk in guarded if guard_id in changed], now):
        wake.wake_worker_on_commit()


def word_change(
    one: Judged, current: Mapping[int, Verdict], *, now: datetime
) -> VerdictChange | None:
    """The event where the word of an active indicator changed or an alert is new, else None."""
    row, found = current[one.indicator.pk], one.judgement
    alert = new_alert(row, found)
    same = (row.status, row.signal) == (found.status, found.signal)
    if not one.indicator.is_active or (same and not alert):
        return None
    known = row.computed_at is not None
    return VerdictChange(
        indicator=one.indicator,
        at=now,
        period=found.period,
        from_status=row.status if known else "",
        to_status=found.status,
        from_signal=row.signal if known else "",
        to_signal=found.signal,
        alert=alert,
        reason=found.reason[:300],
    )


def new_alert(row: Verdict, found: Judgement) -> str:
    """What a calibrated alert on the newest finished period says, if it was not told before.

    The first judgement of an indicator tells nothing: its past is no news. Neither is a move that
    stays inside a good range.
    """
    newest = next((p for p in reversed(found.points) if p.point_type is not None), None)
    alert = found.alerts[-1] if found.alerts else None
    if row.computed_at is None or newest is None or alert is None or alert.period != newest.period:
        return ""
    if row.alert_on is not None and row.alert_on >= alert.period:
        return ""
    return VARIATIONS[alert.kind] if alert.kind in ("improvement", "concern") else ""


def fill_verdict(row: Verdict, one: Judged, *, now: datetime) -> None:
    """Put the judgement into the tile's row."""
    found = one.judgement
    points = found.points[-SPARK:]
    row.status, row.signal, row.candidate = found.status, found.signal, found.candidate
    row.needs_talk = found.needs_talk
    row.severity = LOOKS[found.status].severity + SIGNAL_SEVERITY[found.signal]
    row.reason, row.note = found.reason[:300], found.question[:300]
    row.period, row.value, row.previous = found.period, found.value, found.previous
    row.expected = found.expected
    row.spark_starts = [point.period for point in points]
    row.spark_values = [None if p.value is None else float(p.value) for p in points]
    row.spark_provisional = bool(points) and points[-1].provisional
    row.measured_through = one.latest_at
    row.definition_version = found.definition_version
    row.target_version = found.target_version
    row.alert_on = found.alerts[-1].period if found.alerts else None
    row.computed_at = now


WRITTEN = [
    field.name
    for field in Verdict._meta.concrete_fields  # noqa: SLF001  # the documented API
    if field.name != "indicator"
]
SETTLED = ["judged", "recheck_at", "since", "leased_until", "failures", "problem"]


def write_verdicts(rows: list[Verdict], judged: list[Judged], *, now: datetime) -> None:
    """Both tables in one statement each."""
    Verdict.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["indicator"], update_fields=WRITTEN
    )
    Analysis.objects.bulk_create(
        [
            Analysis(
                indicator=one.indicator,
                result=result_of(one),
                steadied_by=steadied_by(one),
                computed_at=now,
            )
            for one in judged
        ],
        update_conflicts=True,
        unique_fields=["indicator"],
        update_fields=["result", "steadied_by", "computed_at"],
    )


def result_of(one: Judged) -> dict[str, Any]:
    """The analysis as it is stored and served, without what is known only when it is asked for."""
    return {"indicator": one.indicator.key, **one.judgement.as_dict()}


def steadied_by(one: Judged) -> dict[str, Any]:
    """What the judgement read of other verdicts, so that it can be repeated."""
    return {
        "previous": plain(asdict(one.previous)) if one.previous else None,
        "guard": plain(asdict(one.guard)) if one.guard else None,
    }
