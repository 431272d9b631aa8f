"""What can be wrong with an installation, asked one by one, each with what to do about it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection

from kpitrack import assets, health, heartbeats
from kpitrack.embedded import discovery, wheels
from kpitrack.embedded.account import servers_account
from kpitrack.embedded.refusal import Refusal

ROOM = 1_000_000_000  # bytes that should be free
START = "Start KPItrack with `make run`, or set {} to a server that runs."


@dataclass(frozen=True, slots=True)
class Finding:
    """What one question found; without advice all is well."""

    subject: str
    found: str
    advice: str = ""


def examine() -> Iterator[Finding]:
    """Ask every question, whatever the others found."""
    for question in QUESTIONS:
        try:
            yield question()
        except Refusal as refusal:
            yield Finding(question.__name__, "not in order", str(refusal))
    yield from misconfigurations()


def python() -> Finding:
    """The interpreter and its version."""
    return Finding("python", f"{sys.version.split()[0]} in {sys.prefix}")


def programs() -> Finding:
    """The programs of PostgreSQL and Redis run on this machine."""
    found = wheels.programs()
    versions = []
    for program in (found / "postgres", str(found.redis_server)):
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            advice = "Install the pinned packages for this machine again: make clean run"
            return Finding("programs", f"{program} does not run", advice)
        versions.append(" ".join(done.stdout.split()[:3]))
    return Finding("programs", ", ".join(versions))


def account() -> Finding:
    """The account the embedded servers run under."""
    return Finding("account", f"the servers run as {servers_account().name}")


def home() -> Finding:
    """The home exists or can be made, and there is room."""
    path: Path = settings.KPITRACK_HOME
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < ROOM:
        advice = "Free some space, or set KPITRACK_HOME to another disk."
        return Finding("home", f"{path} has {free / 1e6:.0f} MB left", advice)
    running = discovery.running(path)
    state = f"running at {running.get('url')}" if running else "not running"
    return Finding("home", f"{path}, {state}, {free / 1e9:.0f} GB free")


def secret_key() -> Finding:
    """The key is long enough, and its file is private."""
    path = settings.KPITRACK_HOME / "secret_key"
    if len(settings.SECRET_KEY) < 32:
        return Finding("secret key", "too short", "Set SECRET_KEY to 50 random characters.")
    if path.exists() and path.stat().st_mode & 0o077:
        return Finding("secret key", "readable by others", f"chmod 600 {path}")
    return Finding("secret key", "private")


def database() -> Finding:
    """PostgreSQL answers, and gives this process no more rights than it needs."""
    query = "SELECT current_setting('server_version'), current_user, rolsuper FROM pg_roles"
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"{query} WHERE rolname = current_user")
            version, role, is_superuser = cursor.fetchone()
    except DatabaseError as error:
        return Finding("database", first_line(error), START.format("DATABASE_URL"))
    if is_superuser:
        advice = "Use a role without superuser rights in DATABASE_URL."
        return Finding("database", f"PostgreSQL {version} as superuser {role}", advice)
    return Finding("database", f"PostgreSQL {version} as {role}")


def migrations() -> Finding:
    """The tables are those this code expects."""
    state = health.state_of(health.migrations)
    if state["status"] == "ok":
        return Finding("migrations", "all applied")
    advice = (
        "Run: manage.py migrate" if "applied" in state["detail"] else "The database comes first."
    )
    return Finding("migrations", state["detail"], advice)


def broker() -> Finding:
    """Redis answers."""
    try:
        server = heartbeats.client().info("server")
    except redis.RedisError as error:
        return Finding("redis", first_line(error), START.format("REDIS_URL"))
    version = server.get("valkey_version")
    return Finding("redis", f"Valkey {version}" if version else f"Redis {server['redis_version']}")


def worker() -> Finding:
    """The worker that judges gave a sign of life."""
    return sign_of_life("worker", "celery -A kpitrack.celery worker -Q verdicts")


def errands() -> Finding:
    """The worker for files and messages gave a sign of life."""
    return sign_of_life("errands", "celery -A kpitrack.celery worker -Q files,messages")


def beat() -> Finding:
    """The clock gave a sign of life."""
    return sign_of_life("beat", "python -m kpitrack.heartbeats")


def sign_of_life(name: str, command: str) -> Finding:
    """Look how long ago a process was last heard of."""
    try:
        age = heartbeats.age(name)
    except redis.RedisError:
        age = None
    if age is None:
        return Finding(name, "no sign of life", f"`make run` starts it; by hand: {command}")
    return Finding(name, f"heard of {age} s ago")


def browser_files() -> Finding:
    """What browsers load beside our own files."""
    found = assets.found()
    if assets.PLOTLY not in found:
        return Finding("plotly", "missing", "Install the pinned packages again: make clean run")
    font = "" if assets.FONT in found else ", the font is the system's (Node was not found)"
    return Finding("plotly", f"{found[assets.PLOTLY].name}{font}")


def misconfigurations() -> Iterator[Finding]:
    """What the checks of Django and of our own say about this configuration."""
    for message in checks.run_checks(include_deployment_checks=True):
        if message.is_serious() or str(message.id).startswith("kpitrack."):
            yield Finding(str(message.id), str(message.msg), str(message.hint or "See the docs."))


def first_line(error: Exception) -> str:
    """Return the first line of what a driver complained about."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


QUESTIONS: tuple[Callable[[], Finding], ...] = (
    python,
    programs,
    account,
    home,
    secret_key,
    database,
    migrations,
    broker,
    worker,
    errands,
    beat,
    browser_files,
)
