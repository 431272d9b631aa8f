"""The look-up `among`: one of many ids, sent as one array instead of a parameter for each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup
from django.db.models.sql.compiler import SQLCompiler

from teams.models.prepared import Place


class Among(Lookup[Any]):
    """`team_id__among=ids`: what `__in` finds.

    Every page asks for the teams a person sees several times in one statement; with two hundred
    teams, making and parsing `__in` took longer than answering it.
    """

    lookup_name = "among"
    rhs: list[int] | Place

    def get_prep_lookup(self) -> list[int] | Place:
        """The ids in order, so that the same teams make the same statement."""
        ids: Iterable[int] | Place = self.rhs
        return ids if isinstance(ids, Place) else sorted(map(int, ids))

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        """One parameter; nothing is asked where there is no id."""
        if not self.rhs:
            raise EmptyResultSet
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", (*params, self.rhs)
