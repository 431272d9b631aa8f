"""The tables of the app: one aggregate a module."""

from measurements.models.entry_link import EntryLink
from measurements.models.measurement import Batch, IdempotencyKey, Measurement, Superseded
from measurements.models.upload import Upload

__all__ = ["Batch", "EntryLink", "IdempotencyKey", "Measurement", "Superseded", "Upload"]
