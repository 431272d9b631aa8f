"""What a home says about its running servers: addresses and the secret key, with light imports.

Settings call this whenever the environment names no server, so that a command typed beside
`make run` finds what runs there.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kpitrack.embedded.refusal import Refusal

DATABASE = "kpitrack"
APPLICATION_ROLE = "kpitrack"
OWNER_ROLE = "kpitrack_owner"
SUPERUSER = "postgres"


def database_url(home: Path) -> str:
    """Return the address of the database for the application role, running or not."""
    return postgres_address(_socket_folder(home), APPLICATION_ROLE)


def owner_url(home: Path) -> str:
    """Return the address of the database for the role that owns the tables (migrations)."""
    return postgres_address(_socket_folder(home), OWNER_ROLE)


def redis_url(home: Path) -> str:
    """Return the address of Redis, running or not."""
    return redis_address(_socket_folder(home))


def postgres_address(folder: Path, role: str) -> str:
    """Spell a PostgreSQL socket folder as a URL."""
    return f"postgres://{role}@/{quote(str(folder))}/{DATABASE}"


def redis_address(folder: Path) -> str:
    """Spell the Redis socket in a folder as a URL."""
    return f"unix://{quote(str(folder / 'redis.sock'))}?db=0"


def secret_key(home: Path) -> str:
    """Return the secret key of the home, made on first use and readable by its owner alone."""
    path = home / "secret_key"
    try:
        if not path.exists():
            home.mkdir(parents=True, exist_ok=True, mode=0o711)
            _create_once(path, secrets.token_urlsafe(50))
        key = path.read_text("ascii").strip()
    except OSError as error:
        raise Refusal(
            f"{path} cannot be read or written: {error.strerror}. "
            "Set KPITRACK_HOME to a folder of yours."
        ) from error
    if not key:
        raise Refusal(f"{path} is empty. Restore it from a backup, or delete it for a new key.")
    return key


def running(home: Path) -> dict[str, Any] | None:
    """Return what the owner of the home wrote down, or None when nobody owns it."""
    return record(home) if is_owned(home) else None


def is_owned(home: Path) -> bool:
    """Say whether a live process holds the owner lock of the home."""
    try:
        descriptor = os.open(home / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def record(home: Path) -> dict[str, Any]:
    """Return the last record of the home's servers, of a live owner or of a dead one."""
    try:
        content = json.loads((home / "servers.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _socket_folder(home: Path) -> Path:
    return Path(record(home).get("sockets") or home / "run")


def _create_once(path: Path, content: str) -> None:
    # A link is made completely or not at all, so two first starts agree on one key.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content + "\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
