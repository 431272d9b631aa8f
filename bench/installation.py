"""An empty installation for benchmarks: embedded servers as in production, thrown away after."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django

from kpitrack.embedded import servers
from kpitrack.embedded.home import Home


@contextlib.contextmanager
def installation() -> Iterator[None]:
    """PostgreSQL (fsync on) and Redis in a temporary home, migrated, with Django set up."""
    home = Path(tempfile.mkdtemp(prefix="kpitrack-bench-"))
    with contextlib.ExitStack() as running:
        running.callback(Home(home).remove)
        found = running.enter_context(servers.servers(home))
        addresses = found.environment()
        os.environ.update(
            DATABASE_URL=addresses["DATABASE_OWNER_URL"],
            REDIS_URL=addresses["REDIS_URL"],
            KPITRACK_HOME=str(home),
            KPITRACK_DEMO="0",
            SECRET_KEY="of this benchmark only",  # noqa: S106
            DJANGO_SETTINGS_MODULE="kpitrack.settings",
            LOG_LEVEL="ERROR",
        )
        django.setup()
        logging.disable(logging.WARNING)
        migrate()
        yield
        close()


def migrate() -> None:
    """Make the tables."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def close() -> None:
    """Let go of the database before it is stopped."""
    from django.db import connections

    connections.close_all()
