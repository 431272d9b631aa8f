"""The measurements of an indicator as a table: every value with its corrections, who and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from analysis.words import decimal_text
from indicators.models import Indicator
from measurements.models import Batch, Measurement, Superseded
from teams.models import User
from web.formats import NBSP, NumberFormat, exactly, plain, written
from web.wording import Lens

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierValue:
    """What was known before a correction or a withdrawal."""

    value: str
    who: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One measurement as it is known now, with what was known before, newest first."""

    at: str
    value: str
    parts: str
    note: str
    who: str
    recorded: str
    withdrawn: bool
    earlier: tuple[EarlierValue, ...]


@dataclass(frozen=True, slots=True)
class MeasurementPage:
    """A stretch of measurements, newest first."""

    rows: tuple[Recorded, ...]
    number: int
    has_next: bool


def measurement_page(
    indicator: Indicator, user: User, lens: Lens, *, number: int
) -> MeasurementPage:
    """The fifty measurements of a page with their history, in two queries."""
    start = (number - 1) * PAGE_ROWS
    found = list(current_of(indicator, user).order_by("-at")[start : start + PAGE_ROWS + 1])
    shown, has_next = found[:PAGE_ROWS], len(found) > PAGE_ROWS
    past = past_of(indicator, user)
    if number > 1 and shown:
        past = past.filter(at__lte=shown[0].at)
    if has_next:
        past = past.filter(at__gte=shown[-1].at)
    earlier: dict[datetime, list[Superseded]] = defaultdict(list)
    for row in past if shown or number == 1 else ():
        earlier[row.at].append(row)
    return MeasurementPage(tuple(merged(indicator, shown, earlier, lens)), number, has_next)


def current_of(indicator: Indicator, user: User) -> QuerySet[Measurement]:
    """What is known now, with who sent it."""
    mine = Measurement.objects.visible_to(user).filter(indicator=indicator)
    return mine.select_related("batch__actor")


def past_of(indicator: Indicator, user: User) -> QuerySet[Superseded]:
    """What was known before, with who changed it, newest knowledge first."""
    mine = Superseded.objects.visible_to(user).filter(indicator=indicator)
    return mine.select_related("superseded_by__actor", "batch__actor").order_by("-superseded_at")


def merged(
    indicator: Indicator,
    shown: Iterable[Measurement],
    earlier: dict[datetime, list[Superseded]],
    lens: Lens,
) -> Iterator[Recorded]:
    """Current rows and withdrawn ones together, newest first."""
    held = {row.at: row for row in shown}
    for at in sorted({*held, *earlier}, reverse=True):
        past = earlier.get(at, [])
        source = held.get(at) or past[0]
        batch = source.batch if isinstance(source, Measurement) else source.superseded_by
        moment = source.recorded_at if isinstance(source, Measurement) else source.superseded_at
        yield Recorded(
            at=instant_text(at, indicator, lens),
            value=value_text(source, indicator, lens),
            parts=ratio_parts(source, lens),
            note=source.note,
            who=sender(batch),
            recorded=lens.clock(moment),
            withdrawn=at not in held,
            earlier=tuple(as_earlier(row, indicator, lens) for row in past),
        )


def as_earlier(row: Superseded, indicator: Indicator, lens: Lens) -> EarlierValue:
    """What was known until somebody knew better."""
    return EarlierValue(
        value=value_text(row, indicator, lens),
        who=sender(row.superseded_by),
        until=lens.clock(row.superseded_at),
    )


def instant_text(at: datetime, indicator: Indicator, lens: Lens) -> str:
    """When a value holds, on the clocks of the indicator; midnight is the day itself."""
    zone = ZoneInfo(indicator.timezone) if indicator.timezone else lens.calendar.zone
    local = at.astimezone(zone)
    day = lens.day(local.date())
    return day if (local.hour, local.minute) == (0, 0) else f"{day}, {local:%H:%M}"


def value_text(row: Measurement | Superseded, indicator: Indicator, lens: Lens) -> str:
    """The value with every digit it was sent with; a ratio as its quotient."""
    fmt = NumberFormat.of(indicator, locale=lens.locale)
    if row.value is not None:
        return exactly(row.value, fmt)
    if row.numerator is None or not row.denominator:
        return "–"
    return written(row.numerator / row.denominator * indicator.factor, fmt, full=True)


def ratio_parts(row: Measurement | Superseded, lens: Lens) -> str:
    """Numerator and denominator of a ratio."""
    if row.denominator is None:
        return ""
    top = "–" if row.numerator is None else digits_text(row.numerator, lens)
    return f"{top}{NBSP}/{NBSP}{digits_text(row.denominator, lens)}"


def digits_text(value: Decimal, lens: Lens) -> str:
    """A number with the decimals it has."""
    return plain(value, len(decimal_text(value).partition(".")[2]), locale=lens.locale)


def sender(batch: Batch) -> str:
    """Who sent a value, through which door."""
    who = str(batch.actor) if batch.actor else ""
    return " · ".join(filter(None, (who, batch.get_door_display())))
