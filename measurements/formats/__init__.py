"""One reader per format: a body becomes rows, with its shape checked and its content not.

Here is how much one delivery may hold, and how readers report a body that cannot be read.
"""

from __future__ import annotations

MAX_BYTES = 16 * 1024 * 1024
MAX_ROWS = 50_000


class Unreadable(ValueError):
    """The body is not written in the format it claims; the words say where."""


class TooManyRows(ValueError):
    """The body holds more rows than one delivery may."""

    def __init__(self) -> None:
        super().__init__(f"A request holds at most {MAX_ROWS:,} rows.")
