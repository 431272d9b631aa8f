"""The names of the columns: which line they stand in, and what each name says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from measurements.files import dates
from measurements.files.names import PART_WORDS, Names, folded
from measurements.files.reading import MEASURES, ROLES, Reading
from web import numbers
from web.cells import Cell, Fault, cell_text, is_blank

SEARCHED = 40
_WORDS: Mapping[str, str] = {
    "indicator": "indicator|kpi|metric|measure|key|indicator key|kpi key|indicator name|kpi name|"
    "metric name|name|series|code|kpi code|indicators|kpis|metrics|key figure|indikator|kennzahl|"
    "kpi namn|nyckeltal|indicateur|indicador",
    "at": "at|date|day|time|timestamp|datetime|date time|period|month|week|quarter|year|when|as of|"
    "as of date|reporting date|report date|reporting period|measured at|measured on|recorded at|"
    "ds|datum|monat|woche|quartal|jahr|dato|manad|månad|vecka|kvartal|år|måned|uge|uke|mois|fecha|"
    "data|zeitraum|tag|période|periode|date month|year month",
    "value": "value|values|amount|actual|actuals|actual value|result|reading|measurement|figure|"
    "number|val|measured value|total value|wert|ist|istwert|värde|utfall|verdi|værdi|valeur|valor|"
    "betrag|belopp",
    **PART_WORDS,
    "note": "note|notes|comment|comments|remark|remarks|annotation|kommentar|anmerkung|notiz|"
    "bemerkung|anteckning|merknad|commentaire|comentario|nota",
}
_UNIT = re.compile(r"\s*[(\[][^()\[\]]*[)\]]$")
SYNONYMS = {word: role for role, words in _WORDS.items() for word in words.split("|")}
Line = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Sample:
    """The first lines of a table, and the indicators that may be meant in it."""

    lines: Sequence[Line]
    names: Names

    @property
    def width(self) -> int:
        """As many columns as the widest line has."""
        return max((len(line) for line in self.lines), default=0)

    def header(self, reading: Reading) -> Line:
        """The names of the columns, of two lines where they are parted; empty where none are."""
        if not 0 < reading.header <= len(self.lines):
            return ()
        return self.joined(reading.header) or self.lines[reading.header - 1]

    def joined(self, number: int) -> Line:
        """The names of a line with those that span them in the line above; empty where none do."""
        if not 1 < number <= len(self.lines):
            return ()
        return joined(self.lines[number - 2], self.lines[number - 1], self.names)

    def column(self, place: int, reading: Reading) -> list[Cell]:
        """What stands in a column below the header."""
        below = self.lines[max(reading.header, 0) :]
        cells = [line[place] for line in below if place < len(line)]
        return [cell for cell in cells if not is_blank(cell)]


def header_line(sample: Sample) -> int:
    """The line with the names of the columns, from 1; 0 where the values begin at once."""
    lines = sample.lines[:SEARCHED]
    for number, line in enumerate(lines, start=1):
        below = sample.joined(number + 1)
        if below and is_header(below, sample, number + 1):
            return number + 1
        if is_header(line, sample, number):
            return number
    widest = max((filled(line) for line in lines), default=0)
    for number, line in enumerate(lines, start=1):
        if filled(line) >= max(2, widest - 1):
            has_values = any(is_number(cell) or dates.is_period(cell) for cell in line)
            return 0 if has_values else number
    return 0 if lines else 1


def is_header(line: Line, sample: Sample, number: int) -> bool:
    """Whether a line names columns: two roles, a time and an indicator, or several periods."""
    roles = roles_of(line, sample.names)
    plain = {role for role in roles if role in ROLES}
    if len(plain) >= 2 or ("at" in plain and any(role.startswith(MEASURES) for role in roles)):
        return True
    places = [place for place, role in enumerate(roles) if role.startswith("period:")]
    periods = {roles[place] for place in places}
    least = 1 if "indicator" in plain else max(2, filled(line) - 2)
    if len(periods) < least:
        return False
    below = next((other for other in sample.lines[number:] if filled(other)), ())
    return not any(place < len(below) and is_day(below[place]) for place in places)


def joined(upper: Line, lower: Line, names: Names) -> Line:
    """Two lines of names as one, where a cell of the upper line spans several of the lower one.

    “2026” above “Nov” and “Dec” is “2026 Nov” and “2026 Dec”. Empty where the lines say no more
    together than each of them alone, or where the lower one holds values.
    """
    if filled(lower) < 2 or any(is_number(cell) or is_day(cell) for cell in lower if cell):
        return ()
    found: list[Cell] = []
    above: Cell = ""
    for top, own in zip_longest(upper, lower, fillvalue=""):
        above = above if is_blank(top) else top
        both = f"{cell_text(above)} {cell_text(own)}".strip()
        says_more = role_of(both, names) or not role_of(own, names)
        found.append(top if is_blank(own) else both if says_more else own)
    told, *apart = (
        sum(bool(role_of(cell, names)) for cell in line) for line in (found, upper, lower)
    )
    return found if told > max(apart) else ()


def roles_of(line: Line, names: Names) -> list[str]:
    """What the columns hold by their names; several months without a year are periods, too."""
    roles = [role_of(cell, names) for cell in line]
    texts = [
        cell_text(cell) if isinstance(cell, str) and not role else ""
        for cell, role in zip(line, roles, strict=True)
    ]
    if "at" in roles or sum(map(dates.is_yearless, texts)) < 2:
        return roles
    return [
        f"period:{text}" if dates.is_yearless(text) else role
        for text, role in zip(texts, roles, strict=True)
    ]


def role_of(cell: Cell, names: Names) -> str:
    """What a column with this name holds; "" where the name says nothing."""
    if is_blank(cell):
        return ""
    if isinstance(cell, str) and (role := role_by_name(cell_text(cell), names)):
        return role
    if dates.is_period(cell):
        found_texts = set(dates.meanings(cell).values())
        return f"period:{found_texts.pop() if len(found_texts) == 1 else cell_text(cell)}"
    return ""


def role_by_name(text: str, names: Names) -> str:
    """What a text says of its column; a part of a ratio may stand where other names have units."""
    plain = _UNIT.sub("", text)
    if role := SYNONYMS.get(folded(text), ""):
        return role
    if found := names.find(text):
        return f"key:{found.key}"
    if part := names.part(text) or names.part(plain):
        return f"{part[0]}:{part[1].key}"
    if role := SYNONYMS.get(folded(plain), ""):
        return role
    return f"key:{found.key}" if (found := names.find(plain)) else ""


def filled(line: Line) -> int:
    """How many cells of a line hold something."""
    return sum(not is_blank(cell) for cell in line)


def is_number(cell: Cell) -> bool:
    """Whether a cell holds a number, however written."""
    return not isinstance(cell, str | Fault | datetime) or bool(numbers.number_meanings(cell))


def is_day(cell: Cell) -> bool:
    """Whether a cell is a date or period that is not a mere number as well."""
    return dates.is_period(cell) and not is_number(cell)
