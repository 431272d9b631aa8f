"""A decimal column that keeps every digit as it was sent."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

DIGITS = 60


class ExactDecimalField(models.DecimalField):
    """PostgreSQL's `numeric` without a scale: 1234.50 comes back as 1234.50.

    Django's own field asks for a number of places and pads or rounds to it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = DIGITS, DIGITS // 2
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Leave out what is always the same."""
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The type of the column."""
        return "numeric"
