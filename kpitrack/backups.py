"""One file that holds an installation: the database, the secret key and the uploaded files."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.db import DatabaseError, connection

from kpitrack.embedded import addressing, servers, wheels
from kpitrack.embedded.discovery import APPLICATION_ROLE
from kpitrack.embedded.postgres import SCHEMA

FORMAT = 1
DUMP = "database.dump"
KEY = "secret_key"
MANIFEST = "manifest.json"
MEDIA = "media"

# An empty schema like that of a new database, so that a backup of it is the same again.
FRESH = """
SET client_min_messages = warning;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
COMMENT ON SCHEMA public IS 'standard public schema';
"""


def write_backup(target: Path, *, now: datetime) -> int:
    """Write a backup, whole or not at all, readable by its owner alone; return its size."""
    draft = target.with_name(f"{target.name}.partial")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".kpitrack-") as folder:
            dump = Path(folder) / DUMP
            run_client("pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={dump}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
                write_members(tar, dump, Path(folder), now)
                tar.close()
                file.flush()
                os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


def write_members(tar: tarfile.TarFile, dump: Path, folder: Path, now: datetime) -> None:
    """Add the parts; the manifest first, so that a reader knows what comes."""
    manifest = folder / MANIFEST
    manifest.write_text(
        json.dumps({"format": FORMAT, "version": settings.VERSION, "made_at": now.isoformat()})
    )
    key = folder / KEY
    key.write_text(settings.SECRET_KEY + "\n", "utf-8")
    for path in (manifest, key, dump):
        tar.add(path, path.name)
    if Path(settings.MEDIA_ROOT).is_dir():
        tar.add(settings.MEDIA_ROOT, MEDIA)


def restore_backup(source: Path) -> None:
    """Put a backup in the place of everything, in one transaction; other files come after it."""
    try:
        with tarfile.open(source) as tar:
            check_manifest(tar)
            with tempfile.TemporaryDirectory(prefix="kpitrack-") as folder:
                dump = Path(folder) / DUMP
                copy_member(tar, DUMP, dump)
                restore_database(dump)
            restore_key(tar)
            restore_media(tar)
    except (tarfile.TarError, EOFError) as error:
        raise CommandError(f"{source} is not a whole KPItrack backup: {error}") from error


def is_empty() -> bool:
    """Say whether nobody has an account yet, or there are no tables at all."""
    try:
        return not get_user_model().objects.exists()
    except DatabaseError:
        return "teams_user" not in connection.introspection.table_names()


@contextlib.contextmanager
def database_at_hand(home: Path) -> Iterator[None]:
    """Start the home's servers for the length of a block when nobody runs them."""
    if not addressing.is_nobody_home(os.environ, home):
        yield
        return
    with servers.servers(home) as found:
        assert found.postgres is not None
        connection.settings_dict["HOST"] = str(found.postgres.sockets)
        yield
        connection.close()


def restore_database(dump: Path) -> None:
    """Replace all tables by those of a dump, or leave everything as it was."""
    restore = client("pg_restore", "--no-owner", "--no-acl", "--schema=public", "--file=-")
    with tempfile.TemporaryFile("w+b") as script:
        script.write(wipe().encode())
        script.flush()
        done = subprocess.run(
            [*restore, str(dump)], stdout=script, stderr=subprocess.PIPE, check=False
        )
        if done.returncode != 0:
            raise CommandError(f"The dump in the backup is damaged: {last_line(done.stderr)}")
        script.seek(0)
        connection.close()
        options = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        run_client("psql", *options, "--output=/dev/null", script=script)


def wipe() -> str:
    """Return the statements that leave an empty schema with the rights of a new one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION_ROLE])
        separate = cursor.fetchone() and connection.settings_dict["USER"] != APPLICATION_ROLE
    return FRESH + (SCHEMA if separate else "")


def restore_key(tar: tarfile.TarFile) -> None:
    """Put the key of the backup in place, unless the environment names one; keep the old one."""
    if os.environ.get("SECRET_KEY") or os.environ.get("SECRET_KEY_FILE"):
        return
    path = settings.KPITRACK_HOME / KEY
    if path.exists():
        path.replace(path.with_name(f"{KEY}.before"))
    copy_member(tar, KEY, path)


def restore_media(tar: tarfile.TarFile) -> None:
    """Write the uploaded files of the backup; files that are not in it stay."""
    for member in tar:
        path = PurePosixPath(member.name)
        if member.isfile() and path.parts[0] == MEDIA and ".." not in path.parts:
            target = Path(settings.MEDIA_ROOT).joinpath(*path.parts[1:])
            target.parent.mkdir(parents=True, exist_ok=True)
            copy_member(tar, member.name, target)


def check_manifest(tar: tarfile.TarFile) -> None:
    """Refuse what is not a backup, or one of a later version."""
    try:
        member = tar.extractfile(MANIFEST)
        content: dict[str, Any] = json.loads(member.read()) if member else {}
    except (KeyError, ValueError):
        content = {}
    if content.get("format") != FORMAT:
        raise CommandError("The file is not a backup this version of KPItrack can read.")


def copy_member(tar: tarfile.TarFile, name: str, target: Path) -> None:
    """Write one part of the backup to a private file."""
    source = tar.extractfile(name)
    if source is None:
        raise CommandError(f"The backup holds no {name}.")
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(source, file)


def client(name: str, *options: str) -> list[str]:
    """Return the command line of a PostgreSQL program of the package."""
    return [wheels.programs() / name, *options]


def run_client(name: str, *options: str, script: IO[bytes] | None = None) -> None:
    """Run a PostgreSQL program on the database of the settings."""
    database = connection.settings_dict
    env = os.environ | {
        "PGHOST": str(database["HOST"]),
        "PGPORT": str(database["PORT"] or 5432),
        "PGUSER": str(database["USER"]),
        "PGPASSWORD": str(database["PASSWORD"]),
        "PGDATABASE": str(database["NAME"]),
        "PGOPTIONS": "-c lock_timeout=20s -c statement_timeout=0",
    }
    done = subprocess.run(
        client(name, *options), env=env, stdin=script, stderr=subprocess.PIPE, check=False
    )
    if done.returncode != 0:
        raise CommandError(f"{name} failed: {last_line(done.stderr)}")


def last_line(stderr: bytes) -> str:
    """Return what a program complained about last."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it gave no reason"
