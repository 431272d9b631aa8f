"""How large a file may be, and how this package says that one cannot be read."""

from __future__ import annotations

from measurements.formats import MAX_BYTES, Unreadable

__all__ = ["MAX_BYTES", "MAX_COLUMNS", "Unreadable"]

MAX_COLUMNS = 2_000  # five years of days in columns
MAX_LINES = 1_048_576  # of a sheet; text may be longer
MAX_LINE_LENGTH = 1024 * 1024
MAX_PART_BYTES = 128 * 1024 * 1024  # of one part of a workbook, unpacked
MAX_WHOLE_BYTES = 256 * 1024 * 1024
MAX_TABLE_BYTES = 64 * 1024 * 1024  # of a sheet that is kept as it was parsed
MAX_SMALL_BYTES = 8 * 1024 * 1024  # styles, names of sheets and the like
MAX_TAGS = 3_000_000  # about 700,000 cells, whose tree fits into memory
MAX_CELLS = 700_000  # where one cell may stand for many
MAX_WHOLE_TAGS = 6_000_000
MAX_TAGS_OF_LINE = 100_000
MAX_SMALL_TAGS = 500_000
MAX_PARTS = 5_000
