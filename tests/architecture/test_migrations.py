"""The database carries what it can: migrations are complete, constraints named, history kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader

from indicators.models import Indicator
from measurements.delivery import deliver
from measurements.models import Batch, Superseded
from measurements.row import Row, Sender
from teams.models import AuditEntry, Team, User
from tests.factories import make_indicator

APPS = (
    "web",
    "teams",
    "indicators",
    "measurements",
    "verdicts",
    "notifications",
    "reviews",
    "dashboards",
    "kpitrack",
)
MODELS = [model for app in APPS for model in apps.get_app_config(app).get_models()]
LOADER = MigrationLoader(None)
OURS = {key: found for key, found in LOADER.disk_migrations.items() if key[0] in APPS}
# Names that Django or PostgreSQL make up end in a hash or in what the constraint is.
MADE_UP = re.compile(r"_[0-9a-f]{6,8}(_\w+)?$|_(check|key|fkey|idx|uniq)$|^auto_|_auto_\d")


# --- migrations ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_migrations_make_the_models() -> None:
    said = StringIO()
    call_command("makemigrations", check_changes=True, dry_run=True, stdout=said)
    assert "No changes detected" in said.getvalue()


@pytest.mark.parametrize("key", sorted(OURS), ids="/".join)
def test_a_migration_has_a_name_and_a_way_back(key: tuple[str, str]) -> None:
    assert re.fullmatch(r"\d{4}_[a-z]\w+", key[1]) and not MADE_UP.search(key[1])
    assert all(operation.reversible for operation in OURS[key].operations)


def test_every_app_has_one_newest_migration() -> None:
    assert LOADER.detect_conflicts() == {}


def test_no_migration_needs_an_extension() -> None:
    """The embedded PostgreSQL has none."""
    source = "".join(
        operation.sql
        for found in OURS.values()
        for operation in found.operations
        if isinstance(operation, migrations.RunSQL) and isinstance(operation.sql, str)
    )
    assert not re.search(r"create\s+extension", source, re.IGNORECASE)


# --- constraints -----------------------------------------------------------------------------


def declared(model: type[models.Model]) -> list[models.BaseConstraint | models.Index]:
    return [*model._meta.constraints, *model._meta.indexes]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_constraint_says_what_it_keeps(model: type[models.Model]) -> None:
    assert not model._meta.unique_together
    assert [one.name for one in declared(model) if MADE_UP.search(one.name)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_database_has_what_the_model_declares(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    assert {one.name for one in declared(model)} <= set(found)


def test_there_are_constraints_to_check() -> None:
    assert sum(len(declared(model)) for model in MODELS) >= 25


# --- history ---------------------------------------------------------------------------------


@pytest.fixture
def corrected(alice: User, red_team: Team, now: datetime) -> Indicator:
    """An indicator whose only value was sent and then corrected."""
    indicator = make_indicator(red_team, "corrected")
    for minute, value in enumerate(("61", "16")):
        row = Row(index=0, indicator=indicator.key, at="2026-10-01", value=value)
        at = now + timedelta(minutes=minute)
        deliver([row], Sender(actor=alice, door=Batch.Door.API), now=at)
    assert Superseded.objects.count() == 1 and AuditEntry.objects.count() >= 2
    return indicator


def refuse(change: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match="is append-only"), transaction.atomic():
        change()


@pytest.mark.django_db
@pytest.mark.parametrize("model", [AuditEntry, Superseded], ids=lambda model: model.__name__)
def test_history_is_neither_changed_nor_deleted(
    corrected: Indicator, model: type[models.Model]
) -> None:
    """Whatever Django offers for it, and plain SQL."""
    rows = model._default_manager.all()
    row, column = rows[0], "action" if model is AuditEntry else "note"
    before = list(rows.values())

    refuse(lambda: rows.update(**{column: "other"}))
    refuse(row.save)
    refuse(lambda: model._default_manager.bulk_update([row], [column]))
    refuse(rows.delete)
    refuse(row.delete)
    for words in (f"UPDATE {{}} SET {column} = 'other'", "DELETE FROM {}"):
        refuse(lambda words=words: run(words.format(model._meta.db_table)))  # type: ignore[misc]

    assert list(rows.values()) == before


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db
def test_history_outlives_what_it_is_about(
    corrected: Indicator, alice: User, red_team: Team
) -> None:
    told = list(AuditEntry.objects.values())
    for gone in (corrected, alice, red_team):
        gone.delete()
    assert list(AuditEntry.objects.values()) == told
    assert Superseded.objects.count() == 1
