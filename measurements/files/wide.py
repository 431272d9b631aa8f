"""Tables with a column an indicator or a period: lines become cells by what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from measurements.files import dates
from measurements.files.names import Names
from measurements.files.reading import MEASURES, PART_WORDS, KnownIndicator, Reading
from measurements.row import Refusal, Row
from web.cells import Cell, cell_text, is_blank

Line = Sequence[Cell]
Lines = Iterator[tuple[int, Line]]
Given = dict[str, Cell]  # by "indicator", "at", "value", "numerator", "denominator", "note"
Found = Iterator[tuple[int, Given] | Row]
Name = TypeVar("Name")

NO_DATE = "The line has values and no date."
NO_INDICATOR = "The line has values and no indicator."
TWO_HALVES = "Two lines hold the {} of “{}”."
ONE_HALF = "The line holds the {} of “{}”, and no line its {}."


def by_indicator(lines: Lines, reading: Reading) -> Found:
    """The values of a table with a line a time and a column an indicator, or one for each part."""
    columns = measure_columns(reading)
    for index, line in lines:
        cells, values = parted(line, columns, reading)
        at, note = dates.when(cells, reading.year), cells.get("note", "")
        if is_too_long(line, len(reading.columns)):
            yield refused_row(index, None, "invalid", TOO_LONG)
        elif values and is_blank(at):
            yield refused_row(index, "at", "required", NO_DATE)
        elif dates.date_meanings(at):
            for key, parts in cells_by_indicator(values).items():
                yield index, {"indicator": key, "at": at, "note": note} | parts
        elif not is_blank(at):  # one refusal is enough for the line
            (_, key) = values[0][0] if values else next(iter(columns.values()))
            yield index, {"indicator": key, "at": at}


def measure_columns(reading: Reading) -> dict[int, tuple[str, str]]:
    """The columns of values, each as the field that it holds and the key of its indicator."""
    roles = [role.partition(":") for role in reading.columns]
    return {
        place: ("value" if kind == "key" else kind, key)
        for place, (kind, mark, key) in enumerate(roles)
        if f"{kind}{mark}" in MEASURES
    }


def cells_by_indicator(values: Sequence[tuple[tuple[str, str], Cell]]) -> dict[str, Given]:
    """The cells of one line by indicator, so that the parts of a ratio are one value."""
    found: dict[str, Given] = {}
    for (field, key), cell in values:
        found.setdefault(key, {})[field] = cell
    return found


@dataclass(frozen=True, slots=True)
class Half:
    """A line with one part of a ratio, which waits for the other one."""

    index: int
    part: str
    ratio: KnownIndicator
    values: Mapping[str, Cell]
    note: Cell

    def with_other(self, other: Half) -> Found:
        """The values of both."""
        note = other.note if is_blank(self.note) else self.note
        for period in [*self.values, *(p for p in other.values if p not in self.values)]:
            cells = {
                self.part: self.values.get(period, ""),
                other.part: other.values.get(period, ""),
            }
            yield self.index, {"indicator": self.ratio.key, "at": period, "note": note} | cells

    def alone(self, words: str) -> Row:
        """The refusal of this line."""
        other = next(part for part in PART_WORDS if part != self.part)
        detail = words.format(self.part, self.ratio.name, other)
        return refused_row(self.index, "indicator", "required", detail, key=self.ratio.key)


def by_period(lines: Lines, reading: Reading, names: Names) -> Found:
    """The values of a table with a line an indicator and a column a period.

    A ratio may have a line for each of its parts.
    """
    places = [n for n, role in enumerate(reading.columns) if role.startswith("period:")]
    named = [reading.columns[place].removeprefix("period:") for place in places]
    columns = dict(zip(places, dates.in_years(named, reading.year), strict=True))
    is_named = "indicator" in reading.columns
    halves: dict[str, Half] = {}
    for index, line in lines:
        cells, values = parted(line, columns, reading)
        name = cells.get("indicator", "") if is_named else reading.indicator
        note = cells.get("note", "")
        known = names.find(cell_text(name))
        part = None if known else names.part(cell_text(name))
        if is_too_long(line, len(reading.columns)):
            yield refused_row(index, None, "invalid", TOO_LONG)
        elif values and is_blank(name):
            yield refused_row(index, "indicator", "required", NO_INDICATOR)
        elif part and values:
            yield from join_halves(halves, Half(index, *part, dict(values), note))
        else:
            for period, value in values if known else values[:1]:  # one refusal is enough
                yield index, {"indicator": name, "at": period, "value": value, "note": note}
    yield from (half.alone(ONE_HALF) for half in halves.values())


def join_halves(halves: dict[str, Half], half: Half) -> Found:
    """The values of a half with the other one, where that was met; else it is kept."""
    other = halves.get(half.ratio.key)
    if other is None:
        halves[half.ratio.key] = half
    elif other.part == half.part:
        yield half.alone(TWO_HALVES)
    else:
        yield from half.with_other(halves.pop(half.ratio.key))


def parted(
    line: Line, columns: Mapping[int, Name], reading: Reading
) -> tuple[Given, list[tuple[Name, Cell]]]:
    """A line as its cells by role, and those of the values with their names."""
    found = {name: cell for name, cell in zip(reading.columns, line, strict=False) if name}
    values = [(columns[n], cell) for n, cell in enumerate(line) if n in columns]
    return found, [(name, cell) for name, cell in values if not is_blank(cell)]


TOO_LONG = (
    "There are more cells than columns. Where commas part them, a number with a decimal comma "
    "needs quotation marks."
)


def refused_row(
    index: int, field: str | None, code: str, words: str, *, key: str = "", at: str = ""
) -> Row:
    """A line or value that cannot be taken, with the reason."""
    return Row(index=index, indicator=key, at=at, problem=Refusal(index, field, code, words))


def is_too_long(line: Sequence[Cell], width: int) -> bool:
    """Whether something stands right of the last column."""
    return not all(map(is_blank, line[width:]))
