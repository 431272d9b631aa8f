"""A whole installation in a process of its own, for tests that start, kill and stop it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kpitrack.embedded import discovery
from kpitrack.embedded.home import Home
from kpitrack.embedded.identity import is_alive

CHECKOUT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 180.0
DEMO_TIMEOUT = 240.0
OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")


class Installation:
    """`manage.py up` on a home and a port of its own."""

    def __init__(self, home: Path, *, port: int | None = None, demo: bool = False) -> None:
        self.home = home
        self.demo = demo
        self.port = port or free_port()
        self.output = home.parent / f"{home.name}.{self.port}.out"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in OURS}
        return inherited | {
            "KPITRACK_HOME": str(self.home),
            "PORT": str(self.port),
            "KPITRACK_DEMO": str(int(self.demo)),
            "STATIC_ROOT": os.environ["KPITRACK_HOME"] + "/static",  # collected once a run
        }

    def spawn(self) -> subprocess.Popen[bytes]:
        """Run `manage.py up` without waiting for anything."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(CHECKOUT / "manage.py"), "up", "--with-parent"],
                env=self.environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.process

    def start(self) -> None:
        """Start and wait until every part is ready, and the demo is there."""
        process = self.spawn()
        wait_until(lambda: process.poll() is not None or self.is_ready(), START_TIMEOUT)
        wait_until(lambda: process.poll() is not None or "Ctrl-C" in self.said(), DEMO_TIMEOUT)
        assert process.poll() is None, self.said()

    def said(self) -> str:
        return self.output.read_text("utf-8")

    def status(self, path: str) -> int:
        """Return the status of a page, 0 when nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def is_ready(self) -> bool:
        return self.status("/readyz") == 200

    def children(self) -> dict[str, str]:
        """Return the identity of each running process by name."""
        found: dict[str, Any] = self.record().get("children", {})
        return {name: str(process) for name, process in found.items() if process}

    def kill(self, name: str) -> str:
        """End one process with SIGKILL, and return which it was."""
        identity = self.children()[name]
        os.kill(int(identity.partition("@")[0]), signal.SIGKILL)
        return identity

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end of the supervisor."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def record(self) -> dict[str, Any]:
        return discovery.record(self.home)

    def place(self) -> Path:
        """Return where the servers keep their files."""
        return Path(self.record()["place"])

    def manage(self, *arguments: str, status: int = 0) -> str:
        """Run a command on this home and return what it said."""
        done = subprocess.run(
            [sys.executable, str(CHECKOUT / "manage.py"), *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def remove(self) -> None:
        """Stop it if it runs, and delete its home."""
        if self.process is not None and self.process.poll() is None:
            self.stop()
        Home(self.home).remove()

    def leftovers(self) -> list[str]:
        return [name for name, process in self.children().items() if is_alive(process)]


@contextlib.contextmanager
def installed(home: Path, *, demo: bool = False) -> Iterator[Installation]:
    """Run an installation for the length of a block."""
    installation = Installation(home, demo=demo)
    try:
        installation.start()
        yield installation
    finally:
        installation.remove()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], timeout: float) -> None:
    """Poll until something outside this process has happened."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def damage_record(home: Path) -> None:
    """Leave the record as a full disk would."""
    (home / "servers.json").write_text(json.dumps({"url": "x"})[:-3], "utf-8")
