"""Texts in tables: no spreadsheet runs them, no letter is lost, and they come in as they were.

A text that a spreadsheet would take for a formula goes out behind an apostrophe, and so does one
that looks as if it had been guarded already; coming in, it loses one apostrophe. Both together
change nothing. Workbooks further write letters that XML cannot hold as `_x000D_` (ECMA-376,
ST_Xstring).
"""

from __future__ import annotations

import re

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
