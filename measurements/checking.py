"""A part of a delivery against the gate: what may be stored, what is refused, what repeats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from measurements import lane
from measurements.intake import Intake
from measurements.moments import Clock
from measurements.row import Accepted, Refusal, Row
from web.numbers import Unacceptable, cited

DUPLICATE = {
    "at": "Another row of this delivery has another value for the same indicator and time.",
    "note": "Another row of this delivery has another note for the same indicator and time.",
}


def check(
    rows: Sequence[Row], intakes: dict[str, Intake], clock: Clock, *, derived: bool
) -> tuple[list[Accepted], list[Refusal], int]:
    """Rows that may be stored, refusals, and how many only repeat an earlier row."""
    plain = lane.all_plain(rows, intakes, clock, derived=derived)
    return (plain, [], 0) if plain is not None else look_at(rows, intakes, clock, derived=derived)


def look_at(
    rows: Iterable[Row], intakes: dict[str, Intake], clock: Clock, *, derived: bool
) -> tuple[list[Accepted], list[Refusal], int]:
    """The same, row by row."""
    accepted: list[Accepted] = []
    refused: list[Refusal] = []
    repeated = 0
    closed = {key: intake.closed(derived=derived) for key, intake in intakes.items()}
    places: dict[int, dict[datetime, int]] = {intake.id: {} for intake in intakes.values()}
    for row in rows:
        result = examine(row, intakes, closed, clock)
        if isinstance(result, Refusal):
            refused.append(result)
            continue
        place = places[result.indicator_id].setdefault(result.at, len(accepted))
        if place == len(accepted):
            accepted.append(result)
        elif (against := contradiction(accepted[place], result)) is not None:
            refused.append(Refusal(row.index, against, "duplicate", DUPLICATE[against]))
        else:
            repeated += 1
            if result.note:  # the earlier one has none, or the same
                accepted[place] = result
    return accepted, refused, repeated


def examine(
    row: Row,
    intakes: dict[str, Intake],
    closed: dict[str, Unacceptable | None],
    clock: Clock,
) -> Accepted | Refusal:
    """One row against its indicator."""
    if row.problem is not None:
        return row.problem
    intake = intakes.get(row.indicator)
    if intake is None:
        return unknown(row)
    if (why := closed[row.indicator]) is not None:
        return Refusal(row.index, "indicator", why.code, str(why))
    return intake.accept(row, clock)


def unknown(row: Row) -> Refusal:
    """The same words for what does not exist and for what the actor may not touch."""
    if not row.indicator:
        return Refusal(row.index, "indicator", "required", "An indicator is needed.")
    detail = f"There is no indicator {cited(row.indicator)} into which you may enter values."
    return Refusal(row.index, "indicator", "unknown", detail)


def contradiction(first: Accepted, other: Accepted) -> str | None:
    """The field in which two rows of the same indicator and time disagree, or None."""
    if not same(first, other):
        return "at"
    return "note" if first.note and other.note not in ("", first.note) else None


def same(one: Accepted, other: Accepted) -> bool:
    """Whether two rows say the same, however the digits are written."""
    return all(
        number(getattr(one, field)) == number(getattr(other, field))
        for field in ("value", "numerator", "denominator")
    )


def number(text: str | None) -> Decimal | None:
    """The number in a text that was checked."""
    return None if text is None else Decimal(text)
