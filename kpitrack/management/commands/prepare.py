"""Brings an installation up to the code: migrations, static files, the first administrator."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError

ADMINISTRATOR = "admin@example.org"
UNUSED = ["redoc"]  # the second reader of API documents, which comes with the first
ATTEMPTS = 15  # a migration waits 2 s for a lock and leaves the queue free in between


class Command(BaseCommand):
    help = "Apply migrations, collect static files when they changed, make the first account."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="The demo has its own accounts.")
        parser.add_argument("--report", type=Path, help="Write what was found to this file.")

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        collect_static()
        empty = not get_user_model().objects.exists()
        sign_in = "" if options["demo"] or not empty else make_administrator()
        if options["report"]:
            write_private(options["report"], json.dumps({"empty": empty, "sign_in": sign_in}))
        elif sign_in:
            self.stdout.write(sign_in)


def migrate() -> None:
    """Apply migrations; one that finds a table in use tries again."""
    for attempt in range(ATTEMPTS):
        try:
            call_command("migrate", interactive=False, verbosity=1)
            break
        except OperationalError as error:
            if "lock timeout" not in str(error) or attempt == ATTEMPTS - 1:
                raise
            time.sleep(1)


def collect_static() -> None:
    """Collect static files when one of them changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    digest = fingerprint()
    if stamp.exists() and stamp.read_text("ascii") == digest:
        return
    call_command("collectstatic", interactive=False, verbosity=1, ignore_patterns=UNUSED)
    stamp.write_text(digest, "ascii")


def fingerprint() -> str:
    """Return a digest of every static file's name, size and time of change."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            found = os.stat(storage.path(name))  # noqa: PTH116
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def make_administrator() -> str:
    """Make the first account with a password nobody knows yet, and say how to sign in."""
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    get_user_model().objects.create_superuser(ADMINISTRATOR, password)
    return (
        f"Sign in as {ADMINISTRATOR} with the password {password}\n"
        "It is shown only now: change it after signing in."
    )


def write_private(path: Path, content: str) -> None:
    """Write a file only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
