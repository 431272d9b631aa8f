"""What this process remembers for seconds of who reaches what, so that not every request asks."""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import Any

# Another process learns of a revoked token or a changed role no later than this.
SECONDS = 2.0
MOST = 10_000

_kept: dict[Hashable, tuple[float, Any]] = {}


def recall(name: Hashable) -> Any | None:
    """What was remembered under a name in the last seconds, or None."""
    found = _kept.get(name)
    return found[1] if found is not None and found[0] > time.monotonic() else None


def remember(name: Hashable, what: Any) -> None:
    """Keep something for seconds."""
    if len(_kept) >= MOST:
        _kept.clear()
    _kept[name] = (time.monotonic() + SECONDS, what)


def count(name: Hashable) -> int:
    """How often this was called with the name in the seconds since the first time."""
    until, times = _kept.get(name, (0.0, 0))
    if until <= time.monotonic():
        remember(name, 1)
        return 1
    _kept[name] = (until, times + 1)
    return int(times) + 1


def forget() -> None:
    """Something changed: ask the database again."""
    _kept.clear()
