"""Strict fields of the API: a type that is not the one asked for is refused, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)
WHOLE_DIGITS, DECIMAL_PLACES = 30, 30  # as the columns have room for
MOST_NAMES = 200
DECIMAL_TEXT = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
# What turns the direction of writing makes a name look like another one.
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200e\u200f]")


class Text(serializers.CharField):
    """Text that people can see; numbers are not text."""

    default_error_messages = {"characters": "It holds characters that cannot be seen."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if UNSEEN.search(data):
            self.fail("characters")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """`true` or `false`."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Whole(serializers.IntegerField):
    """A whole JSON number."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    """One of some words."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=str(data)[:80])
        return super().to_internal_value(data)


class Day(serializers.DateField):
    """A date between 1970 and 2199, written 2026-11-20."""

    default_error_messages = {"range": f"It must lie between {FIRST_DAY} and {LAST_DAY}."}

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or len(value) != 10:
            self.fail("invalid", format="YYYY-MM-DD")
        found: date = super().to_internal_value(value)
        if not FIRST_DAY <= found <= LAST_DAY:
            self.fail("range")
        return found


TIME_OF_DAY = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"


@extend_schema_field({"type": "string", "pattern": TIME_OF_DAY})
class TimeOfDay(serializers.TimeField):
    """A time of day without an offset, 09:30 or 09:30:00; JSON Schema's `time` would need one."""

    def to_internal_value(self, value: Any) -> time:
        if not isinstance(value, str) or not re.fullmatch(TIME_OF_DAY, value):
            self.fail("invalid", format="hh:mm[:ss]")
        found: time = super().to_internal_value(value)
        return found


@extend_schema_field({"type": "number"})
class Number(serializers.Field[Decimal, Any, Decimal, Any]):
    """A finite number, or text that holds a decimal number; kept exactly, answered as a number."""

    default_error_messages = {
        "number": "It must be a number.",
        "digits": f"At most {WHOLE_DIGITS} digits before the point and {DECIMAL_PLACES} after it.",
        "minimum": "It must be {least} or more.",
        "positive": "It must be above zero.",
    }

    def __init__(
        self,
        *,
        least: int | None = None,
        above: int | None = None,
        max_digits: int | None = None,
        decimal_places: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.least, self.above = least, above
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        number = self._parsed(data)
        digits, exponent = number.as_tuple().digits, number.as_tuple().exponent
        assert isinstance(exponent, int)
        if number and (len(digits) + exponent > WHOLE_DIGITS or -exponent > DECIMAL_PLACES):
            self.fail("digits")
        if self.least is not None and number < self.least:
            self.fail("minimum", least=self.least)
        if self.above is not None and number <= self.above:
            self.fail("positive")
        return Decimal(format(number, "f")) if number else Decimal(0)

    def to_representation(self, value: Decimal) -> Decimal:
        return value

    def _parsed(self, data: Any) -> Decimal:
        if isinstance(data, str) and DECIMAL_TEXT.fullmatch(data):
            return Decimal(data)
        if isinstance(data, bool) or not isinstance(data, (int, Decimal)):
            self.fail("number")
        return Decimal(data)


Rows = Callable[[Any], "models.QuerySet[Any]"]


@extend_schema_field({"type": "string"})
class Named(serializers.Field[Any, Any, str, Any]):
    """A row named by a unique text: a person by e-mail, a team by slug.

    `rows(user)` returns those that the caller may name; what is hidden is unknown.
    """

    default_error_messages = {
        "invalid": "It must be text.",
        "unknown": "“{name}” is not known.",
    }

    def __init__(self, rows: Rows, by: str, **kwargs: Any) -> None:
        self.rows, self.by = rows, by
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        name = data.lower() if self.by == "email" else data
        found = self.rows(self.context["request"].user).filter(**{self.by: name}).first()
        if found is None:
            self.fail("unknown", name=data[:80])
        return found

    def to_representation(self, value: Any) -> str:
        return str(getattr(value, self.by))


@extend_schema_field({"type": "array", "items": {"type": "string"}, "maxItems": MOST_NAMES})
class NamedMany(serializers.Field[list[Any], Any, list[str], Any]):
    """Several rows named by unique texts, looked up in one query."""

    default_error_messages = {
        "invalid": "It must be a list of texts.",
        "unknown": "“{name}” is not known.",
        "many": f"At most {MOST_NAMES} of them.",
    }

    def __init__(self, rows: Rows, by: str, **kwargs: Any) -> None:
        self.rows, self.by = rows, by
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list) or not all(isinstance(name, str) for name in data):
            self.fail("invalid")
        if len(data) > MOST_NAMES:
            self.fail("many")
        names = [name.lower() if self.by == "email" else name for name in data]
        rows = self.rows(self.context["request"].user).filter(**{f"{self.by}__in": names})
        found = {getattr(row, self.by): row for row in rows}
        for name in names:
            if name not in found:
                self.fail("unknown", name=name[:80])
        return list(found.values())

    def to_representation(self, value: Any) -> list[str]:
        return sorted(getattr(row, self.by) for row in value.all())


class Strict(serializers.Serializer[Any]):
    """Refuses what it does not know instead of ignoring it."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            wrong = {name: self._refusal(name) for name in data if self._refusal(name)}
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)

    def _refusal(self, name: str) -> list[ErrorDetail] | None:
        field = self.fields.get(name)
        if field is None:
            return [ErrorDetail("There is no such field.", code="unknown")]
        if field.read_only:
            return [ErrorDetail("It is computed and cannot be set.", code="read_only")]
        return None


class StrictModel(Strict, serializers.ModelSerializer[Any]):
    """The same for a model, with strict fields for its columns."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
        models.TextField: Text,
        models.SlugField: Text,
        models.BooleanField: Flag,
        models.DateField: Day,
        models.TimeField: TimeOfDay,
        models.DecimalField: Number,
        models.PositiveSmallIntegerField: Whole,
        models.PositiveIntegerField: Whole,
    }
    serializer_choice_field = Choice

    def get_uniqueness_extra_kwargs(
        self, field_names: Any, declared_fields: Any, extra_kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """No defaults from constraints: what is left out is left to the model."""
        return extra_kwargs, {}

    def get_validators(self) -> list[Any]:
        """None: constraints are checked by the model, once, whichever door is used."""
        return []
