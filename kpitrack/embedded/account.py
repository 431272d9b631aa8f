"""The account the servers run under: our own, or an unprivileged one when we are root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kpitrack.embedded.refusal import Refusal

PREFERRED = ("kpitrack", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the machine; `borrowed` when root runs servers under it."""

    uid: int
    gid: int
    name: str
    borrowed: bool

    def can_read(self, path: Path) -> bool:
        """Say whether this account can read the file or enter the folder."""
        if not self.borrowed:
            return os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0))
        # Asking the kernel is the only answer that knows every parent, ACL and mount.
        question = 'if test -d "$0"; then test -x "$0"; else test -r "$0"; fi'
        done = subprocess.run(
            ["/bin/sh", "-c", question, str(path)],
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
        return done.returncode == 0

    def give(self, path: Path) -> Path:
        """Make a folder that only this account may enter, and return it."""
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.borrowed:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        path.chmod(0o700)
        return path


def servers_account() -> Account:
    """Choose the account: ourselves, or an unprivileged existing one when we are root."""
    if os.getuid() != 0:
        return Account(os.getuid(), os.getgid(), own_name(), borrowed=False)
    for name in PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name, borrowed=True)
    raise Refusal(
        "PostgreSQL refuses to run as root and there is no account 'nobody' or 'kpitrack' to "
        "run it under. Create one (useradd --system kpitrack) or start as an ordinary user."
    )


def own_name() -> str:
    """Return the name of the account that runs this process, as PostgreSQL will see it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        raise Refusal(
            f"User id {os.getuid()} has no name on this machine, which PostgreSQL needs. "
            "Add it to /etc/passwd, or set DATABASE_URL and REDIS_URL to servers elsewhere."
        ) from None
