"""An empty installation for benchmarks: embedded servers as in production, thrown away after."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django

from kpitrack.embedded import processes, servers
from kpitrack.embedded.child import Child
from kpitrack.embedded.home import Home
from kpitrack.embedded.processes import Listener
from kpitrack.embedded.up import answers

WEB_TIMEOUT = 60.0  # seconds


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


@dataclass(frozen=True, slots=True)
class Serving:
    """Where a web server listens, and the process of it that answers."""

    port: int
    web: Child

    @property
    def pid(self) -> int:
        """The process that answers."""
        assert self.web.pid is not None
        return self.web.pid


@contextlib.contextmanager
def serving() -> Iterator[Serving]:
    """Web server and worker of the installation, as `make run` starts them."""
    home = Home(Path(os.environ["KPITRACK_HOME"]))
    listener = Listener("127.0.0.1", free_port())
    env = processes.environment(os.environ, home, listener, {})
    [web] = map(Child, processes.web(home, env, listener))
    worker = Child(processes.workers(home, env)[0])
    with contextlib.ExitStack() as running:
        for child in (web, worker):
            child.start()
            running.callback(child.stop)
        servers.wait_until(web, lambda: answers(listener))
        yield Serving(listener.port, web)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def migrate() -> None:
    """Make the tables."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def close() -> None:
    """Let go of the database before it is stopped."""
    from django.db import connections

    connections.close_all()
