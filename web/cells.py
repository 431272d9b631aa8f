"""Cells of tables: what stands in them, and texts that no spreadsheet runs as formulas.

A text that a spreadsheet would take for a formula goes out behind an apostrophe, and so does one
that looks as if it had been guarded already; coming in, it loses one apostrophe. Both together
change nothing. Workbooks further write letters that XML cannot hold as `_x000D_` (ECMA-376,
ST_Xstring).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias

# What begins a formula, in some program and some country; also behind blanks, which some strip.
_FORMULA = re.compile(r"'*(?:[ \n]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TO_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4})|[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def guarded(text: str) -> str:
    """The text as a table may hold it.

    >>> guarded("=1+1"), guarded("'=1+1"), guarded("it's")
    ("'=1+1", "''=1+1", "it's")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text as it was before `guarded`.

    >>> unguarded("'=1+1"), unguarded("'quoted'")
    ('=1+1', "'quoted'")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def escaped(text: str) -> str:
    """The text with letters that a workbook's XML can hold."""
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescaped(text: str) -> str:
    """The text as it was before `escaped`."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


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


def cell_text(cell: Cell) -> str:
    """The cell as a person sees it.

    >>> cell_text(datetime(2026, 11, 20)), cell_text(Percent(Decimal(12)))
    ('2026-11-20', '12 %')
    """
    if isinstance(cell, str):
        return cell.strip(SPACES)
    if isinstance(cell, Decimal):
        return format(cell, "f") if -100 < cell.adjusted() < 100 else str(cell)
    if isinstance(cell, Percent):
        return f"{cell_text(cell.number)} %"
    if isinstance(cell, Fault):
        return cell.shown
    if isinstance(cell, timedelta):
        return clock_text(cell)
    return cell.date().isoformat() if cell.time() == time.min else cell.isoformat()


def clock_text(span: timedelta) -> str:
    """Hours, minutes and seconds, as many hours as there are."""
    seconds = abs(span) // timedelta(seconds=1)
    rest = f"{abs(span) % timedelta(seconds=1) / timedelta(seconds=1):.6f}"[1:].rstrip("0.")
    sign = "-" if span < timedelta(0) else ""
    minutes = f"{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{sign}{seconds // 3600}:{minutes}{'.' + rest.lstrip('.') if rest else ''}"


def cell_note(cell: Cell) -> str:
    """A note with all its letters, without the apostrophe that kept spreadsheets from running it.

    >>> cell_note("'=1+1"), cell_note(Decimal(5)), cell_note(" ")
    ('=1+1', '5', '')
    """
    if is_blank(cell):
        return ""
    return unguarded(cell) if isinstance(cell, str) else cell_text(cell)


def is_blank(cell: Cell) -> bool:
    """Whether nothing stands in the cell."""
    return isinstance(cell, str) and not cell.strip(SPACES)
