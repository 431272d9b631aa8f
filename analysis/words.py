"""The sentences a verdict speaks in: amounts with their unit, and one reason for a card."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from analysis import periods
from analysis.values import Calendar, Definition, Grain

WIDE = Context(prec=200)
SPANS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s"))
BEFORE_NUMBER = frozenset("$£€¥")


def number_text(value: Decimal, decimals: int) -> str:
    """Write a number with thousands separators, with more decimals where it would read as zero.

    >>> number_text(Decimal("-20000"), 0), number_text(Decimal("0.004"), 1)
    ('-20,000', '0.004')
    """
    if value and not -20 < value.adjusted() < 30:
        return f"{value:.3e}"
    places = decimals
    while value and places < 20 and not round_to(value, places):
        places += 1
    return f"{round_to(value, places):,f}"


def round_to(value: Decimal, decimals: int) -> Decimal:
    """Round half to even, as statements of account do."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, WIDE)


def level(value: Decimal, definition: Definition) -> str:
    """Write a value of an indicator.

    >>> level(Decimal("3.2"), Definition(unit="percent", decimals=1))
    '3.2 %'
    """
    if definition.unit == "duration":
        return span_words(value)
    text = number_text(value, definition.decimals)
    if definition.unit == "percent":
        return f"{text} %"
    return _labelled(text, definition.unit_label)


def distance_text(value: Decimal, definition: Definition) -> str:
    """Write the size of a difference between two values; percentages differ by percentage points.

    >>> distance_text(Decimal("-20000"), Definition(unit="currency", unit_label="kr"))
    '20,000 kr'
    """
    if definition.unit == "duration":
        return span_words(abs(value))
    text = number_text(abs(value), definition.decimals)
    if definition.unit == "percent":
        return f"{text} percentage {'point' if abs(value) == 1 else 'points'}"
    return _labelled(text, definition.unit_label)


def span_words(seconds: Decimal) -> str:
    """Write the two largest parts of a span of seconds; the smaller one is rounded.

    >>> [span_words(Decimal(s)) for s in (42, 750, 7500, 273600)]
    ['42 s', '12 min 30 s', '2 h 05 min', '3 d 04 h']
    """
    if seconds and seconds.adjusted() >= 30:
        return f"{seconds:.3e} s"
    sign, whole = "-" if seconds < 0 else "", int(abs(seconds).to_integral_value(ROUND_HALF_UP))
    for size, big, part, small in SPANS:
        if whole >= size:
            first, rest = divmod((whole + part // 2) // part, size // part)
            return f"{sign}{first:,} {big} {rest:02d} {small}"
    return f"{sign}{whole} s"


def _labelled(text: str, label: str) -> str:
    if not label:
        return text
    if label in BEFORE_NUMBER:
        return f"-{label}{text[1:]}" if text.startswith("-") else f"{label}{text}"
    return f"{text} {label}"


def day_text(on: date) -> str:
    """Write a day: 20 Nov 2026."""
    return periods.label(on, "day", Calendar())


def short_period(start: date, grain: Grain, calendar: Calendar) -> str:
    """Name a period without its year where people leave it out."""
    return f"{start:%B}" if grain == "month" else periods.label(start, grain, calendar)


def chance_text(probability: float) -> str:
    """Write a probability, never as certain.

    >>> chance_text(0.623), chance_text(0.997), chance_text(0.003)
    ('62 %', 'more than 99 %', 'less than 1 %')
    """
    if probability > 0.99:
        return "more than 99 %"
    return "less than 1 %" if probability < 0.01 else f"{100 * probability:.0f} %"


def decimal_text(value: Decimal) -> str:
    """Every digit of a number, without an exponent and without zeros at the end.

    >>> [decimal_text(Decimal(text)) for text in ("1E+3", "-0.0", "1.230")]
    ['1000', '0', '1.23']
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if value else "0"


def share_text(value: Decimal) -> str:
    """Write a share as a percentage.

    >>> share_text(Decimal("0.10")), share_text(Decimal("0.025"))
    ('10 %', '2.5 %')
    """
    return f"{decimal_text(100 * value)} %"
