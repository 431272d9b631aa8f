"""Numbers as texts: what counts as a decimal number, and the ways in which people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from analysis.words import decimal_text
from web.cells import SPACES, Cell, Fault, Percent, cell_text
from web.formats import SECONDS


class Unacceptable(ValueError):
    """A text that is not what its field takes; `code` and the words say why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def cited(text: str, limit: int = 40) -> str:
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
        raise Unacceptable("invalid", f"{cited(text)} is not a decimal number.")
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if number and number.adjusted() >= DIGITS_BEFORE:
        raise Unacceptable("out_of_range", f"Numbers have at most {DIGITS_BEFORE} digits.")
    if not isinstance(exponent, int) or exponent < -DIGITS_AFTER or exponent > DIGITS_BEFORE:
        raise Unacceptable("out_of_range", f"Numbers have at most {DIGITS_AFTER} decimals.")
    return format(number, "f")


PLAIN = re.compile(r"[+-]?[0-9]+")
_POINT = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_GROUPS = "[ \u00a0\u2007\u2009\u202f'’]"
_WHOLE = rf"[0-9]+|[1-9][0-9]{{0,2}}(?P<gap>{_GROUPS})[0-9]{{3}}(?:(?P=gap)[0-9]{{3}})*"
_EXPONENT = r"(?P<exponent>[eE][+-]?[0-9]{1,4})?"
_SHAPES: Mapping[str, re.Pattern[str]] = {
    decimal: re.compile(
        rf"(?P<whole>{_WHOLE}|[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+"
        rf"|[1-9][0-9]?(?:{group}[0-9]{{2}})+{group}[0-9]{{3}})?"
        rf"(?:{point}(?P<part>[0-9]*))?{_EXPONENT}"
    )
    for decimal, point, group in ((".", r"\.", ","), (",", ",", r"\."))
}
LONGEST = 150  # of a number with its signs
_CURRENCY = (
    r"(?:[A-Z]{0,3}[$£€¥₹₩₺₽₴₪₫฿₱¢]|kr\.?|KR|zł|Kč|Ft|lei|R\$|(?:AED|ARS|AUD|BGN|BRL|CAD|CHF|CLP|"
    r"CNY|COP|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|ISK|JPY|KRW|MXN|MYR|NOK|NZD|PHP|PLN|RON|RUB|SAR|"
    r"SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR))"
)
_AS_TYPED = re.compile(
    rf"(?P<open>\()?(?P<sign>[+\-−–])?\s*(?P<before>{_CURRENCY})?\s*(?P<inner>[+\-−–])?"
    rf"(?P<body>[0-9.,][0-9.,\s\u2007'’]*(?:[eE][+-]?[0-9]{{1,4}})?)\s*"
    rf"(?P<percent>%|\u066a|per ?cent|procent|prozent|pct\.?)?"
    rf"(?P<after>{_CURRENCY})?(?P<tail>[-−])?(?P<close>\))?"
)
_CLOCK = re.compile(
    r"(?P<sign>[-−]?)(?P<h>[0-9]{1,7}):(?P<m>[0-5][0-9]):(?P<s>[0-5][0-9](?:[.,][0-9]{1,9})?)"
)
_TWO_PARTS = re.compile(r"[-−]?[0-9]{1,7}:[0-9]{2}(?:[.,][0-9]+)?")
_SPAN_PART = re.compile(r"([0-9][0-9.,]*)\s*([a-zµ]+)\.?(?:\s|,|$)*")
SPANS: Mapping[str, Decimal] = {
    **{word: Decimal(seconds) for word, seconds in SECONDS.items()},
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), Decimal("0.001")),
    **dict.fromkeys(("secs",), Decimal(1)),
    **dict.fromkeys(("mins", "minuter", "minuten"), Decimal(60)),
    **dict.fromkeys(("hr", "hrs", "std", "tim"), Decimal(3600)),
    **dict.fromkeys(("w", "week", "weeks"), Decimal(604_800)),
}
UNIT_WORDS: Mapping[str, str] = {
    "number": "a plain number",
    "currency": "an amount of money",
    "duration": "a span of time",
    "per": "a ratio per N",
    "score": "a score",
    "percent": "a percentage",
}


def plain_pattern(decimal: str) -> re.Pattern[str]:
    """The texts that are numbers already as the core reads them, with this decimal mark."""
    return _POINT if decimal == "." else PLAIN


def number_meanings(cell: Cell) -> Mapping[str, str]:
    """The number of a text with each decimal mark that fits it; nothing of what is no number.

    >>> number_meanings("1,234"), number_meanings("1,5"), number_meanings("12")
    ({'.': '1234', ',': '1.234'}, {',': '1.5'}, {'.': '12', ',': '12'})
    """
    if not isinstance(cell, str):
        return {}
    text = cell.strip(SPACES)
    if PLAIN.fullmatch(text):
        return {".": text, ",": text}
    match = _AS_TYPED.fullmatch(text) if len(text) <= LONGEST else None
    body = match["body"] if match else span_digits(text)
    return {decimal: read for decimal in (".", ",") if (read := canonical(body, decimal))}


