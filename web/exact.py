"""Numbers as texts: what counts as a decimal number, and nothing else does."""

from __future__ import annotations

import re
from decimal import Decimal


class Unacceptable(ValueError):
    """A text that is not what its field takes; `code` and the words say why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def shown(text: str, limit: int = 40) -> str:
    """A text as a message may repeat it: short and printable."""
    cut = text if len(text) <= limit else f"{text[: limit - 1]}…"
    printable = "".join([letter if letter.isprintable() else "\ufffd" for letter in cut])
    return f"“{printable}”"


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
