"""OpenDocument spreadsheets (.ods): their lines as cells, with what each value says it is.

Read by defusedxml: python-calamine tells neither percentages nor cells that show an error, and
builds the whole rectangle of a sheet in memory before it says how large that is.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.utils.dateparse import parse_duration

from measurements.files import limits
from measurements.files.limits import MAX_COLUMNS, MAX_LINES, Unreadable
from measurements.files.workbook import BIG, DAMAGED, UNCOMPUTED, shortest, whole_second
from web.cells import Cell, Fault, Percent

MIME_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
CONTENT = "content.xml"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
LIBRE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
BLANKS = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
MOST_BLANKS = 100  # side by side; nobody writes more, and a hostile file would
MOST_LETTERS = 32_767  # of a cell, in Excel and in LibreOffice
ERRORS = ("#", "Err:")  # how LibreOffice and others show one


def is_opendocument(archive: zipfile.ZipFile) -> bool:
    """Whether an archive says that it is a spreadsheet of this kind."""
    return "mimetype" in archive.namelist() and archive.open("mimetype").read(100) == MIME_TYPE


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """An open spreadsheet: its sheets, visible ones first, and those that are hidden."""

    archive: zipfile.ZipFile
    sheets: tuple[str, ...]
    hidden: frozenset[str]

    @classmethod
    def of(cls, archive: zipfile.ZipFile) -> OpenDocument:
        """The spreadsheet in an archive that was weighed."""
        names: dict[str, str] = {}
        hiding = set()
        for event, element in parsed(archive):
            if event == "start" and element.tag == f"{TABLE}table":
                names[element.get(f"{TABLE}name", "")] = element.get(f"{TABLE}style-name", "")
            elif event == "end" and element.tag == f"{STYLE}style":
                properties = element.find(f"{STYLE}table-properties")
                if properties is not None and properties.get(f"{TABLE}display") == "false":
                    hiding.add(element.get(f"{STYLE}name"))
        hidden = frozenset(name for name, style in names.items() if style in hiding)
        return cls(archive, tuple(sorted(names, key=hidden.__contains__)), hidden)

    def lines(self, name: str) -> Iterator[list[Cell]]:
        """The lines of a sheet as cells; empty ones only where others follow."""
        if name not in self.sheets:
            raise Unreadable(f"There is no sheet “{name[:80]}” in the workbook.")
        try:
            yield from sheet_lines(self.archive, name)
        except (Unreadable, SoftTimeLimitExceeded):
            raise
        except Exception as problem:
            raise Unreadable(DAMAGED) from problem


def parsed(archive: zipfile.ZipFile) -> Iterator[tuple[str, Any]]:
    """The beginning of each sheet and the end of each element, in flat memory."""
    from defusedxml.ElementTree import iterparse

    elements = 0
    around: list[Any] = []
    with archive.open(CONTENT) as source:
        for event, element in iterparse(source, ("start", "end"), forbid_dtd=True):
            elements += 1
            if elements > 2 * limits.MAX_TAGS_OF_LINE:
                raise Unreadable(BIG)
            yield event, element
            if event == "start":
                around.append(element)
                continue
            around.pop()
            if element.tag in (f"{TABLE}table-row", f"{STYLE}style"):
                around[-1].remove(element)
                elements = 0


def sheet_lines(archive: zipfile.ZipFile, name: str) -> Iterator[list[Cell]]:
    """The lines of one sheet; each is counted as often as it is repeated."""
    inside, done, cells, empty = False, 0, 0, 0
    for event, element in parsed(archive):
        if element.tag == f"{TABLE}table":
            if inside and event == "end":
                return
            inside = inside or element.get(f"{TABLE}name", "") == name
        elif inside and event == "end" and element.tag == f"{TABLE}table-row":
            times = times_of(element, "rows")
            line = line_of(element, done + empty + 1)
            if not line:
                empty += times
                continue
            cells += times * len(line)
            done += empty + times
            if done > MAX_LINES or cells > limits.MAX_CELLS:
                raise Unreadable(BIG)
            yield from ([] for _ in range(empty))
            yield from (list(line) for _ in range(times))
            empty = 0


def times_of(element: Any, what: str) -> int:
    """How many rows or columns an element stands for."""
    return max(1, int(element.get(f"{TABLE}number-{what}-repeated", 1)))


def line_of(row: Any, number: int) -> list[Cell]:
    """The cells of one line, without empty ones at its end."""
    cells: list[Cell] = []
    place = 0
    for element in row:
        if element.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            continue
        times = times_of(element, "columns")
        cell = cell_content(element) if element.tag == f"{TABLE}table-cell" else ""
        if cell != "":
            if place + times > MAX_COLUMNS:
                raise Unreadable(f"Line {number} has more than {MAX_COLUMNS:,} columns.")
            cells.extend([""] * (place - len(cells)))
            cells.extend([cell] * times)
        place += times
    return cells


def cell_content(element: Any) -> Cell:
    """What stands in one cell."""
    kind = element.get(f"{OFFICE}value-type", "")
    is_formula = element.get(f"{TABLE}formula") is not None
    shown = shown_text(element)
    is_error = element.get(f"{LIBRE}value-type") == "error"
    if is_error or (is_formula and shown.startswith(ERRORS)):
        return Fault(shown[:40], f"The cell shows {shown[:40]} and no value.")
    if is_formula and not kind:
        return Fault("(formula)", UNCOMPUTED)
    value = value_of(element, kind)
    return str(element.get(f"{OFFICE}string-value", shown)) if value is None else value


def value_of(element: Any, kind: str) -> Cell | None:
    """What a cell holds that is no text."""
    match kind:
        case "float" | "currency":
            return shortest(float(element.get(f"{OFFICE}value")))
        case "percentage":
            return Percent(shortest(float(element.get(f"{OFFICE}value"))).scaleb(2))
        case "date":
            found = datetime.fromisoformat(element.get(f"{OFFICE}date-value"))
            return whole_second(found.replace(tzinfo=None))
        case "time":
            span = parse_duration(element.get(f"{OFFICE}time-value"))
            if span is None:
                raise Unreadable(DAMAGED)
            return span
        case "boolean":
            return "TRUE" if element.get(f"{OFFICE}boolean-value") == "true" else "FALSE"
    return None


def shown_text(cell: Any) -> str:
    """The paragraphs of a cell, without its comment."""
    text = "\n".join(inner_text(part) for part in cell if part.tag == f"{TEXT}p")
    if len(text) > MOST_LETTERS:
        raise Unreadable(BIG)
    return text


def inner_text(element: Any) -> str:
    """A text with its blanks, which are elements."""
    if element.tag == f"{TEXT}s":
        return " " * min(int(element.get(f"{TEXT}c", 1)), MOST_BLANKS)
    inner = "".join(inner_text(part) + (part.tail or "") for part in element)
    return BLANKS.get(element.tag, (element.text or "") + inner)