def span_digits(text: str) -> str:
    """The last number in a span of time such as "1,5 h", which a decimal mark can stand in."""
    found = _SPAN_PART.findall(text.lower())
    if "".join("".join(part) for part in found) != re.sub(r"[\s]|\.(?=\s|$)", "", text.lower()):
        return ""
    return next((digits for digits, _ in found if "." in digits or "," in digits), "")


def canonical(body: str, decimal: str) -> str:
    """Digits with marks as the core reads them, every digit kept; "" where the marks do not fit."""
    match = _SHAPES[decimal].fullmatch(body.strip(SPACES))
    if match is None or not (match["whole"] or match["part"]):
        return ""
    whole = "".join(letter for letter in match["whole"] or "0" if letter.isdigit())
    part = f".{match['part']}" if match["part"] else ""
    return f"{whole}{part}{match['exponent'] or ''}"


def number_of(cell: Cell, *, unit: str, name: str, decimal: str) -> str:
    """The number in a cell for an indicator of this unit, as the core reads it.

    A decimal mark of "" reads only what is the same with both. `Unacceptable` says what is wrong;
    `name` is the indicator in its words. What is no number at all is returned as it is, for the
    core to refuse.
    """
    if isinstance(cell, str):
        text = cell.strip(SPACES)
        if plain_pattern(decimal).fullmatch(text):
            return text
        return of_text(text, unit=unit, name=name, decimal=decimal)
    if isinstance(cell, Fault):
        raise Unacceptable("cell_error", cell.words)
    if isinstance(cell, Percent):
        if unit != "percent":
            raise mismatched(cell_text(cell), "a percent sign", unit=unit, name=name)
        return cell_text(cell.number)
    if isinstance(cell, timedelta):
        if unit != "duration":
            raise mismatched(cell_text(cell), "hours and minutes", unit=unit, name=name)
        return seconds_of(cell)
    if isinstance(cell, Decimal):
        return cell_text(cell)
    raise Unacceptable("invalid", f"{cited(cell_text(cell))} is a date and not a number.")


def seconds_of(span: timedelta) -> str:
    """A span of a workbook in seconds, exact to the microsecond."""
    return decimal_text(Decimal(span // timedelta(microseconds=1)) / 1_000_000)


def of_text(text: str, *, unit: str, name: str, decimal: str) -> str:
    """The same of a text that is not plain."""
    if unit == "duration" and (span := span_of(text, decimal)):
        return span
    match = _AS_TYPED.fullmatch(text) if len(text) <= LONGEST else None
    if match is None or (match["open"] is None) is not (match["close"] is None):
        if unit != "duration" and _CLOCK.fullmatch(text):
            raise mismatched(text, "hours and minutes", unit=unit, name=name)
        return text
    if match["percent"] and unit != "percent":
        raise mismatched(text, "a percent sign", unit=unit, name=name)
    if (match["before"] or match["after"]) and unit in ("percent", "duration", "score"):
        raise mismatched(text, "a sign of currency", unit=unit, name=name)
    number = canonical(match["body"], decimal or ".") or ""
    signs = [match["sign"], match["inner"], match["tail"], "-" if match["open"] else None]
    given = [sign for sign in signs if sign]
    if not number or len(given) > 1:
        raise unfitting(text, decimal)
    return f"-{number}" if given and given[0] != "+" else number


def unfitting(text: str, decimal: str) -> Unacceptable:
    """The refusal of a number whose marks do not fit."""
    mark = {".": "with a decimal point", ",": "with a decimal comma"}.get(decimal, "")
    return Unacceptable("invalid", f"{cited(text)} is not a number {mark}".rstrip() + ".")


def mismatched(text: str, has: str, *, unit: str, name: str) -> Unacceptable:
    """The refusal of a sign that says that another unit is meant."""
    words = UNIT_WORDS.get(unit, "something else")
    return Unacceptable("unit", f"{cited(text)} has {has}, and {cited(name)} is {words}.")


def span_of(text: str, decimal: str) -> str:
    """A span of time in seconds; "" where the text is none."""
    if _TWO_PARTS.fullmatch(text):
        raise Unacceptable(
            "invalid",
            f"{cited(text)} may be hours and minutes or minutes and seconds: "
            "write 1:30:00 or 90 min.",
        )
    if match := _CLOCK.fullmatch(text):
        total = (
            int(match["h"]) * 3600 + int(match["m"]) * 60 + Decimal(match["s"].replace(",", "."))
        )
        return f"{'-' if match['sign'] else ''}{format(total, 'f')}"
    total, place = Decimal(0), 0
    lowered = text.lower()
    while part := _SPAN_PART.match(lowered, place):
        digits, word = canonical(part[1], decimal or "."), part[2]
        if not digits or word not in SPANS:
            return ""
        total, place = total + Decimal(digits) * SPANS[word], part.end()
    return decimal_text(total) if place and place == len(lowered) else ""
