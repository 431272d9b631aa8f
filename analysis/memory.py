"""What one judgement has computed already, so that nothing is done twice; made anew each time."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Found = TypeVar("Found")


class Memory:
    """Remembers what was made of equal inputs; the key says of which, and with what."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[Hashable, ...], Any] = {}

    def recall(self, key: tuple[Hashable, ...], make: Callable[[], Found]) -> Found:
        """Return what was made for this key, making it now for the first time.

        >>> memory = Memory()
        >>> memory.recall(("a", 1), lambda: 5), memory.recall(("a", 1), lambda: 6)
        (5, 5)
        """
        if key not in self._known:
            self._known[key] = make()
        found: Found = self._known[key]
        return found
