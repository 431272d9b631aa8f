"""Targets of the demo: the words of `shop.toml` turned into dates and values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from indicators.models import Indicator, Milestone, Target
from kpitrack.demo.nhs import moved
from kpitrack.demo.synthetic import Made

DATES = ("starts_on", "due_on", "baseline_on")
NUMBERS = ("value", "upper", "baseline", "growth", "tolerance")
PREVIOUS = re.compile(r"previous:(\d+)(?:\*([\d.]+))?")
MONTHS = re.compile(r"([+-]\d+)m")


def set_target(
    indicator: Indicator, given: Mapping[str, Any], made: Sequence[Made], today: date
) -> Target:
    """Save the target with its milestones."""
    fields: dict[str, Any] = {k: v for k, v in given.items() if k != "quarters"}
    for name in DATES:
        if name in fields:
            fields[name] = day(fields[name], today)
    for name in NUMBERS:
        if name in fields:
            fields[name] = number(fields[name], made, indicator.decimals)
    target = Target(indicator=indicator, **fields).start(indicator)
    ends = [date(today.year, month, 1) - timedelta(days=1) for month in (4, 7, 10)]
    Milestone.objects.bulk_create(
        Milestone(target=target, on=on, value=Decimal(value))
        for on, value in zip(
            [*ends, date(today.year, 12, 31)], given.get("quarters", []), strict=False
        )
    )
    return target


def day(word: str, today: date) -> date:
    """A day counted from today: `year-end`, `quarter-start`, `-6m` (first of a month).

    >>> day("quarter-end", date(2026, 11, 21)), day("+3m", date(2026, 11, 21))
    (datetime.date(2026, 12, 31), datetime.date(2027, 2, 1))
    """
    if found := MONTHS.fullmatch(word):
        return moved(today.replace(day=1), int(found[1]))
    quarter = moved(date(today.year, 1, 1), (today.month - 1) // 3 * 3)
    return {
        "year-start": date(today.year, 1, 1),
        "year-end": date(today.year, 12, 31),
        "quarter-start": quarter,
        "quarter-end": moved(quarter, 3) - timedelta(days=1),
    }[word]


def number(word: str, made: Sequence[Made], decimals: int) -> Decimal:
    """A number, or that of a period before the newest, perhaps times something."""
    found = PREVIOUS.fullmatch(word)
    if found is None:
        return Decimal(word)
    value = made[-int(found[1])].value
    assert value is not None, "only values, not ratios, are referred to"
    places = Decimal(1).scaleb(-decimals)
    return (value * Decimal(found[2] or 1)).quantize(places, ROUND_HALF_UP)
