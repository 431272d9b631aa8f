"""The fast lane: deliveries in which every row is a plain value are checked as a whole.

It says nothing that the look at each row would not say: where anything is unusual it declines, and
the rows are looked at one by one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from measurements.intake import Intake
from measurements.moments import Clock
from measurements.row import Accepted, Row
from measurements.storage import in_order
from web.numbers import Unacceptable

# The same numbers as in `exactness`, one a line; possessive, because nothing is ever given back.
_NUMBERS = re.compile(r"(?:[+-]?[0-9]{1,30}+(?:\.[0-9]{1,100}+)?+\n)*+")


def all_plain(
    rows: Sequence[Row], intakes: Mapping[str, Intake], clock: Clock, *, derived: bool
) -> list[Accepted] | None:
    """All rows as they may be stored, in the order of the table; None where it must be looked at.

    Plain is a value in digits without a note, into an open indicator that takes values, at a time
    that no other row of the delivery has for the same indicator.
    """
    if not (are_values(rows) and are_numbers(rows)):
        return None
    into = {key: found for key, found in intakes.items() if found.takes_values(derived=derived)}
    try:
        zones = {key: found.timezone for key, found in into.items()}
        places = {(row.at, zones[row.indicator]) for row in rows}
        instants = {place: clock.read(*place) for place in places}
    except (KeyError, Unacceptable):
        return None
    bounded = {key: found for key, found in into.items() if found.is_bounded}
    if bounded and not all(is_within(row, bounded) for row in rows if row.indicator in bounded):
        return None
    ids = {key: found.id for key, found in into.items()}
    found = [
        Accepted(
            ids[row.indicator],
            instants[row.at, zones[row.indicator]],
            row.value,  # type: ignore[arg-type]  # a text: are_numbers has seen it
            None,
            None,
            "",
            row.index,
        )
        for row in rows
    ]
    return distinct(found)


def are_values(rows: Sequence[Row]) -> bool:
    """Whether no row has anything but a value."""
    parts = [
        row.note or row.problem or row.numerator is not None or row.denominator is not None
        for row in rows
    ]
    return not any(parts)


def are_numbers(rows: Sequence[Row]) -> bool:
    """Whether every value is a text of plain digits; one look at all of them together."""
    texts = [row.value for row in rows if isinstance(row.value, str)]
    joined = "\n".join([*texts, ""])
    return (
        len(texts) == len(rows)
        and joined.count("\n") == len(rows)
        and _NUMBERS.fullmatch(joined) is not None
    )


def is_within(row: Row, bounded: Mapping[str, Intake]) -> bool:
    """Whether a value of plain digits lies within what its indicator can reach."""
    return bounded[row.indicator].allows(Decimal(row.value or 0))


def distinct(found: list[Accepted]) -> list[Accepted] | None:
    """The rows sorted, or None where two have the same key."""
    ordered = in_order(found)
    repeats = [
        one.at == other.at and one.indicator_id == other.indicator_id
        for one, other in pairwise(ordered)
    ]
    return None if any(repeats) else ordered
