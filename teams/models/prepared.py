"""Querysets made once: their statement is compiled once, planned once a connection, then only run.

To put the statement of a page's queryset together took Django longer than PostgreSQL needed to
answer it, and planning it took PostgreSQL longer than running it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import wraps
from itertools import count
from typing import Any, Literal, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from django.db import NotSupportedError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet, Value
from psycopg2.extensions import AsIs

from teams.access import Action, Reach

P = ParamSpec("P")
Row = TypeVar("Row")

_numbers = count(1)
_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def prepared(build: Callable[P, QuerySet[Any, Row]]) -> Callable[P, list[Row]]:
    """Run the queryset that a function builds, without building it again for other arguments.

    The function takes keywords alone: the person who looks, by whose reach rows are chosen, and
    texts, numbers or instants (never None) that it only hands on to look-ups. When it is called,
    which is once for those to whom nothing is closed and once for others, they are placeholders:
    it must not look into them, nor ask for the time.
    """
    building: Callable[..., QuerySet[Any, Row]] = build
    made: dict[tuple[bool, ...], Statement] = {}

    @wraps(build)
    def rows(*args: P.args, **values: P.kwargs) -> list[Row]:
        if args or any(value is None for value in values.values()):
            raise TypeError(f"{build.__qualname__} takes keywords alone, and never None")
        reaches = {name: value.reach for name, value in values.items() if hasattr(value, "reach")}
        shape = tuple(reach.is_unbounded for reach in reaches.values())
        if shape not in made:
            made[shape] = Statement(building(**placeholders(values, reaches)))
        return made[shape].rows(Values(values, reaches))

    return rows


@dataclass(frozen=True, slots=True)
class Values:
    """What stands in the places of a statement when it runs."""

    plain: Mapping[str, Any]
    reaches: Mapping[str, Reach]

    def __getitem__(self, place: Place) -> Any:
        """The value of a place."""
        if place.asked is None:
            return self.plain[place.name]
        reach = self.reaches[place.name]
        if place.asked == "user_id":
            return reach.user_id
        return sorted(reach.roles if place.asked == "roles" else reach.teams_for(place.asked))


@dataclass(frozen=True, slots=True)
class Place:
    """A place for a value: an argument, or what is asked of the reach of one."""

    name: str
    asked: Action | Literal["user_id", "roles"] | None = None


@dataclass(frozen=True, slots=True)
class AnyReach:
    """Stands for a reach; it answers what look-ups ask, and nothing else."""

    name: str
    is_unbounded: bool

    def is_unbounded_for(self, action: Action) -> bool:
        """Whether nothing is closed to them; statements are prepared for looking alone."""
        return self.is_unbounded and action is Action.SEE

    @property
    def user_id(self) -> Value:
        """Who looks."""
        return Value(Place(self.name, "user_id"))

    @property
    def roles(self) -> Place:
        """The teams in which they have a role."""
        return Place(self.name, "roles")

    def teams_for(self, action: Action) -> Place:
        """The teams in which they may do something."""
        return Place(self.name, action)


@dataclass(frozen=True, slots=True)
class Anyone:
    """Stands for a person."""

    reach: AnyReach


def placeholders(values: Mapping[str, Any], reaches: Mapping[str, Reach]) -> Any:
    """What stands for the arguments while a queryset is built."""
    people = {name: Anyone(AnyReach(name, reach.is_unbounded)) for name, reach in reaches.items()}
    return {name: people.get(name) or Value(Place(name)) for name in values}


class Statement:
    """A compiled queryset; its rows are those of the queryset, models or tuples."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self.queryset = queryset
        self.compiler = queryset.query.get_compiler(using=queryset.db)
        self.text, self.params = self.compiler.as_sql()
        del self.compiler.connection  # each run has its own; that of this thread is to end with it
        self.places = [*dict.fromkeys(one for one in self.params if isinstance(one, Place))]
        self.name = f"prepared_{next(_numbers)}"
        self.execute = f"EXECUTE {self.name}"
        if self.places:
            self.execute += f" ({', '.join(['%s'] * len(self.places))})"

    def rows(self, values: Values) -> list[Any]:
        """Run it.

        Where a migration gave one of its columns another type, what the server has planned is of
        no use any more: all is planned anew, by a new connection. A transaction has but its own.
        """
        connection = connections[self.queryset.db]
        try:
            return self.rows_by(connection, values)
        except NotSupportedError:
            if connection.in_atomic_block:
                raise
            connection.close()
            return self.rows_by(connection, values)

    def rows_by(self, connection: BaseDatabaseWrapper, values: Values) -> list[Any]:
        """Run it by a connection, by name where the server knows it."""
        if is_known(connection, self.name, self.planned):
            text, params = self.execute, tuple(values[place] for place in self.places)
        else:
            text, params = self.text, tuple(self.filled(values))
        compiler = copy(self.compiler)
        compiler.connection = connection
        compiler.as_sql = lambda *_, **__: (text, params)
        found = self.queryset.all()
        found.query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        return list(found)

    def planned(self, cursor: Any) -> str:
        """What has the server plan it: places are numbered there."""
        numbers = {place: AsIs(f"${number}") for number, place in enumerate(self.places, start=1)}
        params = [numbers[one] if isinstance(one, Place) else one for one in self.params]
        return f"PREPARE {self.name} AS {cursor.mogrify(self.text, params).decode()}"

    def filled(self, values: Values) -> list[Any]:
        """Its parameters with the values in their places."""
        return [values[one] if isinstance(one, Place) else one for one in self.params]


def is_known(connection: BaseDatabaseWrapper, name: str, text: Callable[[Any], str]) -> bool:
    """Have the server plan a statement once a connection; False where it cannot keep one.

    That is behind a pooler that gives each transaction another connection: whoever runs one has
    said so by switching server-side cursors off.
    """
    if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        return False
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    known = _known.setdefault(connection.connection, set())
    if name not in known:
        with connection.wrap_database_errors, connection.connection.cursor() as cursor:
            cursor.execute(text(cursor))
        known.add(name)
    return True
