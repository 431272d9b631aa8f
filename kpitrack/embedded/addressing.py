"""Which database address a command uses: the one given, or the home's, in the role it needs."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path

from kpitrack.embedded import discovery

GIVEN = ("DATABASE_URL", "DATABASE_URL_FILE")


def become_owner(env: MutableMapping[str, str], home: Path) -> None:
    """Point DATABASE_URL at the role that owns the tables."""
    if file := env.get("DATABASE_OWNER_URL_FILE"):
        env["DATABASE_URL_FILE"] = file
    elif url := env.get("DATABASE_OWNER_URL"):
        env.pop("DATABASE_URL_FILE", None)
        env["DATABASE_URL"] = url
    elif is_embedded(env):
        env["DATABASE_URL"] = discovery.owner_url(home)


def is_embedded(env: Mapping[str, str]) -> bool:
    """Say whether the database is the home's own, because no other was given."""
    return not any(env.get(name) for name in GIVEN)


def is_nobody_home(env: Mapping[str, str], home: Path) -> bool:
    """Say whether a command failed because the home's servers are not running."""
    url = env.get("DATABASE_URL", "")
    ours = is_embedded(env) or url == discovery.owner_url(home)
    return ours and not discovery.is_owned(home)
