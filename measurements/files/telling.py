"""Says in sentences how a file is going to be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from measurements.files.completeness import LAYOUT_WORDS, holds_numbers
from measurements.files.headers import Sample
from measurements.files.reading import DELIMITERS, ENCODINGS, MEASURES, Known, Reading
from web import numbers
from web.cells import Cell, cell_text, is_blank

ORDERS = {
    "ymd": "Dates are written year, month, day.",
    "dmy": "Dates are written day, month, year.",
    "mdy": "Dates are written month, day, year.",
}
MARKS = {".": "Decimals stand after a point.", ",": "Decimals stand after a comma."}


def told(
    reading: Reading, sample: Sample, *, sheets: Sequence[str], is_local: bool = False
) -> Iterator[str]:
    """What is chosen or was guessed, a sentence each."""
    if reading.form == "text":
        yield f"The letters are written in {ENCODINGS.get(reading.encoding, reading.encoding)}."
        mark = DELIMITERS.get(reading.delimiter, reading.delimiter)
        yield f"Between the columns stands a {mark}."
    elif len(sheets) > 1:
        yield f"Of {len(sheets)} sheets “{reading.sheet}” is read."
    yield from told_header(reading, sample)
    words = LAYOUT_WORDS[reading.layout]
    yield f"{words[0].upper()}{words[1:]}."
    if reading.indicator and "indicator" not in reading.columns and reading.layout != "indicators":
        known = sample.names.by_key.get(reading.indicator)
        yield f"All values are of “{known or reading.indicator}”."
    yield from filter(None, (MARKS.get(reading.decimal), ORDERS.get(reading.dates)))
    if reading.year:
        yield f"What has no year is of {reading.year}."
    if is_local:
        yield told_zone(reading, sample)
    yield from told_fractions(reading, sample)
    yield from told_left_out(reading, sample)


def told_header(reading: Reading, sample: Sample) -> Iterator[str]:
    """Where the names of the columns stand, and what stands above them."""
    if not reading.header:
        yield "The columns have no names; values begin in the first line."
        return
    is_joined = bool(sample.joined(reading.header))
    place = (
        f"lines {reading.header - 1} and {reading.header}"
        if is_joined
        else f"line {reading.header}"
    )
    yield f"The names of the columns stand in {place}."
    first = reading.header - 1 - is_joined
    above = [line for line in sample.lines[:first] if any(map(cell_text, line))]
    if above:
        lines = "line above is" if len(above) == 1 else "lines above are"
        yield f"{len(above)} {lines} left out."


def told_zone(reading: Reading, sample: Sample) -> str:
    """Of which time zone the times are that do not say it."""
    zones = sorted({known.zone for known, _ in values_of(reading, sample) if known.zone})
    words = " and ".join(zones[:3])
    if reading.zone or not zones:
        words = reading.zone or "the time zone of their indicators"
    elif len(zones) == 1:
        words += ", as the indicator counts its days"
    else:
        words += ", as each indicator counts its days"
    return f"Times without an offset from UTC are of {words}."


def told_fractions(reading: Reading, sample: Sample) -> Iterator[str]:
    """Percentages that look like fractions: they are taken as they stand, and that is said."""
    found: dict[str, list[Decimal]] = {}
    for known, cell in values_of(reading, sample):
        if known.unit == "percent" and known.rollup != "ratio" and not is_blank(cell):
            found.setdefault(known.name, []).append(bare_number(cell, reading.decimal))
    for name, values in found.items():
        broken = [value for value in values if value % 1]
        if broken and all(abs(value) <= 1 for value in values):
            example = broken[0]
            yield f"“{name}” is in percent: {example} is read as {example} %."


def values_of(reading: Reading, sample: Sample) -> Iterator[tuple[Known, Cell]]:
    """The values of the first lines with their indicators, as far as these are known."""
    roles = list(enumerate(reading.columns))
    named = reading.columns.index("indicator") if "indicator" in reading.columns else None
    for line in sample.lines[reading.header :]:
        text = (
            reading.indicator
            if named is None
            else cell_text(line[named])
            if named < len(line)
            else ""
        )
        for place, role in roles:
            if place >= len(line) or not holds_numbers(role):
                continue
            wanted = role.partition(":")[2] if role.startswith(MEASURES) else text
            if known := sample.names.find(wanted):
                yield known, line[place]


def bare_number(cell: Cell, decimal: str) -> Decimal:
    """The number of a cell without a percent sign; 100 where there is none, or one with a sign."""
    if isinstance(cell, Decimal):
        return cell
    text = cell_text(cell)
    read = numbers.canonical(text, decimal or ".") if isinstance(cell, str) else ""
    return Decimal(read) if read else Decimal(100)


def told_left_out(reading: Reading, sample: Sample) -> Iterator[str]:
    """Columns with values that are not read."""
    header = sample.header(reading)
    names = [
        (cell_text(header[place]) if place < len(header) else "") or f"column {place + 1}"
        for place, role in enumerate(reading.columns)
        if not role and sample.column(place, reading)
    ]
    if names:
        words = ", ".join(f"“{name[:40]}”" for name in names[:10])
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        yield f"Left out: {words}{more}."
