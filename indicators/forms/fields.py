"""Fields that read numbers as people type them, and what every form of the app shares."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

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


def plain_number(value: Decimal) -> str:
    """A number as it stands in an input: no exponent, no zeros at the end."""
    return format(value.normalize() + 0, "f")


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
        return plain_number(value) if isinstance(value, Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            found: Any = self.to_python(data)
        except ValidationError:
            return True
        return bool(found != initial)


class PercentField(NumberField):
    """A share that people see in percent: 0.10 is shown as 10."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return value
        found = super().to_python(value)
        return None if found is None else found / 100

    def prepare_value(self, value: Any) -> Any:
        return plain_number(value * 100) if isinstance(value, Decimal) else value


def day_input() -> forms.DateInput:
    """A date as browsers ask for it."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def short_text(rows: int = 2) -> forms.Textarea:
    """A small text area."""
    return forms.Textarea(attrs={"rows": rows})


def add_problems(form: forms.BaseForm, problem: ValidationError) -> None:
    """Show what the model refused beside its field, or above the form where it has no field."""
    if not hasattr(problem, "error_dict"):
        form.add_error(None, problem)
        return
    for name, found in problem.error_dict.items():
        form.add_error(None if name == NON_FIELD_ERRORS or name not in form.fields else name, found)
