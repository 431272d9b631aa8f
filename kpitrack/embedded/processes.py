"""The table of processes: what runs besides the servers, and with which variables."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kpitrack.embedded.child import Program
from kpitrack.embedded.home import Home

CHECKOUT = Path(__file__).resolve().parents[2]
ERRANDS = "4"  # threads: mail servers that do not answer, and files
NICE = 5  # a third of the share that others get


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the web server listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Return the address a person on this machine types."""
        host = self.reachable
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    @property
    def reachable(self) -> str:
        """Return the host a client on this machine connects to."""
        return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104


def environment(
    given: Mapping[str, str], home: Home, listener: Listener, servers: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables of every process: the caller's, completed by what we know."""
    chosen = {**given, **servers, "KPITRACK_HOME": str(home.path)}
    defaults = {
        "DJANGO_SETTINGS_MODULE": "kpitrack.settings",
        "HOST": listener.reachable,
        "PORT": str(listener.port),
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",  # threads that come and go must not each keep an arena
        "OPENBLAS_NUM_THREADS": "1",
    }
    if "ALLOWED_HOSTS_FILE" not in given:
        names = ["localhost", "127.0.0.1", "[::1]", listener.reachable, socket.gethostname()]
        defaults["ALLOWED_HOSTS"] = ",".join(dict.fromkeys(names))
    return defaults | {name: value for name, value in chosen.items() if value}


def web(home: Home, env: Mapping[str, str], listener: Listener) -> list[Program]:
    """Describe the web server: one process, or several on one address."""
    arguments = ["--host", listener.host, "--port", str(listener.port)]
    count = int(env.get("WEB_CONCURRENCY", "1"))
    names = ["web", *(f"web-{number}" for number in range(2, count + 1))]
    return [_python(home, name, env, "kpitrack.serve", *arguments) for name in names]


def development_web(home: Home, env: Mapping[str, str], listener: Listener) -> list[Program]:
    """Describe Django's server for development, which starts again where a source changes."""
    host = f"[{listener.host}]" if ":" in listener.host else listener.host
    return [_python(home, "web", env, "django", "runserver", f"{host}:{listener.port}")]


def workers(home: Home, env: Mapping[str, str]) -> list[Program]:
    """Describe the Celery workers: one that judges, and one for files and messages.

    So no verdict waits for a mail server or for the end of a file. Judging takes a process that can
    be ended; waiting for others takes threads. All of it may wait for a moment, people and senders
    of numbers may not: they step back for them.
    """
    judges = ("--pool", "prefork", "--concurrency", env.get("WORKER_CONCURRENCY", "1"))
    errands = ("--pool", "threads", "--concurrency", ERRANDS)
    return [
        _worker(home, "worker", env, "verdicts", *judges),
        _worker(home, "errands", env, "files,messages", *errands),
    ]


def beat(home: Home, env: Mapping[str, str]) -> Program:
    """Describe the clock that rings the worker."""
    return _python(home, "beat", env, "kpitrack.heartbeats")


def command(
    home: Home, env: Mapping[str, str], *arguments: str, output: Path | None = None
) -> Program:
    """Describe a run of manage.py, to be waited for; `output` takes what it says."""
    name = arguments[0]
    argv = (sys.executable, str(CHECKOUT / "manage.py"), *arguments)
    return Program(name, argv, home.logs / f"{name}.log", env, folder=CHECKOUT, output=output)


def _worker(home: Home, name: str, env: Mapping[str, str], queues: str, *pool: str) -> Program:
    arguments = ["-A", "kpitrack.celery", "worker", "--loglevel", "INFO"]
    arguments += ["--hostname", f"{name}@%h", "--queues", queues, *pool]
    arguments += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    # `prepare` has run Django's checks, which load every page (25 MB)
    env = {**env, "CELERY_SKIP_CHECKS": "1"}
    return _python(home, name, env, "celery", *arguments, niceness=NICE)


def _python(
    home: Home, name: str, env: Mapping[str, str], module: str, *arguments: str, niceness: int = 0
) -> Program:
    argv = (sys.executable, "-m", module, *arguments)
    log = home.logs / f"{name}.log"
    return Program(name, argv, log, env, folder=CHECKOUT, niceness=niceness)
