"""How much a web server grows while the largest bodies come in on all connections at once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import clients
from bench.installation import Serving

CONNECTIONS = 8
ROWS = 50_000
BYTES = 16 * 1024 * 1024


def under_large_bodies(site: Serving, key: str, rows: Callable[[int], list[dict[str, Any]]]) -> str:
    """A line that says by how much; bodies of 50,000 rows are padded with notes to 16 MiB."""
    bodies = [large(rows(ROWS)) for _ in range(CONNECTIONS)]
    before = resident(site.pid)
    highest, done = [before], threading.Event()

    def watch() -> None:
        while not done.is_set():
            highest.append(resident(site.pid))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    sent = clients.send(bodies, port=site.port, key=key, connections=CONNECTIONS)
    done.set()
    watcher.join()
    grown = (max(highest) - before) / 1e6
    return (
        f"memory: {CONNECTIONS} bodies of {len(bodies[0]) / 1024**2:.1f} MiB at once, "
        f"{len(sent.refused)} refused: the web server grew by {grown:.0f} MB "
        f"from {before / 1e6:.0f} MB (goal below 150, stretch 60)\n"
    )


def large(batch: list[dict[str, Any]]) -> bytes:
    """A body as large as may be."""
    room = (BYTES - len(json.dumps(batch))) // len(batch) - len(', "note": ""') - 1
    return json.dumps([row | {"note": "x" * room} for row in batch]).encode()


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024
