"""Reads measurements out of a file, with every choice made: lines become rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from measurements.files import dates, wide
from measurements.files.limits import Unreadable
from measurements.files.names import Names
from measurements.files.reading import (
    MEASURES,
    KnownIndicator,
    Reading,
    column_lack,
    needs_indicator,
)
from measurements.files.source import Source
from measurements.files.wide import TOO_LONG, Lines, is_too_long, refused_row
from measurements.row import Row
from web import numbers
from web.cells import SPACES, Cell, Fault, cell_note, cell_text, is_blank
from web.numbers import Unacceptable, cited, exact

KEPT = 1_000
NUMBERS = ("value", "numerator", "denominator")
_RATIO = re.compile(r"([^/]+)/([^/]+)")
MARK_UNCLEAR = (
    "Choose which mark stands before the decimals: {} does not tell, or speaks against others."
)
ORDER_UNCLEAR = (
    "Choose in which order day, month and year stand: {} does not tell, or speaks against others."
)


def rows_of_file(
    content: bytes | BinaryIO | Source, reading: Reading, *, known: Sequence[KnownIndicator]
) -> Iterator[Row]:
    """The measurements of a file in its order, one at a time, in flat memory.

    `index` is the line of the file, counted from 0 with the header and blank lines, so that index
    + 1 is what a spreadsheet program writes beside it; all values of a line of a wide table have
    the same. What is wrong with a row is its `problem`. `Unreadable` at once where the reading is
    not complete, and on the way where a line is broken or a mark turns out to be undecided.
    """
    opened = Source.of(content)
    names = Names.of(known)
    check_reading(reading, names)
    return taken(opened, Reader(reading, names))


def taken(opened: Source, reader: Reader) -> Iterator[Row]:
    """The rows of the lines below the header."""
    reading = reader.reading
    lines = islice(enumerate(opened.lines(reading)), reading.header, None)
    if reading.layout == "long":
        yield from reader.long(lines)
        return
    found = (
        wide.by_indicator(lines, reading)
        if reading.layout == "indicators"
        else wide.by_period(lines, reading, reader.names)
    )
    for one in found:
        yield one if isinstance(one, Row) else reader.row(*one)


def check_reading(reading: Reading, names: Names) -> None:
    """Refuse a reading that leaves something open, or names an indicator that is not known."""
    if not reading.layout or reading.header < 0:
        raise Unreadable("How the table is laid out is not decided.")
    if lack := column_lack(reading):
        raise Unreadable(lack)
    if needs_indicator(reading):
        raise Unreadable("Choose of which indicator the values are.")
    keys = [role.partition(":")[2] for role in reading.columns if role.startswith(MEASURES)]
    for key in filter(None, [reading.indicator, *keys]):
        if key not in names.by_key:
            raise Unreadable(f"There is no indicator {cited(key)} into which you may enter values.")


@dataclass(slots=True)
class Reader:
    """Turns lines into rows, and learns from each what the next ones mean."""

    reading: Reading
    names: Names
    decimal: str = ""
    order: str = ""
    times: dict[Cell, str] = field(default_factory=dict)
    keys: dict[Cell, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.decimal, self.order = self.reading.decimal, self.reading.dates

    def long(self, lines: Lines) -> Iterator[Row]:
        """The rows of a table with a line a measurement; empty lines are none."""
        width = len(self.reading.columns)
        place = {role: number for number, role in enumerate(self.reading.columns) if role}
        for index, line in lines:
            if all(map(is_blank, line)):
                continue
            if is_too_long(line, width):
                yield refused_row(index, None, "invalid", TOO_LONG)
                continue
            yield self.row(index, {role: line[n] for role, n in place.items() if n < len(line)})

    def row(self, index: int, cells: Mapping[str, Cell]) -> Row:
        """One measurement of cells by role; the first thing wrong with it is its problem."""
        key = at = ""
        field = "indicator"
        given: dict[str, str] = {}
        try:
            key = self.key(cells.get("indicator", ""))
            field = "at"
            at = self.placed(self.time(dates.when(cells, self.reading.year)), key)
            for field in NUMBERS:
                if not is_blank(cell := cells.get(field, "")):
                    given |= self.number(field, cell, key)
            note = cell_note(cells.get("note", ""))
        except Unacceptable as problem:
            words = f"{self.cell_of(key, at)}{problem}" if field in NUMBERS else str(problem)
            return refused_row(index, field, problem.code, words, key=key, at=at)
        return Row(
            index=index,
            indicator=key,
            at=at,
            value=given.get("value"),
            numerator=given.get("numerator"),
            denominator=given.get("denominator"),
            note=note,
        )

    def cell_of(self, key: str, at: str) -> str:
        """Which of the values of a line is meant, where a line has several; "" where it has one."""
        if self.reading.layout == "periods":
            return f"{at}: "
        known = self.names.by_key.get(key)
        return f"{known.name}: " if known and self.reading.layout == "indicators" else ""

    def key(self, cell: Cell) -> str:
        """The key of the indicator that is meant; a text that means none is left as it is."""
        if is_blank(cell) and "indicator" not in self.reading.columns:
            return self.reading.indicator
        known = self.keys.get(cell)
        if known is not None:
            return known
        text = sound(cell)
        if self.names.is_unclear(text):
            raise Unacceptable(
                "ambiguous", f"Several indicators are called {cited(text)}: use their keys."
            )
        found = self.names.find(text)
        if found is None:
            return text
        return remember_meaning(self.keys, cell, found.key)

    def time(self, cell: Cell) -> str:
        """The day, period or instant as the core reads it; a text that is none as it is."""
        known = self.times.get(cell)
        if known is not None:
            return known
        text = sound(cell)
        if dates.PLAIN.fullmatch(text):
            return text
        found = dates.date_meanings(cell)
        if not found:
            return text
        if not self.order and len(leading := dates.leaning(text, found)) == 1:
            self.order = next(iter(leading))
        read = dates.one_meaning(found, text, self.order)
        if not read and not self.reading.dates:
            raise Unreadable(ORDER_UNCLEAR.format(cited(text)))
        if not read:
            words = dates.ORDER_WORDS[self.order].lower()
            raise Unacceptable("invalid", f"{cited(text)} is no date in the order {words}.")
        return remember_meaning(self.times, cell, read)

    def placed(self, at: str, key: str) -> str:
        """A time without an offset with that of the chosen zone, or of its indicator's."""
        if not dates.is_local(at):
            return at
        known = self.names.by_key.get(key)
        zone = self.reading.zone or (known.zone if known else "")
        return dates.with_offset(at, zone) if zone else at

    def number(self, field: str, cell: Cell, key: str) -> dict[str, str]:
        """A number, or the two parts of a ratio that is written as 9/280, by field."""
        known = self.names.by_key.get(key)
        if known is None:
            return {field: cell_text(cell)}
        if known.rollup == "ratio" and field == "value" and isinstance(cell, str):
            parts = _RATIO.fullmatch(cell.strip(SPACES))
            if parts is not None:
                return {
                    "numerator": self.read_number(parts[1], known),
                    "denominator": self.read_number(parts[2], known),
                }
        number = self.read_number(cell, known)
        return {field: number if self.reading.layout == "long" else exact(number)}

    def read_number(self, cell: Cell, known: KnownIndicator) -> str:
        """The number in a cell; `Unreadable` while the decimal mark is open and plays a part."""
        if not self.reading.decimal and (found := numbers.number_meanings(cell)):
            if not self.decimal and len(found) == 1:
                self.decimal = next(iter(found))
            is_clear = self.decimal in found if self.decimal else len(set(found.values())) == 1
            if not is_clear:
                raise Unreadable(MARK_UNCLEAR.format(cited(cell_text(cell))))
        unit = "number" if known.rollup == "ratio" else known.unit
        return numbers.number_of(cell, unit=unit, name=known.name, decimal=self.decimal)


def sound(cell: Cell) -> str:
    """The text of a cell; `Unacceptable` where it shows an error in place of a value."""
    if isinstance(cell, Fault):
        raise Unacceptable("cell_error", cell.words)
    return cell_text(cell)


def remember_meaning(memory: dict[Cell, str], cell: Cell, meaning: str) -> str:
    """Keep what a cell means, so that it is found out once; not without bounds."""
    if len(memory) >= KEPT:
        memory.clear()
    memory[cell] = meaning
    return meaning
