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


def forget() -> None:
    """Something changed: ask the database again."""
    _kept.clear()
