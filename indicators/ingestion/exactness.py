"""Numbers as texts: what counts as a decimal number, and nothing else does."""

from __future__ import annotations

import re
from decimal import Decimal

from indicators.ingestion.row import Unacceptable, shown

# More than any measure needs, and little enough for every later sum to stay finite.
DIGITS_BEFORE = 30
DIGITS_AFTER = 100

_PLAIN = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,100})?")
_WRITTEN = re.compile(
    r"[+-]?(?:[0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?"
)


def exact(given: str | Decimal) -> str:
    """The number as PostgreSQL's `numeric` reads it, every digit kept.

    ASCII digits with an optional sign, point and exponent: no NaN, no infinities, no underscores,
    no other alphabets, no booleans. `Unacceptable` for the rest.

    >>> exact("1234.50"), exact(Decimal("-0.10"))
    ('1234.50', '-0.10')
    """
    text = given if isinstance(given, str) else str(given)
    if _PLAIN.fullmatch(text):
        return text
    if not _WRITTEN.fullmatch(text):
        raise Unacceptable("invalid", f"{shown(text)} is not a decimal number.")
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if number and number.adjusted() >= DIGITS_BEFORE:
        raise Unacceptable("out_of_range", f"Numbers have at most {DIGITS_BEFORE} digits.")
    if not isinstance(exponent, int) or exponent < -DIGITS_AFTER or exponent > DIGITS_BEFORE:
        raise Unacceptable("out_of_range", f"Numbers have at most {DIGITS_AFTER} decimals.")
    return format(number, "f")
