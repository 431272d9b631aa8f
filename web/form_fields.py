"""Fields that read numbers as people type them, and what every form of the app shares."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from analysis.words import decimal_text
from web import numbers
from web.formats import SECONDS, clock_digits
from web.numbers import Unacceptable

MOST_DIGITS = 20
SPACES = re.compile(r"[\s\u00a0\u202f']")
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3}){2,}(\.[0-9]+)?|-?[0-9]{1,3},[0-9]{3}\.[0-9]+")
EITHER = re.compile(r"-?[0-9]{1,3},[0-9]{3}")
COMMA = re.compile(r"-?[0-9]+,[0-9]+")


def read_number(text: str) -> Decimal:
    """The number people mean by a text; ValidationError asks where two are possible.

    >>> [str(read_number(t)) for t in ("1 500", "3,2", "1,234,567.50", "−4")]
    ['1500', '3.2', '1234567.50', '-4']
    """
    short = SPACES.sub("", text).replace("\u2212", "-")
    if EITHER.fullmatch(short):
        one, other = short.replace(",", ""), short.replace(",", ".")
        raise ValidationError(
            f"Did you mean {one} or {other}? Write it without the comma.", "comma"
        )
    if GROUPED.fullmatch(short):
        short = short.replace(",", "")
    elif COMMA.fullmatch(short):
        short = short.replace(",", ".")
    if not PLAIN.fullmatch(short) or not short.isascii():
        raise ValidationError("Write a number, such as 1500 or 3.2.", "invalid")
    try:
        found = Decimal(short)
    except InvalidOperation as problem:
        raise ValidationError("Write a number, such as 1500 or 3.2.", "invalid") from problem
    if len(found.as_tuple().digits) > MOST_DIGITS:
        raise ValidationError(f"At most {MOST_DIGITS} digits.", "digits")
    return found


def read_span(text: str, unit_label: str = "") -> Decimal:
    """The seconds that people mean by a text; a number alone counts in `unit_label`, or seconds.

    >>> [str(read_span(t)) for t in ("1:30:00", "90 min", "1,5 h", "1 h 30 min", "42")]
    ['5400', '5400', '5400', '5400', '42']
    >>> str(read_span("90", "minutes"))
    '5400'
    """
    short = text.strip()
    possible = numbers.number_meanings(short)
    if any(letter.isalpha() for letter in short) and len(set(possible.values())) > 1:
        one, other = possible.values()
        raise ValidationError(f"Is it {one} or {other}? Write it without the comma.", "comma")
    try:
        found = numbers.span_of(short, next(iter(possible), ""))
    except Unacceptable as problem:
        raise ValidationError(str(problem), "invalid") from problem
    if found:
        return Decimal(found)
    if short[:1] in ("-", "\u2212") and short[1:2].isdigit() and not PLAIN.fullmatch(short[1:]):
        return read_span(short[1:], unit_label).copy_negate()
    try:
        return read_number(short) * SECONDS.get(unit_label, 1)
    except ValidationError as problem:
        if problem.code != "invalid":
            raise
        raise ValidationError("Write a time such as 1:30:00, 90 min or 1.5 h.", "invalid") from None


def span_text(seconds: Decimal, unit_label: str = "") -> str:
    """Seconds as they stand in an input: in the unit they are counted in, else as 1:30:00.

    >>> span_text(Decimal("5400")), span_text(Decimal("5400"), "minutes")
    ('1:30:00', '90')
    """
    if size := SECONDS.get(unit_label):
        return decimal_text(seconds / size)
    return clock_digits(seconds)


class NumberField(forms.CharField):
    """A number in a text input; the value stays as it was typed when it cannot be read."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "num"})
        super().__init__(**{"widget": widget, "max_length": 60, **kwargs})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return value
        text = super().to_python(value)
        return read_number(text) if text else None

    def run_validators(self, value: Any) -> None:
        """The text was checked while it was read."""

    def prepare_value(self, value: Any) -> Any:
        return decimal_text(value) if isinstance(value, Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            found: Any = self.to_python(data)
        except ValidationError:
            return True
        return bool(found != initial)


class SpanField(NumberField):
    """A span of time in a text input, in seconds behind it."""

    HELP = "Such as 1:30:00, 90 min or 1.5 h; a number alone counts {unit}."

    def __init__(self, *, unit_label: str = "", **kwargs: Any) -> None:
        self.unit_label = unit_label
        unit = unit_label if unit_label in SECONDS else "seconds"
        widget = forms.TextInput(attrs={"class": "num"})
        super().__init__(**{"widget": widget, "help_text": self.HELP.format(unit=unit), **kwargs})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return value
        text = forms.CharField.to_python(self, value)
        return read_span(text, self.unit_label) if text else None

    def prepare_value(self, value: Any) -> Any:
        return span_text(value, self.unit_label) if isinstance(value, Decimal) else value


class PercentField(NumberField):
    """A share that people see in percent: 0.10 is shown as 10."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return value
        found = super().to_python(value)
        return None if found is None else found / 100

    def prepare_value(self, value: Any) -> Any:
        return decimal_text(value * 100) if isinstance(value, Decimal) else value


def day_input() -> forms.DateInput:
    """A date as browsers ask for it."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def short_text(rows: int = 2) -> forms.Textarea:
    """A small text area."""
    return forms.Textarea(attrs={"rows": rows})
