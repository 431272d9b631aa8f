"""New process limits: a person accepts a shift with a note, or takes that back."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max, Min
from django.http import Http404
from django.shortcuts import get_object_or_404

from analysis import periods
from analysis.values import Calendar, Grain
from indicators.author import Author
from indicators.defining import judge_again
from indicators.definition import calendar_of
from indicators.models import Indicator
from teams.models import Organisation
from verdicts.models import Rebase

TWICE = "New limits start there already."


def accept_rebase(
    indicator: Indicator, on: date, note: str, *, author: Author, now: datetime
) -> Rebase:
    """Start the limits anew in the period that `on` lies in; asks for a new judgement.

    Raises ValidationError for a day before or after what was measured, a note without words, and
    where limits start anew already.
    """
    calendar = calendar_of(indicator, Organisation.current())
    first = periods.start_of(on, _grain(indicator), calendar)
    _refuse_impossible(indicator, first, note, calendar)
    made = Rebase(indicator=indicator, on=first, note=note.strip(), made_by=author.user)
    made.made_at = now
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            judge_again(indicator, now=now)
            author.note_on(indicator, "limits.rebased", on=first, note=made.note)
    except IntegrityError as problem:
        raise ValidationError({"on": ValidationError(TWICE, code="taken")}) from problem
    return made


@transaction.atomic
def withdraw_rebase(rebase: Rebase, *, author: Author, now: datetime) -> None:
    """Take new limits back: those before hold on; asks for a new judgement."""
    indicator = rebase.indicator
    author.note_on(indicator, "limits.rebase_withdrawn", on=rebase.on, note=rebase.note)
    rebase.delete()
    judge_again(indicator, now=now)


def _refuse_impossible(indicator: Indicator, first: date, note: str, calendar: Calendar) -> None:
    if not note.strip():
        raise ValidationError({"note": ValidationError("Write what has changed.", code="required")})
    seen = indicator.measurements.aggregate(first=Min("at"), last=Max("at"))
    starts = [
        periods.start_of(at, _grain(indicator), calendar) for at in seen.values() if at is not None
    ]
    if not starts or not starts[0] < first <= starts[1]:
        words = "Choose a period after the first measured one and not after the last."
        raise ValidationError({"on": ValidationError(words, code="outside")})


def _grain(indicator: Indicator) -> Grain:
    return cast(Grain, indicator.period)


def find_rebase(indicator: Indicator, on: str) -> Rebase:
    """The restart of the limits on a day, as an address names it; 404 where there is none."""
    try:
        day = date.fromisoformat(on)
    except ValueError as problem:
        raise Http404 from problem
    return get_object_or_404(indicator.rebases, on=day)
