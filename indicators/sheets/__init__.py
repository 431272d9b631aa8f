"""Tables in files of people: CSV, TSV, XLSX and ODS, looked at first and then read as rows."""

from indicators.sheets.limits import MAX_BYTES, MAX_COLUMNS, Unreadable
from indicators.sheets.looking import look
from indicators.sheets.reading import (
    DELIMITERS,
    ENCODINGS,
    MEASURES,
    ROLES,
    Known,
    Look,
    Question,
    Reading,
)
from indicators.sheets.taking import rows

__all__ = [
    "DELIMITERS",
    "ENCODINGS",
    "MAX_BYTES",
    "MAX_COLUMNS",
    "MEASURES",
    "ROLES",
    "Known",
    "Look",
    "Question",
    "Reading",
    "Unreadable",
    "look",
    "rows",
]
