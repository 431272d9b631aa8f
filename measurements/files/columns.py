"""Guesses how a table is laid out, and what each of its columns holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from measurements.files import dates
from measurements.files.completeness import fits, holds_numbers
from measurements.files.headers import (
    Sample,
    filled,
    header_line,
    is_day,
    is_number,
    role_of,
    roles_of,
)
from measurements.files.names import folded
from measurements.files.reading import MEASURES, UNDECIDED, Layout, Reading
from web.cells import Cell, cell_text, is_blank
from web.numbers import PLAIN

MONTH_NAMES = frozenset(("month", "monat", "manad", "månad", "måned", "mois", "mes", "maand"))


def guess(sample: Sample, given: Reading) -> Reading:
    """The reading with header, layout and columns, as far as they are not given."""
    header = header_line(sample) if given.header == UNDECIDED else given.header
    reading = replace(given, header=header)
    named = by_header(sample, reading)
    if not reading.layout:
        reading = replace(reading, layout=layout_of(named))
    columns = tuple(given.columns) or settled(sample, reading, named)
    missing = max(0, width_of(sample, reading) - len(columns))
    return replace(reading, columns=columns + ("",) * missing)


def width_of(sample: Sample, reading: Reading) -> int:
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


def is_cut(sample: Sample, place: int, reading: Reading) -> bool:
    """Whether a column looks like the decimals of numbers that a comma between columns cut."""
    if reading.form != "text" or reading.delimiter != "," or place < 1:
        return False
    pairs = [line[place - 1 : place + 1] for line in sample.lines[reading.header :]]
    cut = [all(isinstance(cell, str) and PLAIN.fullmatch(cell) for cell in pair) for pair in pairs]
    return bool(cut) and sum(cut) > len(cut) / 2


def by_header(sample: Sample, reading: Reading) -> list[str]:
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
        best = finest(times, sample, reading)
        told = {best: "at"} if best >= 0 else in_two(times, sample, reading)
        roles = [told.get(n, "") if role == "at" else role for n, role in enumerate(roles)]
    roles = [
        "" if role in roles[:place] and not is_rival(sample, place, role, reading) else role
        for place, role in enumerate(roles)
    ]
    width = width_of(sample, reading)
    return roles[:width] + [""] * (width - len(roles))


def in_two(places: Sequence[int], sample: Sample, reading: Reading) -> dict[int, str]:
    """The roles of a column of years and one of the months, quarters or weeks in them, if any."""
    header = sample.header(reading)
    cells = {place: sample.column(place, reading) for place in places}
    year = next((n for n in places if share(cells[n], is_year) == 1), -1)
    for place in places:
        is_named = folded(cell_text(header[place])) in MONTH_NAMES
        if year < 0 or place == year:
            continue
        if is_named and share(cells[place], dates.is_month) > 0.5:
            return {year: "year", place: "month"}
        if share(cells[place], lambda cell: dates.is_yearless(cell_text(cell))) > 0.5:
            return {year: "year", place: "at"}
    return {}


def is_year(cell: Cell) -> bool:
    """Whether a cell names a year and nothing else."""
    text = cell_text(cell)
    return len(text) == 4 and text.startswith(("19", "20")) and text.isdigit()


def is_rival(sample: Sample, place: int, role: str, reading: Reading) -> bool:
    """Whether a column of a role that another one has could be meant as well."""
    return holds_numbers(role) and bool(sample.column(place, reading))


def finest(places: Sequence[int], sample: Sample, reading: Reading) -> int:
    """Of several columns of times the one that tells most; -1 where years stand apart from months.

    A year beside a month would put all twelve values on the same first day.
    """
    columns = {place: sample.column(place, reading) for place in places}
    times = {n: cells for n, cells in columns.items() if share(cells, dates.is_period) > 0.5}
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


def settled(sample: Sample, reading: Reading, named: Sequence[str]) -> tuple[str, ...]:
    """The roles that the layout knows, and missing ones by what stands in the columns."""
    roles = of_one_grain([role if fits(role, reading.layout) else "" for role in named])

    def fill(role: str, is_such: Callable[[Cell], bool], *, alone: bool = False) -> None:
        if role in roles:
            return
        free = [place for place, other in enumerate(roles) if not other]
        shares = {place: share(sample.column(place, reading), is_such) for place in free}
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
    found = dates.meanings(period) if kind == "period" else {}
    return re.sub("[0-9]", "9", next(iter(found.values()), dates.in_year(period, "2000")))


def share(cells: Sequence[Cell], is_such: Callable[[Cell], bool]) -> float:
    """How many of the cells are such."""
    return sum(map(is_such, cells)) / len(cells) if cells else 0.0
