"""One reader a format: from a body to rows, with the form checked and nothing believed yet."""

from measurements.formats.size import MAX_BYTES, MAX_ROWS, TooManyRows, Unreadable

__all__ = ["MAX_BYTES", "MAX_ROWS", "TooManyRows", "Unreadable"]
