"""A decimal column that keeps every digit as it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

DIGITS = 60

if TYPE_CHECKING:
    SetType_contra = TypeVar("SetType_contra", contravariant=True)
    GetType_co = TypeVar("GetType_co", covariant=True)

    class Base(models.DecimalField[SetType_contra, GetType_co]):
        """Django's field, which takes type arguments for the type checker alone."""
else:

    class Base(models.DecimalField):
        """Django's field; the brackets of a type hint do nothing."""

        __class_getitem__ = classmethod(lambda cls, _types: cls)


class ExactDecimalField(Base["SetType_contra", "GetType_co"]):
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
