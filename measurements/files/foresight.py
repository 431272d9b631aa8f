"""What each of the first rows of a file would do: create, correct, change nothing, be refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Literal

from django.db.models import Q

from measurements.checking import examine
from measurements.files import taking
from measurements.files.bringing import known_for, source_of
from measurements.files.reading import Reading
from measurements.intake import intakes_for
from measurements.models import Measurement, Upload
from measurements.moments import Clock
from measurements.row import Accepted, Refusal, Row
from teams.models import User

SHOWN = 20
REPEATED = "Another row of this file has another value for the same indicator and time."

What = Literal["created", "corrected", "unchanged", "refused"]
Parts = tuple[Decimal | None, Decimal | None, Decimal | None]
Stored = dict[tuple[int, datetime], Measurement]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """One row of the file and what becomes of it."""

    line: int
    indicator: str
    at: str
    value: str
    what: What
    former: str = ""  # the value that it corrects
    words: str = ""  # why it is refused


def fates(upload: Upload, *, now: datetime) -> list[Fate]:
    """The first rows, each held against what is known now; nothing is stored."""
    reading = Reading.from_json(upload.reading)
    known = known_for(upload.user)
    found = taking.rows_of_file(source_of(upload), reading, known=known)
    names = {one.key: str(one) for one in known}
    return list(foreseen(list(islice(found, SHOWN)), names, upload.user, now=now))


def foreseen(
    rows: Sequence[Row], names: dict[str, str], user: User, *, now: datetime
) -> Iterator[Fate]:
    """What becomes of each row; a later row sees what an earlier one did."""
    intakes = intakes_for({row.indicator for row in rows}, user)
    closed = {key: intake.closed(derived=False) for key, intake in intakes.items()}
    results = [examine(row, intakes, closed, Clock(now)) for row in rows]
    stored = stored_for([one for one in results if isinstance(one, Accepted)], user)
    taken: dict[tuple[int, datetime], Parts] = {}
    for row, result in zip(rows, results, strict=True):
        what, former, words = fate_of(result, stored, taken)
        yield Fate(
            line=row.index + 1,
            indicator=names.get(row.indicator, row.indicator),
            at=row.at if isinstance(row.at, str) else row.at.isoformat(),
            value=exact_amount(row.value, row.numerator, row.denominator),
            what=what,
            former=former,
            words=words,
        )


def fate_of(
    result: Accepted | Refusal, stored: Stored, taken: dict[tuple[int, datetime], Parts]
) -> tuple[What, str, str]:
    """What becomes of a row, the value that it corrects, and why it is refused."""
    if isinstance(result, Refusal):
        return "refused", "", result.detail
    place, parts = (result.indicator_id, result.at), numbers_of(result)
    earlier = taken.setdefault(place, parts)
    if earlier is not parts:
        same = earlier == parts
        return ("unchanged", "", "") if same else ("refused", "", REPEATED)
    held = stored.get(place)
    if held is None:
        return "created", "", ""
    if numbers_of(held) == parts and result.note in ("", held.note):
        return "unchanged", "", ""
    return "corrected", exact_amount(held.value, held.numerator, held.denominator), ""


def stored_for(accepted: Sequence[Accepted], user: User) -> Stored:
    """What is known at the times of these rows, through the gate, in one query."""
    if not accepted:
        return {}
    places = Q()
    for one in accepted:
        places |= Q(indicator_id=one.indicator_id, at=one.at)
    found = Measurement.objects.editable_by(user).filter(places)
    return {(one.indicator_id, one.at): one for one in found}


def numbers_of(given: Accepted | Measurement) -> Parts:
    """Value, numerator and denominator as numbers, however their digits are written."""
    one, two, three = (
        None if part is None else Decimal(part)
        for part in (given.value, given.numerator, given.denominator)
    )
    return one, two, three


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
