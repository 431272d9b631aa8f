"""How numbers are written for people: pages, charts, e-mails and the API's labels share it.

Pure: no Django, no database. Values are in the indicator's own unit, durations in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Literal, Protocol, TypeAlias

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_group_symbol

from analysis import words

NBSP = "\u00a0"
MINUS = "\u2212"
NOTHING = "\u2013"

Number: TypeAlias = Decimal | float | int

# Room for every digit that is stored: 30 before the point, 100 after it.
WIDE = Context(prec=200)
MOST_DECIMALS = 20  # that a difference is written with before it counts as none
SCALES: Mapping[str, Decimal] = {"": Decimal(1), "k": Decimal(1_000), "M": Decimal(1_000_000)}
SECONDS: Mapping[str, int] = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
}
LEADING_SYMBOLS = frozenset("$£€¥")
COMPARATORS: Mapping[tuple[str, bool], str] = {
    ("gte", False): "≥",
    ("gte", True): ">",
    ("lte", False): "≤",
    ("lte", True): "<",
    ("eq", False): "=",
    ("eq", True): "=",
}


SHARE = re.compile(r"\(?([^/÷×*()]{1,40}?)\)?\s*[/÷]\s*([^/÷×*,;()]{1,40}?)\s*(?:[×*][\d,. ]+)?")


def part_names(formula: str) -> tuple[str, str]:
    """What a ratio is made of, from its formula in words: "orders / visits × 100".

    >>> part_names("orders / visits × 100"), part_names("as the agency counts")
    (('orders', 'visits'), ('numerator', 'denominator'))
    """
    found = SHARE.fullmatch(formula.strip())
    if found is None:
        return "numerator", "denominator"
    top, bottom = found.groups()
    return top[:1].lower() + top[1:], bottom[:1].lower() + bottom[1:]


class Measured(Protocol):
    """What carries the format of its values: an indicator."""

    unit: str
    unit_label: str
    decimals: int
    display_scale: str
    factor: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """How the values of one indicator are written.

    `unit` is number, percent, currency, duration, per or score; `factor` is the N of "per N".
    """

    unit: str = "number"
    unit_label: str = ""
    decimals: int = 1
    display_scale: str = ""
    factor: Decimal = Decimal(1)
    locale: str = "en"

    @classmethod
    def of(cls, measured: Measured, *, locale: str = "en") -> NumberFormat:
        """The format of an indicator's values in a reader's language."""
        return cls(
            unit=measured.unit,
            unit_label=measured.unit_label,
            decimals=measured.decimals,
            display_scale=measured.display_scale,
            factor=measured.factor,
            locale=locale,
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """A written number and its unit, apart so that a page can print the unit smaller."""

    number: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.number}{NBSP}{self.unit}" if self.unit else self.number


@dataclass(frozen=True, slots=True)
class Change:
    """A difference to an earlier value: the arrow, whether that is good, the amount, since when."""

    arrow: Literal["up", "down", "flat"]
    meaning: Literal["good", "bad", "flat"]
    text: str
    compared: str = ""


def plain(value: Number, decimals: int, *, locale: str = "en", signed: bool = False) -> str:
    """A number with separators, rounded half up; minus is U+2212 and zero has no sign.

    >>> plain(480000, 0), plain(Decimal("-0.85"), 1), plain(1234.5, 1, locale="de")
    ('480,000', '−0.9', '1.234,5')
    """
    exponent = Decimal(1).scaleb(-decimals)
    rounded = _decimal(value).quantize(exponent, ROUND_HALF_UP, WIDE)
    text = f"{rounded.copy_abs():,f}".translate(marks(locale))
    if rounded < 0:
        return MINUS + text
    return "+" + text if signed and rounded > 0 else text


@lru_cache(maxsize=64)
def marks(locale: str) -> Mapping[int, str]:
    """What stands for the comma and the point of English in a language, by their code points.

    An unknown language has those of English. Babel's own `format_decimal` is several times
    slower, and a page writes thousands of numbers.
    """
    try:
        found = Locale.parse(locale, sep="-" if "-" in locale else "_")
    except (UnknownLocaleError, ValueError):
        found = Locale("en")
    return {ord(","): get_group_symbol(found), ord("."): get_decimal_symbol(found)}


def duration(seconds: Number, *, locale: str = "en") -> str:
    """The two largest parts of a span of time.

    >>> [duration(s).replace(NBSP, " ") for s in (0.84, 42, 750, 7500, 273600)]
    ['0.8 s', '42 s', '12 min 30 s', '2 h 05 min', '3 d 04 h']
    """
    span = abs(_decimal(seconds))
    sign = MINUS if _decimal(seconds) < 0 else ""
    if span < 10 and span != span.to_integral_value():
        return f"{sign}{plain(span, 1, locale=locale)}{NBSP}s"
    return sign + words.span_words(span).replace(" ", NBSP)


def figure(
    value: Number | None, fmt: NumberFormat, *, full: bool = False, signed: bool = False
) -> Figure:
    """A value as cards show it: scaled, three significant digits; `full` for tables: all decimals.

    >>> str(figure(1_841_200, NumberFormat(display_scale="M"))).replace(NBSP, " ")
    '1.84 M'
    """
    if value is None or not _decimal(value).is_finite():
        return Figure(NOTHING)
    number = _decimal(value)
    if fmt.unit == "duration":
        return _duration_figure(number, fmt, full=full, signed=signed)
    scale = "" if full else fmt.display_scale
    scaled = WIDE.divide(number, SCALES.get(scale, Decimal(1)))
    decimals = fmt.decimals if full else _card_decimals(scaled, fmt.decimals, scale)
    text = plain(scaled, decimals, locale=fmt.locale, signed=signed)
    if _leads(fmt):
        head = text[0] if text[0] in "+" + MINUS else ""
        return Figure(head + fmt.unit_label + text.removeprefix(head), scale)
    return Figure(text, " ".join(filter(None, (scale, unit_text(fmt)))).replace(" ", NBSP))


def exactly(value: Decimal, fmt: NumberFormat) -> str:
    """A value with every digit that it was sent with, and its unit.

    >>> exactly(Decimal("95.0000000000000001"), NumberFormat(unit="percent")).replace(NBSP, " ")
    '95.0000000000000001 %'
    """
    if fmt.unit == "duration" and fmt.unit_label not in SECONDS:
        return clock(value, locale=fmt.locale)
    size = SECONDS.get(fmt.unit_label, 1) if fmt.unit == "duration" else 1
    shown = value if size == 1 else WIDE.divide(value, Decimal(size)).normalize(WIDE)
    digits = -int(shown.as_tuple().exponent)
    if size > 1 and digits > MOST_DECIMALS:  # a third of an hour has no end
        digits = fmt.decimals
    return written(value, replace(fmt, decimals=max(fmt.decimals, digits)), full=True)


def clock_digits(seconds: Decimal) -> str:
    """All of a span of time as it is typed: hours, minutes and seconds with colons.

    >>> clock_digits(Decimal("5400")), clock_digits(Decimal("-0.25"))
    ('1:30:00', '-0:00:00.25')
    """
    span = seconds.copy_abs()
    whole = int(span)
    rest = words.decimal_text(WIDE.subtract(span, Decimal(whole)))[1:]
    sign = "-" if seconds < 0 else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}{rest}"


def clock(seconds: Decimal, *, locale: str = "en") -> str:
    """All of a span of time: "1 h 30 min 05 s", with the parts of a second that it has.

    >>> [clock(Decimal(s)).replace(NBSP, " ") for s in ("5405", "90", "0.25", "-86400")]
    ['1 h 30 min 05 s', '1 min 30 s', '0.25 s', '−24 h 00 min 00 s']
    """
    span, sign = seconds.copy_abs(), MINUS if seconds < 0 else ""
    whole = int(span)
    rest = WIDE.subtract(span, Decimal(whole)).normalize(WIDE)
    hours, minutes = whole // 3600, whole // 60 % 60
    decimals = max(0, -int(rest.as_tuple().exponent))
    last = plain(WIDE.add(rest, Decimal(whole % 60)), decimals, locale=locale)
    if hours or minutes:
        last = last if whole % 60 >= 10 else f"0{last}"
    parts = [f"{plain(hours, 0, locale=locale)}{NBSP}h"] if hours else []
    if parts or minutes:
        parts.append(f"{minutes:02d}{NBSP}min" if parts else f"{minutes}{NBSP}min")
    return sign + NBSP.join([*parts, f"{last}{NBSP}s"])


def distance(gap: Number, fmt: NumberFormat, *, signed: bool = False) -> Figure:
    """A difference of two values in their unit; that of percentages is in percentage points.

    It has as many digits as it needs not to read as zero.

    >>> str(distance(Decimal("-0.2"), NumberFormat(unit="percent"), signed=True)).replace(NBSP, " ")
    '−0.2 pp'
    """
    size = _decimal(gap) if signed else _decimal(gap).copy_abs()
    if not size.is_finite():
        return Figure(NOTHING)
    decimals = max(fmt.decimals, 1) if fmt.unit == "percent" else fmt.decimals
    while size and decimals < MOST_DECIMALS and size.copy_abs() < Decimal(5).scaleb(-decimals - 1):
        decimals += 1
    if fmt.unit == "percent":
        return Figure(plain(size, decimals, locale=fmt.locale, signed=signed), "pp")
    needed = decimals > fmt.decimals
    return figure(size, replace(fmt, decimals=decimals), full=needed, signed=signed)


def written(value: Number | None, fmt: NumberFormat, *, full: bool = False) -> str:
    """The value and its unit in one text, joined by a non-breaking space."""
    return str(figure(value, fmt, full=full))


def unit_text(fmt: NumberFormat) -> str:
    """The unit after the number: "%", "kr", "calls per 1,000"; empty where there is none."""
    if fmt.unit == "percent":
        return fmt.unit_label if fmt.unit_label.startswith("%") else "%"
    if fmt.unit == "per" and fmt.factor != 1 and " per " not in f" {fmt.unit_label} ":
        return f"{fmt.unit_label} per {plain(fmt.factor, 0, locale=fmt.locale)}".strip()
    return "" if _leads(fmt) else fmt.unit_label


def aim(
    comparator: str,
    value: Number | None,
    fmt: NumberFormat,
    *,
    upper: Number | None = None,
    strict: bool = False,
) -> str:
    """A target with its direction: "≥ 3.0 %", "< 60 %", "between 20 and 30 %"."""
    if comparator == "between":
        return f"{figure(value, fmt).number}{NOTHING}{written(upper, fmt)}"
    return f"{COMPARATORS[comparator, strict]}{NBSP}{written(value, fmt)}"


def change(
    value: Number | None,
    before: Number | None,
    fmt: NumberFormat,
    *,
    direction: str = "up",
    noise: bool = False,
    compared: str = "",
) -> Change | None:
    """The difference to an earlier value, judged by the good direction; none without both values.

    Percentages differ in percentage points, ratios per N and scores in their own unit, everything
    else in percent of the earlier value. Within noise the arrow is level and nothing is judged.
    """
    if value is None or before is None:
        return None
    now, then = _decimal(value), _decimal(before)
    text = _difference(now - then, then, fmt)
    if now == then or noise:
        return Change("flat", "flat", text, compared)
    arrow: Literal["up", "down"] = "up" if now > then else "down"
    if direction not in ("up", "down"):
        return Change(arrow, "flat", text, compared)
    return Change(arrow, "good" if arrow == direction else "bad", text, compared)


def axis_unit(fmt: NumberFormat, *, largest: float) -> int:
    """What ticks should be round in: seconds, minutes, hours or days for spans of time, else 1."""
    if fmt.unit != "duration":
        return 1
    return SECONDS.get(fmt.unit_label) or _axis_seconds(largest)[0]


def axis(value: float, fmt: NumberFormat, *, step: float, largest: float) -> str:
    """A tick label: as many digits as the step needs; long numbers in k and M, without unit."""
    if fmt.unit == "duration" and fmt.unit_label not in SECONDS:
        size, letter = _axis_seconds(largest)
        return f"{_short(value / size, step / size, fmt)}{NBSP}{letter}"
    if fmt.unit == "duration":
        size = SECONDS[fmt.unit_label]
        return _short(value / size, step / size, fmt)
    scale = fmt.display_scale or ("M" if largest >= 1e6 else "k" if largest >= 1e4 else "")
    size = int(SCALES.get(scale, 1))
    text = _short(value / size, step / size, fmt)
    return f"{text}{NBSP}{scale}" if scale and value else text


def _decimal(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _leads(fmt: NumberFormat) -> bool:
    """Whether the currency symbol stands before the number, as English writes it."""
    return (
        fmt.unit == "currency"
        and fmt.unit_label in LEADING_SYMBOLS
        and fmt.locale.lower().startswith("en")
    )


def _card_decimals(value: Decimal, decimals: int, scale: str) -> int:
    """Three significant digits, but never a rounded whole number."""
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 1
    room = max(0, 3 - whole)
    if abs(value) < 1 and not scale:
        return decimals
    return room if scale else min(decimals, room)


def _duration_figure(value: Decimal, fmt: NumberFormat, *, full: bool, signed: bool) -> Figure:
    size = SECONDS.get(fmt.unit_label)
    if size is None:
        plus = "+" if signed and value > 0 else ""
        return Figure(plus + duration(value, locale=fmt.locale))
    scaled = WIDE.divide(value, Decimal(size))
    decimals = fmt.decimals if full else _card_decimals(scaled, fmt.decimals, "")
    return Figure(plain(scaled, decimals, locale=fmt.locale, signed=signed), fmt.unit_label)


def _difference(gap: Decimal, before: Decimal, fmt: NumberFormat) -> str:
    if fmt.unit == "percent":
        return f"{plain(abs(gap), max(fmt.decimals, 1), locale=fmt.locale)}{NBSP}pp"
    if fmt.unit in ("per", "score") or before == 0:
        return figure(abs(gap), fmt).number
    return f"{plain(abs(gap / before) * 100, 1, locale=fmt.locale)}{NBSP}%"


def _short(value: float, step: float, fmt: NumberFormat) -> str:
    shown = Decimal(str(step)).normalize()
    exponent = shown.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return plain(Decimal(repr(value)), min(decimals, 6), locale=fmt.locale)


def _axis_seconds(largest: float) -> tuple[int, str]:
    for size, letter in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if largest >= 2 * size:
            return size, letter
    return 1, "s"
