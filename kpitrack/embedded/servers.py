"""Both servers of one home together: start, addresses for settings, stop."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kpitrack.embedded.account import servers_account
from kpitrack.embedded.child import Child
from kpitrack.embedded.discovery import (
    APPLICATION_ROLE,
    OWNER_ROLE,
    postgres_address,
    redis_address,
)
from kpitrack.embedded.home import Home
from kpitrack.embedded.postgres import Postgres
from kpitrack.embedded.redis import Redis
from kpitrack.embedded.refusal import Refusal
from kpitrack.embedded.wheels import programs_for

START_TIMEOUT = 120.0  # seconds, crash recovery of a big database included
HOPELESS_AFTER = 2  # failed starts in a row
PASSING = ("shared memory block", "lock file", "Address already in use")


@dataclass(slots=True)
class Servers:
    """The embedded servers of one home; either may be absent when an external one is used."""

    place: Path
    postgres: Postgres | None
    redis: Redis | None
    children: list[Child] = field(default_factory=list)

    def start(self, pause: Callable[[float], object] = time.sleep) -> None:
        """Start both and return when both answer; whatever goes wrong stops what had started."""
        wanted: list[Postgres | Redis] = [
            server for server in (self.postgres, self.redis) if server is not None
        ]
        try:
            for server in wanted:
                server.create()
                self.children.append(Child(server.program()))
                self.children[-1].start()
            for server, child in zip(wanted, self.children, strict=True):
                wait_until(child, server.is_ready, pause=pause)
            if self.postgres is not None:
                self.postgres.prepare()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop both, PostgreSQL last."""
        for child in reversed(self.children):
            child.stop()

    def environment(self) -> dict[str, str]:
        """Return the variables by which settings find these servers."""
        found: dict[str, str] = {}
        if self.postgres is not None:
            found["DATABASE_URL"] = postgres_address(self.postgres.sockets, APPLICATION_ROLE)
            found["DATABASE_OWNER_URL"] = postgres_address(self.postgres.sockets, OWNER_ROLE)
        if self.redis is not None:
            found["REDIS_URL"] = redis_address(self.redis.sockets)
        return found


def prepare(
    home: Home,
    *,
    embed: tuple[str, ...] = ("postgres", "redis"),
    settings: Mapping[str, str] | None = None,
) -> Servers:
    """Find account, place, sockets and programs for the servers of an owned home."""
    account = servers_account()
    place = home.place_for(account)
    sockets = home.sockets_for(account, place)
    programs = programs_for(account, place)
    home.note({"sockets": str(sockets), "place": str(place)})
    common = (place, sockets, home.logs, account, programs)
    postgres = Postgres(*common, settings=settings or {}) if "postgres" in embed else None
    return Servers(place, postgres, Redis(*common) if "redis" in embed else None)


@contextlib.contextmanager
def servers(home: Path, *, settings: Mapping[str, str] | None = None) -> Iterator[Servers]:
    """Own a home and run its servers for the length of a block."""
    owned = Home(home)
    owned.create()
    with owned.owned("(no address: a command or a test run)"):
        found = prepare(owned, settings=settings)
        found.start()
        try:
            yield found
        finally:
            found.stop()


def wait_until(
    child: Child, ready: Callable[[], bool], *, pause: Callable[[float], object] = time.sleep
) -> None:
    """Wait until a process answers, starting it again when the reason of its end may pass."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if child.collect() is not None and _is_hopeless(child):
            break
        if child.is_due():
            child.start()
        if child.process is not None and ready():
            return
        pause(0.05)
    raise Refusal(
        f"{child.name} did not start; its log is {child.program.log}\n{child.last_words()}"
    )


def _is_hopeless(child: Child) -> bool:
    passing = any(reason in child.last_words() for reason in PASSING)
    return not passing and child.failures >= HOPELESS_AFTER
