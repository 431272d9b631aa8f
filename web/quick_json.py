"""A column of plain JSON that is written and read by a quicker library than Django's."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.psycopg_any import Jsonb
from django.db.models.fields.json import KeyTransform

_encoder = msgspec.json.Encoder()


class QuickJSONField(models.JSONField):
    """A `JSONField` for large documents of plain data: judging writes one an indicator."""

    def deconstruct(self) -> Any:
        """The column is that of Django's field; migrations need not know the difference."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def get_db_prep_value(
        self,
        value: Any,
        connection: BaseDatabaseWrapper,
        prepared: bool = False,  # noqa: FBT001, FBT002
    ) -> Any:
        """As Django's, with the other encoder; expressions are left to Django."""
        if isinstance(value, (dict, list)):
            return Jsonb(value, dumps=encoded)
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """As Django's; parts of the document that a look-up names are left to Django."""
        if isinstance(value, str) and not isinstance(expression, KeyTransform):
            return msgspec.json.decode(value)
        return super().from_db_value(value, expression, connection)


def encoded(value: Any) -> str:
    """The JSON of plain data as text."""
    return _encoder.encode(value).decode()
