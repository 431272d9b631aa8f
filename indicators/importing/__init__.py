"""Files that people bring: accepted, looked at, checked, taken in by the worker, told about."""

from indicators.importing.bringing import (
    ENDINGS,
    LARGEST,
    TOO_LARGE,
    NotAccepted,
    bring,
    known_for,
    known_of,
    look_at,
)
from indicators.importing.foresight import Fate, fates
from indicators.importing.outcome import Outcome, Refused, Tally
from indicators.importing.progress import rows_read
from indicators.importing.taking import commit, discard, forget, keep, prepare, take_next

__all__ = [
    "ENDINGS",
    "LARGEST",
    "TOO_LARGE",
    "Fate",
    "NotAccepted",
    "Outcome",
    "Refused",
    "Tally",
    "bring",
    "commit",
    "discard",
    "fates",
    "forget",
    "keep",
    "known_for",
    "known_of",
    "look_at",
    "prepare",
    "rows_read",
    "take_next",
]
