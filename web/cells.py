"""What stands in a cell: a text, or what a workbook knows better than its text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias

from web.guards import unguarded

SPACES = " \t\r\n\u00a0\u2007\u2009\u202f\ufeff"


@dataclass(frozen=True, slots=True)
class Percent:
    """A number that is shown with a percent sign: 12 for 12 %."""

    number: Decimal


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell without a value: what it shows, and why that is no value."""

    shown: str
    words: str


Cell: TypeAlias = str | Decimal | Percent | Fault | datetime | timedelta


def text_of(cell: Cell) -> str:
    """The cell as a person sees it.

    >>> text_of(datetime(2026, 11, 20)), text_of(Percent(Decimal(12)))
    ('2026-11-20', '12 %')
    """
    if isinstance(cell, str):
        return cell.strip(SPACES)
    if isinstance(cell, Decimal):
        return format(cell, "f") if -100 < cell.adjusted() < 100 else str(cell)
    if isinstance(cell, Percent):
        return f"{text_of(cell.number)} %"
    if isinstance(cell, Fault):
        return cell.shown
    if isinstance(cell, timedelta):
        return clock(cell)
    return cell.date().isoformat() if cell.time() == time.min else cell.isoformat()


def clock(span: timedelta) -> str:
    """Hours, minutes and seconds, as many hours as there are."""
    seconds = abs(span) // timedelta(seconds=1)
    rest = f"{abs(span) % timedelta(seconds=1) / timedelta(seconds=1):.6f}"[1:].rstrip("0.")
    sign = "-" if span < timedelta(0) else ""
    minutes = f"{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{sign}{seconds // 3600}:{minutes}{'.' + rest.lstrip('.') if rest else ''}"


def note_of(cell: Cell) -> str:
    """A note with all its letters, without the apostrophe that kept spreadsheets from running it.

    >>> note_of("'=1+1"), note_of(Decimal(5)), note_of(" ")
    ('=1+1', '5', '')
    """
    if is_blank(cell):
        return ""
    return unguarded(cell) if isinstance(cell, str) else text_of(cell)


def is_blank(cell: Cell) -> bool:
    """Whether nothing stands in the cell."""
    return isinstance(cell, str) and not cell.strip(SPACES)
