"""Derived values kept up to date: what follows from what changed, each once, in order.

They are measurements like all others, with their history; only what differs is written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import connection, transaction

from analysis import values
from analysis.derivation import Computed, Input, Recipe, carried_over, compute
from indicators import lineage
from indicators.definition import calendar_of
from indicators.deriving import is_too_coarse, recipe_of
from indicators.models import Indicator, StaleMark
from measurements import storage
from measurements.intake import Intake
from measurements.models import Batch, Measurement
from measurements.moments import Clock
from measurements.retries import transactional
from measurements.row import Accepted, Parts, Refusal, Report, Row, Sender
from measurements.series import entries_of, series_from
from teams.models import Organisation
from web.loops import isolated

logger = logging.getLogger(__name__)


def compute_downstream(taken: Mapping[int, int], *, now: datetime) -> dict[int, int]:
    """Compute what is made of these claimed indicators, and those of them that are computed.

    Each once, after all of its inputs. Returns the marks of all that is to be judged: those given,
    and what has changed, which is claimed with them. Where nothing is derived it is one query.
    """
    made = lineage.computed_keys()
    marks = dict(taken)
    if not made:
        return marks
    made_of = {key: inputs for key, (_, inputs) in made.items()}
    keys = Indicator.objects.filter(pk__in=taken).values_list("key", flat=True)
    for key in lineage.inputs_first(lineage.downstream(set(keys), made_of), made_of):
        marks |= try_to_compute(made[key][0], now=now)
    return marks


def try_to_compute(indicator_id: int, *, now: datetime) -> dict[int, int]:
    """Bring one up to date; one that cannot be computed stays stale and is tried again later."""
    marks: dict[int, int] = {}
    with isolated(logger, "indicator %s cannot be computed", indicator_id) as tried:
        marks = bring_up_to_date(indicator_id, now=now)
    if tried.problem is not None:
        with transaction.atomic():
            StaleMark.objects.set_for([indicator_id], now)
            StaleMark.objects.fail({indicator_id: str(tried.problem)}, now=now)
    return marks


@transactional
def bring_up_to_date(indicator_id: int, *, now: datetime) -> dict[int, int]:
    """Compute all values of one from what is known now, and store those that differ.

    Returns its new mark, taken for the caller to judge, or nothing where nothing has changed. Who
    computes the same one waits here, so that nobody overwrites it from older inputs.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"derive {indicator_id}"]
        )
    indicator = Indicator.objects.active().derived().filter(pk=indicator_id).first()
    if indicator is None:
        return {}
    recipe = recipe_of(indicator)
    found = compute(recipe, rolled_up_inputs(indicator, recipe, now=now), now=now)
    report = replace_computed(indicator, [computed_row(indicator, one) for one in found], now=now)
    if not report.changed_indicator_ids:
        return {}
    StaleMark.objects.set_for([indicator_id], now)
    return StaleMark.objects.take([indicator_id], now=now)


def rolled_up_inputs(indicator: Indicator, recipe: Recipe, *, now: datetime) -> dict[str, Input]:
    """Each input rolled up by its own rule into the periods and the calendar of the indicator."""
    organisation = Organisation.current()
    calendar = calendar_of(indicator, organisation)
    rows = list(Indicator.objects.filter(key__in=recipe.inputs))
    entries = entries_of([row.pk for row in rows])
    found = {}
    for row in rows:
        if is_too_coarse(row, indicator.period):
            continue  # its definition has changed since; the page says so
        own = calendar_of(row, organisation)
        moved = carried_over(entries[row.pk], own, calendar)
        series = series_from(row, moved, calendar, now=now, grain=indicator.period)
        found[row.key] = Input(series, cast(values.Rule, row.rollup))
    return found


def computed_row(indicator: Indicator, one: Computed) -> Row:
    """A computed value as a row of a delivery, stamped with its period's first day."""
    return Row(
        index=0,
        indicator=indicator.key,
        at=one.period.isoformat(),
        value=one.value,
        numerator=one.numerator,
        denominator=one.denominator,
    )


@dataclass(frozen=True, slots=True)
class Held:
    """A measurement as it stands, and whether it was computed."""

    parts: Parts
    is_computed: bool


def replace_computed(indicator: Indicator, rows: Sequence[Row], *, now: datetime) -> Report:
    """Let these rows be all that is computed of the indicator, in the transaction of the caller.

    What is no longer computed is withdrawn. What people entered before the first computed period
    stays: it is from the time before the indicator was computed. Rows outside the indicator's
    limits are refused and leave a gap. Nothing differs: nothing is written, not even a batch.
    """
    report = Report(received=len(rows))
    wanted = acceptable_rows(indicator, rows, report, now)
    stored_rows: Any = Measurement.objects.filter(indicator=indicator).values_list(
        "at", "value", "numerator", "denominator", "batch__door"
    )
    held = {row[0]: Held(row[1:4], row[4] == Batch.Door.DERIVED) for row in stored_rows}
    news = [row for at, row in wanted.items() if at not in held or row.parts != held[at].parts]
    first = min(wanted, default=None)
    gone = [
        at
        for at, one in held.items()
        if at not in wanted and (one.is_computed or (first is not None and at >= first))
    ]
    report.unchanged = len(wanted) - len(news)
    if not news and not gone:
        return report
    report.batch_id = storage.next_batch_id()
    stored = storage.store(news, batch_id=report.batch_id, now=now)
    if gone:
        storage.withdraw(indicator.pk, gone, batch_id=report.batch_id, now=now)
    report.created, report.updated = stored.created, stored.corrected + len(gone)
    report.changed_indicator_ids = [indicator.pk]
    sender = Sender(actor=None, door=Batch.Door.DERIVED, label=indicator.key)
    storage.record(report, sender, now=now)
    return report


def acceptable_rows(
    indicator: Indicator, rows: Iterable[Row], report: Report, now: datetime
) -> Mapping[datetime, Accepted]:
    """The rows that the indicator accepts, by their time; the others are reported and logged."""
    # Read from the row and not from what is remembered: the definition may have just changed.
    intake = Intake(*(getattr(indicator, name) for name in Intake.__slots__))
    clock = Clock(now)
    results = [intake.accept(row, clock) for row in rows]
    refused = [result for result in results if isinstance(result, Refusal)]
    if refused:
        report.refuse(refused)
        words = f"{indicator.key}: {len(refused)} values refused, the first: {refused[0].detail}"
        logger.info("%s", words)
    return {result.at: result for result in results if isinstance(result, Accepted)}
