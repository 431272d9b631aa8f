"""Keeping derived values up to date: what follows from what changed, each once, in order."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from django.db import connection, transaction

from analysis import values
from analysis.derivation import Computed, Input, Recipe, carried_over, compute
from indicators import lineage
from indicators.definition import calendar_of
from indicators.deriving import is_too_coarse, recipe_of
from indicators.models import Indicator, StaleMark
from measurements.retries import transactional
from measurements.row import Row
from measurements.series import entries_of, series_from
from teams.models import Organisation
from verdicts import computed
from web.loops import isolated

logger = logging.getLogger(__name__)


def follow(taken: Mapping[int, int], *, now: datetime) -> dict[int, int]:
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
        marks |= attempt(made[key][0], now=now)
    return marks


def attempt(indicator_id: int, *, now: datetime) -> dict[int, int]:
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
    rows = [row_of(indicator, one) for one in values_of(indicator, now=now)]
    report = computed.replace(indicator, rows, now=now)
    if not report.changed_indicator_ids:
        return {}
    StaleMark.objects.set_for([indicator_id], now)
    return StaleMark.objects.take([indicator_id], now=now)


def values_of(indicator: Indicator, *, now: datetime) -> list[Computed]:
    """What its recipe gives for every period; nothing where an input is missing or too coarse."""
    recipe = recipe_of(indicator)
    inputs = inputs_of(indicator, recipe, now=now)
    return compute(recipe, inputs, now=now)


def inputs_of(indicator: Indicator, recipe: Recipe, *, now: datetime) -> dict[str, Input]:
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


def row_of(indicator: Indicator, one: Computed) -> Row:
    """A computed value on its way to the ingestion core, stamped with its period's first day."""
    return Row(
        index=0,
        indicator=indicator.key,
        at=one.period.isoformat(),
        value=one.value,
        numerator=one.numerator,
        denominator=one.denominator,
    )
