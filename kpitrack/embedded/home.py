"""KPITRACK_HOME: its folders, its one owner at a time, and the short folder for its sockets."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpitrack.embedded import discovery
from kpitrack.embedded.account import Account
from kpitrack.embedded.refusal import Refusal

SOCKET_PATH_LIMIT = 107  # bytes, sockaddr_un on Linux
LONGEST_SOCKET = "/.s.PGSQL.5432"
MORE_PLACES = (Path("/var/lib/kpitrack"), Path("/var/tmp/kpitrack"), Path("/tmp/kpitrack"))  # noqa: S108
LOCK_PATIENCE = 1.0  # seconds: a command that asks who runs holds the lock for a moment


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one installation."""

    path: Path

    @property
    def logs(self) -> Path:
        """Return the folder of the log files."""
        return self.path / "logs"

    def create(self) -> None:
        """Make the home and its folders, or say in one line why that is impossible."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o711)
            self.logs.mkdir(exist_ok=True, mode=0o700)
            (self.path / "mail").mkdir(exist_ok=True, mode=0o700)
            (self.path / "media").mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise Refusal(_cannot_write(self.path, error)) from error

    @contextlib.contextmanager
    def owned(self, url: str) -> Iterator[None]:
        """Hold the home as its only owner; the kernel lets go when this process dies."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Refusal(_cannot_write(self.path, error)) from error
        try:
            _lock(descriptor, self.path)
            self.note({"url": url, "pid": os.getpid()})
            yield
        finally:
            os.close(descriptor)

    def note(self, facts: Mapping[str, Any]) -> None:
        """Add facts to the record that other commands read, whole or not at all."""
        draft = self.path / "servers.json.new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(discovery.record(self.path) | dict(facts), file, indent=1)
        draft.replace(self.path / "servers.json")

    def place_for(self, account: Account) -> Path:
        """Return the folder for the servers' files: the home, or one the account can reach."""
        if account.can_read(self.path):
            return self.path
        if not account.borrowed:
            raise Refusal(f"{self.path} cannot be read by this user. Choose another KPITRACK_HOME.")
        with contextlib.suppress(OSError):
            self.path.chmod(self.path.stat().st_mode | 0o011)
        return self.path if account.can_read(self.path) else self._place_elsewhere(account)

    def _place_elsewhere(self, account: Account) -> Path:
        """Return the folder the link `servers` names, made where the account can reach it."""
        link = self.path / "servers"
        if link.is_symlink():
            if link.is_dir() and link.stat().st_uid == os.getuid():
                return link.resolve()
            raise Refusal(
                f"{link} leads to {link.readlink()}, which is gone. "
                "Restore it, or delete the link to start empty."
            )
        for place in MORE_PLACES:
            with contextlib.suppress(OSError):
                folder = _own_folder(_own_folder(place) / secrets.token_hex(6))
                if account.can_read(folder):
                    link.symlink_to(folder)
                    return folder
        raise Refusal(
            f"The account '{account.name}' cannot reach {self.path} nor any other place. "
            "Set KPITRACK_HOME to a folder below one that everybody may enter, such as /srv."
        )

    def sockets_for(self, account: Account, place: Path) -> Path:
        """Return a private folder whose path is short enough for a socket."""
        folder = place / "run"
        if len(os.fsencode(str(folder) + LONGEST_SOCKET)) <= SOCKET_PATH_LIMIT and "," not in str(
            folder
        ):
            return account.give(folder)
        earlier = Path(discovery.record(self.path).get("sockets") or folder)
        if earlier != folder and earlier.is_dir() and _is_private(earlier, account):
            return earlier
        folder = Path(tempfile.mkdtemp(prefix="kpitrack-", dir="/tmp"))
        return account.give(folder)

    def remove(self) -> None:
        """Delete everything, also what the servers kept in other places."""
        known = discovery.record(self.path)
        for name in ("sockets", "place"):
            shutil.rmtree(known.get(name) or self.path, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)


def _lock(descriptor: int, path: Path) -> None:
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                break
        time.sleep(0.05)
    url = discovery.record(path).get("url") or "an unknown address"
    raise Refusal(f"KPItrack is running already at {url} (home {path}).")


def _own_folder(path: Path) -> Path:
    """Make or accept a folder that belongs to us, which nobody else can have put there."""
    path.mkdir(exist_ok=True, mode=0o711)
    if path.is_symlink() or path.stat().st_uid != os.getuid():
        raise PermissionError(str(path))
    return path


def _is_private(folder: Path, account: Account) -> bool:
    found = folder.lstat()
    return found.st_uid == account.uid and found.st_mode & 0o077 == 0


def _cannot_write(path: Path, error: OSError) -> str:
    return f"{path} cannot be written: {error.strerror}. Set KPITRACK_HOME to a folder of yours."
