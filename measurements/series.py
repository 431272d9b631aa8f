"""From rows to the values that the analysis judges: calendars, definitions, targets, series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, cast

from django.db import models

from analysis import values
from analysis.rollup import roll_up
from indicators.definition import calendar_of
from indicators.models import Indicator
from measurements.models import Measurement, Superseded
from teams.models import Organisation

COLUMNS = ("indicator_id", "at", "value", "numerator", "denominator")


def entries_of(
    indicator_ids: Collection[int], *, as_of: datetime | None = None
) -> dict[int, list[values.Entry]]:
    """The measurements of each indicator in the order of time, as known now or at `as_of`."""
    found: dict[int, list[values.Entry]] = defaultdict(list)
    for row in known_rows(indicator_ids, as_of=as_of):
        found[row[0]].append(values.Entry(*row[1:]))
    return found


def known_rows(
    indicator_ids: Collection[int], *, as_of: datetime | None
) -> Iterable[tuple[Any, ...]]:
    """Rows of (indicator, at, value, numerator, denominator) as known now or at `as_of`."""
    current = Measurement.objects.filter(indicator_id__in=indicator_ids)
    if as_of is None:
        return current.order_by("indicator_id", "at").values_list(*COLUMNS).iterator(5000)
    past: models.QuerySet[Superseded, Any] = Superseded.objects.filter(
        indicator_id__in=indicator_ids, recorded_at__lte=as_of, superseded_at__gt=as_of
    ).values_list(*COLUMNS)
    still = current.filter(recorded_at__lte=as_of).values_list(*COLUMNS)
    # What is corrected between the two queries is in both, with what was known then.
    known = {row[:2]: row for row in (*still, *past)}
    return [known[place] for place in sorted(known)]


def series_from(
    indicator: Indicator,
    entries: Iterable[values.Entry],
    calendar: values.Calendar,
    *,
    now: datetime,
    grain: str | None = None,
) -> values.Series:
    """The entries rolled up into the indicator's periods, or into another grain."""
    return roll_up(
        entries,
        grain=cast(values.Grain, grain or indicator.period),
        rule=cast(values.Rule, indicator.rollup),
        factor=indicator.factor,
        calendar=calendar,
        now=now,
        entry_grain=cast("values.Grain | None", indicator.entry_period or None),
    )


def series_of(
    indicator: Indicator,
    *,
    now: datetime,
    as_of: datetime | None = None,
    grain: str | None = None,
) -> values.Series:
    """The series of one indicator as it looks at `now`, from what was known at `as_of`."""
    calendar = calendar_of(indicator, Organisation.current())
    entries = entries_of([indicator.pk], as_of=as_of)[indicator.pk]
    return series_from(indicator, entries, calendar, now=as_of or now, grain=grain)
