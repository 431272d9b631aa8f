"""The expected result of each of the first rows of a file, without storing anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

from django.db.models import Q

from measurements.files import taking
from measurements.files.bringing import known_for, source_of
from measurements.files.reading import Reading
from measurements.intake import examine, intakes_for, rules_of
from measurements.models import Measurement, Upload
from measurements.moments import Clock
from measurements.row import Accepted, Parts, Refusal, Row, RowResult
from teams.models import User

SHOWN = 20
REPEATED = "Another row of this file has another value for the same indicator and time."

Stored = dict[tuple[int, datetime], Measurement]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseenRow:
    """One row of the file and its expected result."""

    line: int
    indicator: str
    at: str
    value: str
    result: RowResult
    former: str = ""  # the value that it corrects
    words: str = ""  # why it is refused


def first_rows(upload: Upload, *, now: datetime) -> list[ForeseenRow]:
    """The first `SHOWN` rows of a file, each compared with what is stored now."""
    reading = Reading.from_json(upload.reading)
    known = known_for(upload.user)
    found = taking.rows_of_file(source_of(upload), reading, known=known)
    names = {one.key: str(one) for one in known}
    return list(foreseen(list(islice(found, SHOWN)), names, upload.user, now=now))


def foreseen(
    rows: Sequence[Row], names: dict[str, str], user: User, *, now: datetime
) -> Iterator[ForeseenRow]:
    """The expected result of each row; a later row sees the effect of an earlier one."""
    intakes = intakes_for({row.indicator for row in rows}, user)
    rules, clock = rules_of(intakes, derived=False), Clock(now)
    results = [examine(row, rules, clock) for row in rows]
    stored = stored_for([one for one in results if isinstance(one, Accepted)], user)
    taken: dict[tuple[int, datetime], Parts] = {}
    for row, result in zip(rows, results, strict=True):
        expected, former, words = fate_of(result, stored, taken)
        yield ForeseenRow(
            line=row.index + 1,
            indicator=names.get(row.indicator, row.indicator),
            at=row.at if isinstance(row.at, str) else row.at.isoformat(),
            value=exact_amount(row.value, row.numerator, row.denominator),
            result=expected,
            former=former,
            words=words,
        )


def fate_of(
    result: Accepted | Refusal, stored: Stored, taken: dict[tuple[int, datetime], Parts]
) -> tuple[RowResult, str, str]:
    """The expected result of a row, the value that it corrects, and why it is refused."""
    if isinstance(result, Refusal):
        return RowResult.REFUSED, "", result.detail
    place, parts = (result.indicator_id, result.at), result.parts
    earlier = taken.setdefault(place, parts)
    if earlier is not parts:
        same = earlier == parts
        return (RowResult.UNCHANGED, "", "") if same else (RowResult.REFUSED, "", REPEATED)
    held = stored.get(place)
    if held is None:
        return RowResult.CREATED, "", ""
    if (held.value, held.numerator, held.denominator) == parts and result.note in ("", held.note):
        return RowResult.UNCHANGED, "", ""
    return RowResult.CORRECTED, exact_amount(held.value, held.numerator, held.denominator), ""


def stored_for(accepted: Sequence[Accepted], user: User) -> Stored:
    """What is known at the times of these rows, through the gate, in one query."""
    if not accepted:
        return {}
    places = Q()
    for one in accepted:
        places |= Q(indicator_id=one.indicator_id, at=one.at)
    found = Measurement.objects.editable_by(user).filter(places)
    return {(one.indicator_id, one.at): one for one in found}


def exact_amount(
    value: str | Decimal | None, numerator: str | Decimal | None, denominator: str | Decimal | None
) -> str:
    """A value, or a ratio as its two parts, with every digit."""
    if value is not None:
        return exact_digits(value)
    if numerator is None and denominator is None:
        return ""
    return f"{exact_digits(numerator)} / {exact_digits(denominator)}"


def exact_digits(part: str | Decimal | None) -> str:
    """A number as it was written."""
    return "–" if part is None else part if isinstance(part, str) else f"{part:f}"
