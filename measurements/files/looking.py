"""Looks at a file before it is read: guesses every choice, says what it guessed, asks the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import BinaryIO

from measurements.exports import COLUMNS
from measurements.files import columns, dates, source, text
from measurements.files.columns import TableSample
from measurements.files.limits import Unreadable
from measurements.files.marks import Marks, dates_question, decimal_question, year_question
from measurements.files.names import Names
from measurements.files.reading import (
    DELIMITERS,
    ENCODINGS,
    LAYOUT_WORDS,
    MEASURES,
    UNDECIDED,
    Decimals,
    FileLook,
    FileQuestion,
    KnownIndicator,
    Order,
    Reading,
    column_lack,
    holds_numbers,
    needs_indicator,
)
from measurements.files.source import Source
from web import numbers
from web.cells import Cell, cell_text, is_blank

SAMPLED = 200
SEARCHED_SHEETS = 20
SHOWN_LINES = 20
SHOWN_LETTERS = 200
ORDERS: tuple[Order, ...] = ("ymd", "dmy", "mdy")
UNCHOSEN = Reading("text", encoding="", delimiter="", header=UNDECIDED, layout="")


def look_at_file(
    content: bytes | BinaryIO | Source,
    *,
    name: str,
    known: Sequence[KnownIndicator],
    given: Reading | None = None,
) -> FileLook:
    """What a file is and how it would be read; `Unreadable` where it cannot be at all.

    What is given as chosen is kept, and what is empty in it is guessed. A file in memory is read
    whole for its questions; of a text file larger than 16 MiB the beginning decides.
    """
    opened = Source.of(content)
    reading = replace(given or UNCHOSEN, form=opened.form)
    names = Names.of(known)
    if reading.form == "text":
        reading = replace(text_reading(opened.file, reading, name), sheet="")
        return examined(opened, reading, known, names)
    reading = replace(reading, encoding="utf-8", delimiter=",")
    if not reading.sheet:
        reading = replace(reading, sheet=likeliest_sheet(opened, reading, names))
    if not reading.sheet:
        raise Unreadable("The workbook is empty.")
    return examined(opened, reading, known, names)


def text_reading(file: BinaryIO, reading: Reading, name: str) -> Reading:
    """The reading with encoding and delimiter."""
    encoding = reading.encoding or text.encoding_of(file)
    reading = replace(reading, encoding=encoding)
    if reading.delimiter:
        return reading
    return replace(reading, delimiter=text.delimiter_of(file, encoding=encoding, name=name))


def likeliest_sheet(opened: Source, reading: Reading, names: Names) -> str:
    """The first sheet in which the columns make sense, or else the first with anything in it.

    What nobody sees is read only where nothing else is there, or somebody chooses it.
    """
    sheets = opened.sheets
    seen = [sheet for sheet in sheets if sheet not in opened.hidden]
    return first_of(opened, seen, reading, names) or first_of(opened, sheets, reading, names)


def first_of(opened: Source, sheets: Sequence[str], reading: Reading, names: Names) -> str:
    """The likeliest of these sheets; "" where all of them are empty."""
    filled = []
    for sheet in sheets[:SEARCHED_SHEETS]:
        tried = replace(reading, sheet=sheet)
        sample = TableSample(sampled(opened.book.lines(sheet)), names)
        if sample.lines:
            filled.append(sheet)
            if not column_lack(columns.guess(sample, tried)):
                return sheet
    return filled[0] if filled else ""


def examined(
    opened: Source, reading: Reading, known: Sequence[KnownIndicator], names: Names
) -> FileLook:
    """The look at a file whose lines can be read."""
    sample = TableSample(sampled(opened.lines(reading)), names)
    if not sample.lines:
        raise Unreadable("The file holds no table.")
    guess = columns.guess(sample, reading)
    if is_own_export(sample, guess):
        guess = replace(guess, decimal=guess.decimal or ".", dates=guess.dates or "ymd")
    if needs_indicator(guess) and len(known) == 1:
        guess = replace(guess, indicator=known[0].key)
    marks = weighed(opened, guess)
    guess = with_decided_marks(guess, marks)
    return FileLook(
        reading=guess,
        questions=tuple(questions(guess, marks, known, sample)),
        header=tuple(map(shortened, sample.header(guess))),
        lines=tuple(tuple(map(shortened, line)) for line in sample.lines[:SHOWN_LINES]),
        sheets=opened.sheets,
        hidden=tuple(sorted(opened.hidden)),
        guessed=tuple(sentences(guess, sample, sheets=opened.sheets, is_local=marks.is_local)),
        is_local=marks.is_local,
    )


def sampled(found: Iterable[Sequence[Cell]]) -> list[Sequence[Cell]]:
    """The first lines, without empty ones at the end."""
    lines = list(islice(found, SAMPLED))
    while lines and not any(map(cell_text, lines[-1])):
        lines.pop()
    return lines


def is_own_export(sample: TableSample, reading: Reading) -> bool:
    """Whether the file has the heading of our exports, which write points and ISO dates."""
    header = tuple(map(cell_text, sample.header(reading)))
    return header == COLUMNS and reading.delimiter == ","


def weighed(opened: Source, reading: Reading) -> Marks:
    """What the numbers and dates of a file decide."""
    marks = Marks()
    values = [place for place, role in enumerate(reading.columns) if holds_numbers(role)]
    days = [place for place, role in enumerate(reading.columns) if role == "at"]
    for role in reading.columns:
        if role.startswith("period:"):
            marks.add_date(role.removeprefix("period:"))
    if not days and (not values or reading.decimal):
        return marks
    for line in scanned(opened, reading):
        width = len(line)
        for place in values:
            if place < width:
                marks.add_number(line[place])
        for place in days:
            if place < width:
                marks.add_date(line[place])
    return marks


def scanned(opened: Source, reading: Reading) -> Iterator[Sequence[Cell]]:
    """The lines below the header by which a file is judged."""
    is_large = opened.is_large
    for line in islice(opened.lines(reading), reading.header, None):
        if is_large and opened.file.tell() > source.SNIFFED_BYTES:
            return
        yield line


def with_decided_marks(reading: Reading, marks: Marks) -> Reading:
    """The reading with the marks that the file itself decides."""
    decimal: Decimals = reading.decimal
    if not decimal and not marks.decimal.examples():
        decimal = "." if marks.decimal.decision == "." else "," if marks.decimal.decision else ""
    order: Order = reading.dates
    if not order and not marks.dates.examples():
        order = next((known for known in ORDERS if known == marks.dates.decision), "")
    roles = tuple(period_role(role, order) for role in reading.columns)
    return replace(reading, decimal=decimal, dates=order, columns=roles)


def period_role(role: str, order: Order) -> str:
    """The role of a column of a period, with the period as it is stored, once that is known."""
    kind, _, period = role.partition(":")
    if kind != "period":
        return role
    return f"period:{dates.read_date(period, order) or period}"


def questions(
    reading: Reading, marks: Marks, known: Sequence[KnownIndicator], sample: TableSample
) -> Iterator[FileQuestion]:
    """What the file does not tell and nobody has chosen."""
    if lack := column_lack(reading):
        header = tuple(filter(None, map(shortened, sample.header(reading))))
        yield FileQuestion("columns", lack, (), header)
    elif needs_indicator(reading):
        options = tuple((indicator.key, str(indicator)) for indicator in known)
        yield FileQuestion("indicator", "Of which indicator are the values?", options, ())
    if not reading.decimal and (question := decimal_question(marks.decimal)):
        yield question
    if not (reading.year or "year" in reading.columns) and (
        question := year_question(marks.yearless)
    ):
        yield question
    if not reading.dates and (question := dates_question(marks.dates)):
        yield question


def shortened(cell: Cell) -> str:
    """A cell as a preview shows it."""
    shown = cell_text(cell)
    return shown if len(shown) <= SHOWN_LETTERS else f"{shown[: SHOWN_LETTERS - 1]}…"


# --- how it is going to be read, in sentences -----------------------------------------------------

ORDERS_TOLD = {
    "ymd": "Dates are written year, month, day.",
    "dmy": "Dates are written day, month, year.",
    "mdy": "Dates are written month, day, year.",
}
MARKS_TOLD = {".": "Decimals stand after a point.", ",": "Decimals stand after a comma."}


def sentences(
    reading: Reading, sample: TableSample, *, sheets: Sequence[str], is_local: bool = False
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
    yield from filter(None, (MARKS_TOLD.get(reading.decimal), ORDERS_TOLD.get(reading.dates)))
    if reading.year:
        yield f"What has no year is of {reading.year}."
    if is_local:
        yield told_zone(reading, sample)
    yield from told_fractions(reading, sample)
    yield from told_left_out(reading, sample)


def told_header(reading: Reading, sample: TableSample) -> Iterator[str]:
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


def told_zone(reading: Reading, sample: TableSample) -> str:
    """Of which time zone the times are that do not say it."""
    zones = sorted({known.zone for known, _ in sample_values(reading, sample) if known.zone})
    words = " and ".join(zones[:3])
    if reading.zone or not zones:
        words = reading.zone or "the time zone of their indicators"
    elif len(zones) == 1:
        words += ", as the indicator counts its days"
    else:
        words += ", as each indicator counts its days"
    return f"Times without an offset from UTC are of {words}."


def told_fractions(reading: Reading, sample: TableSample) -> Iterator[str]:
    """Percentages that look like fractions: they are taken as they stand, and that is said."""
    found: dict[str, list[Decimal]] = {}
    for known, cell in sample_values(reading, sample):
        if known.unit == "percent" and known.rollup != "ratio" and not is_blank(cell):
            found.setdefault(known.name, []).append(bare_number(cell, reading.decimal))
    for name, values in found.items():
        broken = [value for value in values if value % 1]
        if broken and all(abs(value) <= 1 for value in values):
            example = broken[0]
            yield f"“{name}” is in percent: {example} is read as {example} %."


def sample_values(reading: Reading, sample: TableSample) -> Iterator[tuple[KnownIndicator, Cell]]:
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


def told_left_out(reading: Reading, sample: TableSample) -> Iterator[str]:
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
