"""Which process a pid means: a pid is used again, a pid with its start time is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path


def identity(pid: int) -> str | None:
    """Return a name that no later process with this pid can have; None when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in "ZX" else f"{pid}@{rest[18]}"


def is_alive(name: str) -> bool:
    """Say whether the very process of that name still runs."""
    pid = name.partition("@")[0]
    return pid.isdigit() and identity(int(pid)) == name


def wait_for_end(
    names: Iterable[str | None], patience: float, pause: Callable[[float], object] = time.sleep
) -> None:
    """Wait for processes of an owner that was killed; they were told to end when it died."""
    left = {name for name in names if isinstance(name, str)}
    deadline = time.monotonic() + patience
    while (left := {name for name in left if is_alive(name)}) and time.monotonic() < deadline:
        pause(0.05)
