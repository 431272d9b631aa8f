"""The way measurements get in: parse, resolve, validate, store, mark for recomputation."""

from indicators.ingestion.delivery import Sender, ingest, ingest_stream, withdraw
from indicators.ingestion.row import Refusal, Report, Row

__all__ = ["Refusal", "Report", "Row", "Sender", "ingest", "ingest_stream", "withdraw"]
