"""Guesses how a table is laid out, and what each of its columns holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest

from measurements.files import dates
from measurements.files.names import Names, folded
from measurements.files.reading import (
    MEASURES,
    PART_WORDS,
    ROLES,
    UNDECIDED,
    Layout,
    Reading,
    fits_layout,
    holds_numbers,
)
from web import numbers
from web.cells import Cell, Fault, cell_text, is_blank
from web.numbers import PLAIN

MONTH_NAMES = frozenset(("month", "monat", "manad", "månad", "måned", "mois", "mes", "maand"))


def guess(sample: TableSample, given: Reading) -> Reading:
    """The reading with header, layout and columns, as far as they are not given."""
    header = header_line(sample) if given.header == UNDECIDED else given.header
    reading = replace(given, header=header)
    named = by_header(sample, reading)
    if not reading.layout:
        reading = replace(reading, layout=layout_of(named))
    columns = tuple(given.columns) or settled(sample, reading, named)
    missing = max(0, width_of(sample, reading) - len(columns))
    return replace(reading, columns=columns + ("",) * missing)


def width_of(sample: TableSample, reading: Reading) -> int:
    """How many columns there are: those with a name, and unnamed ones that most lines fill.

    A cell further right is one too many in its line, and is refused with it.
    """
    header = sample.header(reading)
    named = max((n for n, cell in enumerate(header, start=1) if not is_blank(cell)), default=0)
    below = sum(filled(line) > 0 for line in sample.lines[max(reading.header, 0) :])
    usual = [n for n in range(sample.width) if len(sample.column(n, reading)) > below / 2]
    if named and usual and is_cut(sample, max(usual), reading):
        return named
    return max(named, max(usual, default=-1) + 1)


def is_cut(sample: TableSample, place: int, reading: Reading) -> bool:
    """Whether a column looks like the decimals of numbers that a comma between columns cut."""
    if reading.form != "text" or reading.delimiter != "," or place < 1:
        return False
    pairs = [line[place - 1 : place + 1] for line in sample.lines[reading.header :]]
    cut = [all(isinstance(cell, str) and PLAIN.fullmatch(cell) for cell in pair) for pair in pairs]
    return bool(cut) and sum(cut) > len(cut) / 2


def by_header(sample: TableSample, reading: Reading) -> list[str]:
    """The role of each column by its name; the second of two with the same role has none.

    Of two that hold numbers both have it, and one has to choose.
    """
    header = sample.header(reading)
    roles = roles_of(header, sample.names)
    if "indicator" not in roles:
        for place, role in enumerate(roles):
            if role in ("value", "note") and (found := sample.names.find(cell_text(header[place]))):
                roles[place] = f"key:{found.key}"
    times = [place for place, role in enumerate(roles) if role == "at"]
    if len(times) > 1:
        best = finest_time(times, sample, reading)
        told = {best: "at"} if best >= 0 else in_two(times, sample, reading)
        roles = [told.get(n, "") if role == "at" else role for n, role in enumerate(roles)]
    roles = [
        "" if role in roles[:place] and not is_rival(sample, place, role, reading) else role
        for place, role in enumerate(roles)
    ]
    width = width_of(sample, reading)
    return roles[:width] + [""] * (width - len(roles))


def in_two(places: Sequence[int], sample: TableSample, reading: Reading) -> dict[int, str]:
    """The roles of a column of years and one of the months, quarters or weeks in them, if any."""
    header = sample.header(reading)
    cells = {place: sample.column(place, reading) for place in places}
    year = next((n for n in places if share_of_cells(cells[n], is_year) == 1), -1)
    for place in places:
        is_named = folded(cell_text(header[place])) in MONTH_NAMES
        if year < 0 or place == year:
            continue
        if is_named and share_of_cells(cells[place], dates.is_month) > 0.5:
            return {year: "year", place: "month"}
        if share_of_cells(cells[place], lambda cell: dates.is_yearless(cell_text(cell))) > 0.5:
            return {year: "year", place: "at"}
    return {}


def is_year(cell: Cell) -> bool:
    """Whether a cell names a year and nothing else."""
    text = cell_text(cell)
    return len(text) == 4 and text.startswith(("19", "20")) and text.isdigit()


def is_rival(sample: TableSample, place: int, role: str, reading: Reading) -> bool:
    """Whether a column of a role that another one has could be meant as well."""
    return holds_numbers(role) and bool(sample.column(place, reading))


def finest_time(places: Sequence[int], sample: TableSample, reading: Reading) -> int:
    """Of several columns of times the one that tells most; -1 where years stand apart from months.

    A year beside a month would put all twelve values on the same first day.
    """
    columns = {place: sample.column(place, reading) for place in places}
    times = {
        n: cells for n, cells in columns.items() if share_of_cells(cells, dates.is_period) > 0.5
    }
    if not times:
        return -1
    lengths = {
        n: sum(len(cell_text(cell)) for cell in cells) / len(cells) for n, cells in times.items()
    }
    best = max(times, key=lambda place: lengths[place])
    return best if lengths[best] > 4 else -1


def layout_of(roles: Sequence[str]) -> Layout:
    """How the table is laid out, by the names of its columns."""
    periods = sum(role.startswith("period:") for role in roles)
    keys = sum(role.startswith(MEASURES) for role in roles)
    if periods >= 2 or (periods and not keys and "at" not in roles):
        return "periods"
    if keys and not {"value", "numerator", "indicator"} & set(roles):
        return "indicators"
    return "long"


def settled(sample: TableSample, reading: Reading, named: Sequence[str]) -> tuple[str, ...]:
    """The roles that the layout knows, and missing ones by what stands in the columns."""
    roles = of_one_grain([role if fits_layout(role, reading.layout) else "" for role in named])

    def fill(role: str, is_such: Callable[[Cell], bool], *, alone: bool = False) -> None:
        if role in roles:
            return
        free = [place for place, other in enumerate(roles) if not other]
        shares = {place: share_of_cells(sample.column(place, reading), is_such) for place in free}
        fitting = [place for place in free if shares[place] > 0.5]
        if fitting and (len(fitting) == 1 or not alone):
            roles[max(fitting, key=lambda place: (shares[place], -place))] = role

    if reading.layout != "periods" and "month" not in roles:
        fill("at", is_day)
        if not any(role_of(cell, sample.names) == "at" for cell in sample.header(reading)):
            fill("at", dates.is_period)
    if reading.layout != "indicators" and not reading.indicator:
        fill("indicator", lambda cell: sample.names.find(cell_text(cell)) is not None)
        if reading.layout == "periods" and (named.count("") > 0 or "at" in named):
            fill("indicator", lambda cell: isinstance(cell, str) and not is_number(cell))
    if reading.layout == "long" and "numerator" not in roles:
        fill("value", is_number, alone=True)
    return tuple(roles)


def of_one_grain(roles: Sequence[str]) -> list[str]:
    """The roles without sums between the periods: a quarter among months begins as its first."""
    shapes = [shape_of(role) for role in roles]
    counted = Counter(shape for shape in shapes if shape)
    usual = counted.most_common(1)[0][0] if counted else ""
    return [role if shape in ("", usual) else "" for role, shape in zip(roles, shapes, strict=True)]


def shape_of(role: str) -> str:
    """How the period of a column is written, its digits aside; "" where it is of none."""
    kind, _, period = role.partition(":")
    found = dates.date_meanings(period) if kind == "period" else {}
    return re.sub("[0-9]", "9", next(iter(found.values()), dates.in_year(period, "2000")))


def share_of_cells(cells: Sequence[Cell], is_such: Callable[[Cell], bool]) -> float:
    """How many of the cells are such."""
    return sum(map(is_such, cells)) / len(cells) if cells else 0.0


# --- the names of the columns ---------------------------------------------------------------------

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
class TableSample:
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
        return joined_names(self.lines[number - 2], self.lines[number - 1], self.names)

    def column(self, place: int, reading: Reading) -> list[Cell]:
        """What stands in a column below the header."""
        below = self.lines[max(reading.header, 0) :]
        cells = [line[place] for line in below if place < len(line)]
        return [cell for cell in cells if not is_blank(cell)]


def header_line(sample: TableSample) -> int:
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


def is_header(line: Line, sample: TableSample, number: int) -> bool:
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


def joined_names(upper: Line, lower: Line, names: Names) -> Line:
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
        found_texts = set(dates.date_meanings(cell).values())
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
