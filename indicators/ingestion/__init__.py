"""The way measurements get in: parse, resolve, validate, store, mark for recomputation."""

from indicators.ingestion.delivery import ingest, ingest_stream, note_refused, withdraw
from indicators.ingestion.row import Refusal, Report, Row
from indicators.ingestion.sender import Sender
from indicators.ingestion.undoing import NotUndoable, Undone, outlook, undo

__all__ = [
    "NotUndoable",
    "Refusal",
    "Report",
    "Row",
    "Sender",
    "Undone",
    "ingest",
    "ingest_stream",
    "note_refused",
    "outlook",
    "undo",
    "withdraw",
]
