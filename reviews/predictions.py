"""Predictions: the clock finds out whether a decision did what it was to do."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analysis import periods
from analysis.verdict import plain
from indicators.models import Indicator
from measurements.series import series_of
from reviews.models import Decision
from teams.models import Organisation
from web.loops import isolated

if TYPE_CHECKING:
    from analysis.arrays import Floats
    from analysis.values import Series

log = logging.getLogger(__name__)

OUTCOMES = {outcome.label.lower(): outcome for outcome in Decision.Outcome}


def check_due(now: datetime) -> int:
    """Check every prediction whose day has come; returns how many were looked at.

    What was too early to say is looked at again when the indicator has been judged since.
    """
    today = now.astimezone(ZoneInfo(Organisation.current().timezone)).date()
    due = (
        Decision.objects.predicting()
        .filter(check_on__lte=today)
        .select_related("item__indicator__verdict")
    )
    checked = 0
    for decision in due.select_related("item__indicator__verdict").order_by("pk"):
        judged_at = decision.item.indicator.verdict.computed_at
        if decision.checked_at and (judged_at is None or judged_at <= decision.checked_at):
            continue
        with isolated(log, "decision %s not checked", decision.pk):
            checked += check_one(decision, now)
    return checked


def check_one(decision: Decision, now: datetime) -> bool:
    """Compare before and after, and note the outcome; False when somebody else was faster."""
    from analysis import decisions

    assert decision.expected_effect is not None
    series = series_of(decision.item.indicator, now=now).final
    before, after = around(series, decision.decided_at)
    season = periods.SEASONS[series.grain]
    found = decisions.check(before, after, float(decision.expected_effect), season=season)
    still = Decision.objects.predicting().filter(pk=decision.pk, checked_at=decision.checked_at)
    return bool(
        still.update(
            outcome=OUTCOMES[found.word], outcome_detail=plain(asdict(found)), checked_at=now
        )
    )


def around(series: Series, decided_at: datetime) -> tuple[Floats, Floats]:
    """The values before the decision and from its period on.

    The period in which it was made belongs to neither side, so it is empty unless it began with it.
    """
    import numpy as np

    values, own = series.floats(), periods.start_of(decided_at, series.grain, series.calendar)
    place = sum(period < own for period in series.periods)
    after = np.array(values[place:])
    is_mixed = periods.local_day(decided_at, series.calendar) != own
    if is_mixed and after.size and series.periods[place] == own:
        after[0] = np.nan
    return values[:place], after


def patience(indicator: Indicator, size: Decimal, now: datetime) -> int | None:
    """How many periods it takes until an effect of this size can be told from noise.

    None where the noise is not known yet, or where no reasonable number does.
    """
    from analysis import decisions

    series = series_of(indicator, now=now).final
    season = periods.SEASONS[series.grain]
    return decisions.periods_needed(series.floats(), float(size), season=season)
