"""Redis of one home: on a private socket alone, an append-only file, and a limit of memory."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from kpitrack.embedded.account import Account
from kpitrack.embedded.child import Program
from kpitrack.embedded.postgres import clean_environment
from kpitrack.embedded.wheels import Programs


@dataclass(frozen=True, slots=True)
class Redis:
    """One Redis; it holds nothing PostgreSQL cannot rebuild."""

    place: Path
    sockets: Path
    logs: Path
    account: Account
    programs: Programs

    @property
    def socket(self) -> Path:
        """Return the path of the socket."""
        return self.sockets / "redis.sock"

    def create(self) -> None:
        """Make the data directory."""
        self.account.give(self.place / "redis")

    def program(self) -> Program:
        """Describe the server process."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.place / "redis"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "databases": "64",
            "tcp-keepalive": "0",
            "save": "",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        return Program(
            name="redis",
            argv=(str(self.programs.redis_server), *arguments),
            log=self.logs / "redis.log",
            env=clean_environment(),
            account=self.account,
        )

    def is_ready(self) -> bool:
        """Say whether it answers a PING (and has loaded its file)."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False
