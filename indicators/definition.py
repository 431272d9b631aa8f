"""The definition of an indicator as the analysis takes it, now or as it was at a time."""

from __future__ import annotations

from copy import copy
from datetime import date, datetime
from decimal import Decimal

from analysis import values
from indicators.models import Indicator
from teams.models import Organisation


def calendar_of(indicator: Indicator, organisation: Organisation) -> values.Calendar:
    """Return the calendar by which the indicator's periods are counted."""
    return indicator.calendar(organisation)


def defined_at(indicator: Indicator, moment: datetime) -> Indicator:
    """The indicator as it was defined at a time: a copy to read, which is never saved.

    Before its first version it is what it is now: nobody had said anything else.
    """
    made = indicator.versions.filter(made_at__lte=moment).order_by("-number").first()
    if made is None or made.number == indicator.definition_version:
        return indicator
    found = copy(indicator)
    for name, value in made.fields.items():
        setattr(found, name, Decimal(value) if name == "factor" else value)
    found.definition_version = made.number
    return found


def definition_of(indicator: Indicator, today: date) -> values.Definition:
    """The definition, with the days on which a version or a person restarted limits.

    The version in force on `today` says from when on values mean the same: a later one has not
    begun. Reads `versions` and `rebases`, so prefetch them where there are many.
    """
    versions = [v.effective_on for v in indicator.versions.all() if v.effective_on]
    return indicator.as_definition(
        [*versions, *(r.on for r in indicator.rebases.all())],
        effective_on=max((day for day in versions if day <= today), default=None),
    )
