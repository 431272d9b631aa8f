"""What is known of a file besides its content: what was asked for, counted and refused."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from measurements.intake import DUPLICATE
from measurements.models import Upload
from measurements.row import Refusal, Report

# Refusals that are kept for the page and the list to download; all of them are counted.
KEPT = 5000

Purpose = Literal["", "check", "store"]
OnError = Literal["refuse", "skip"]


class Refused(msgspec.Struct, frozen=True, array_like=True):
    """Why one line of the file is not taken."""

    line: int
    field: str
    words: str

    @classmethod
    def of(cls, refusal: Refusal) -> Refused:
        """A refusal of the core, whose index counts the lines from 0."""
        return cls(refusal.index + 1, refusal.field or "", refusal.detail)


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over a whole file, with the first refusals in the order of the file."""

    received: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    refusals: tuple[Refused, ...] = ()

    @classmethod
    def of(cls, report: Report) -> Tally:
        """What the core reports."""
        refusals = sorted(map(Refused.of, report.rejected), key=lambda one: one.line)
        return cls(
            received=report.received,
            created=report.created,
            updated=report.updated,
            unchanged=report.unchanged,
            rejected=report.rejected_count,
            refusals=tuple(refusals[:KEPT]),
        )

    @property
    def changes(self) -> int:
        """How many values become new or other."""
        return self.created + self.updated

    @property
    def reason(self) -> str:
        """What kept a whole file out: its first refusal, and how many there are; "" for none.

        >>> bad = Refused(4, "at", "“soon” is no date.")
        >>> Tally(rejected=3, refusals=(bad,)).reason
        '3 values refused. Line 4, at: “soon” is no date.'
        """
        if not self.refusals:
            return ""
        first = self.refusals[0]
        place = f"Line {first.line}, {first.field}" if first.field else f"Line {first.line}"
        count = "1 value" if self.rejected == 1 else f"{self.rejected:,} values"
        return f"{count} refused. {place}: {first.words}"

    @property
    def contradicts_itself(self) -> bool:
        """Whether lines have different values for one time, of which the first would be stored."""
        return any(one.words in DUPLICATE.values() for one in self.refusals)

    @property
    def has_more_refusals(self) -> bool:
        """Whether more lines are refused than are kept."""
        return self.rejected > len(self.refusals)


class UploadOutcome(msgspec.Struct, kw_only=True):
    """How far a file has come: what the worker is asked for, and what came of it."""

    indicator: str = ""  # the one from whose page the file was brought
    purpose: Purpose = ""
    on_error: OnError = "refuse"
    request_id: str = ""
    attempts: int = 0
    expected: int = 0  # about how many rows there are; 0 where nobody knows before they are read
    tally: Tally | None = None
    problem: str = ""

    @classmethod
    def of(cls, upload: Upload) -> UploadOutcome:
        """What is kept with the file."""
        return msgspec.convert(upload.outcome, cls)

    @property
    def total(self) -> int:
        """How many rows the worker is going to read, counted or expected."""
        return self.tally.received if self.tally else self.expected

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the file."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found
