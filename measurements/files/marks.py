"""The marks of a file while it is read: what decides decimal mark and order of dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from measurements.files import dates
from measurements.files.reading import FileQuestion
from web import numbers
from web.cells import Cell, cell_text

KEPT = 1_000
SHOWN = 3


@dataclass(slots=True)
class Marks:
    """All numbers and dates seen so far, and what they decide; `is_local`: a time had no offset."""

    decimal: Evidence = field(default_factory=lambda: Evidence(frozenset(".,")))
    dates: Evidence = field(default_factory=lambda: Evidence(frozenset(dates.ORDERS)))
    seen: set[str] = field(default_factory=set)
    is_local: bool = False
    yearless: list[str] = field(default_factory=list)  # the first ones

    def add_number(self, cell: Cell) -> None:
        """Take a number into account."""
        if not isinstance(cell, str) or cell.isdigit() or not self.is_new(cell):
            return
        self.decimal.add(cell_text(cell), numbers.number_meanings(cell))

    def add_date(self, cell: Cell) -> None:
        """Take a date into account."""
        if isinstance(cell, datetime):
            self.is_local = self.is_local or cell.time() != time.min
        if not isinstance(cell, str) or dates.PLAIN.fullmatch(cell) or not self.is_new(cell):
            return
        text = cell_text(cell)
        found = dates.date_meanings(cell)
        self.is_local = self.is_local or any(map(dates.is_local, found.values()))
        if not found and len(self.yearless) < SHOWN and dates.is_yearless(text):
            self.yearless.append(text)
        self.dates.add(text, dates.leaning(text, found))

    def is_new(self, cell: str) -> bool:
        """Whether a text was not met lately."""
        if cell in self.seen:
            return False
        if len(self.seen) > KEPT:
            self.seen.clear()
        self.seen.add(cell)
        return True


def decimal_question(tally: Evidence) -> FileQuestion | None:
    """What to ask about the decimal mark, if anything."""
    examples = tally.examples()
    if not examples:
        return None
    words = (
        f"The numbers are written in two ways, “{examples[0]}” and “{examples[1]}”. "
        "Which mark stands before the decimals?"
        if tally.clashed_by
        else f"Does “{examples[0]}” have thousands or decimals? "
        "Which mark stands before the decimals in this file?"
    )
    options = ((".", told_number(examples[0], ".")), (",", told_number(examples[0], ",")))
    return FileQuestion("decimal", words, options, examples)


def told_number(example: str, decimal: str) -> str:
    """An answer, with what the example would be by it."""
    read = numbers.number_meanings(example).get(decimal)
    mark = "point" if decimal == "." else "comma"
    return f"A {mark}: “{example}” is {read}" if read else f"A {mark}: “{example}” is no number"


def dates_question(tally: Evidence) -> FileQuestion | None:
    """What to ask about the order of dates, if anything."""
    examples = tally.examples()
    if not examples:
        return None
    words = (
        f"The dates are written in two ways, “{examples[0]}” and “{examples[1]}”. "
        "Which comes first?"
        if tally.clashed_by
        else f"Which day is “{examples[0]}”?"
    )
    options = []
    for order in ("dmy", "mdy", "ymd"):
        found = [(text, dates.date_meanings(text).get(order)) for text in examples]
        if any(read for _, read in found):
            text, read = next((pair for pair in found if pair[1]), found[0])
            day = day_in_words(read) if read else "no day"
            options.append((order, f"{dates.ORDER_WORDS[order]}: “{text}” is {day}"))
    return FileQuestion("dates", words, tuple(options), examples)


def day_in_words(text: str) -> str:
    """The day of a time as the core reads it, so that nobody mistakes day and month.

    >>> day_in_words("2026-04-03T10:00:00")
    '3 April 2026'
    """
    day = date.fromisoformat(text[:10])
    return f"{day.day} {dates.MONTH_WORDS[day.month - 1].split()[0].capitalize()} {day.year}"


def year_question(yearless: Sequence[str]) -> FileQuestion | None:
    """What to ask about periods that have no year, if anything."""
    if not yearless:
        return None
    return FileQuestion("year", f"Of which year is “{yearless[0]}”?", (), tuple(yearless))


EXAMPLES = 3


@dataclass(slots=True)
class Evidence:
    """The ways in which everything seen so far can be read.

    Each text is given with what it means in each way that fits it; where all fitting ways mean
    the same, it neither decides nor asks anything.
    """

    possible: frozenset[str]
    decided_by: str = ""
    clashed_by: str = ""
    unclear: dict[frozenset[str], list[str]] = field(default_factory=dict)

    def add(self, text: str, meanings: Mapping[str, str]) -> None:
        """Take a text into account."""
        ways = frozenset(meanings)
        if not ways:
            return
        if not self.possible <= ways:
            left = self.possible & ways
            if left:
                self.decided_by = text
            elif not self.clashed_by:
                self.clashed_by = text
            self.possible = left
        if len(ways) > 1 and len(set(meanings.values())) > 1:
            examples = self.unclear.setdefault(ways, [])
            if len(examples) < EXAMPLES and text not in examples:
                examples.append(text)

    @property
    def decision(self) -> str:
        """The one way that fits everything; "" where there are several or none."""
        return next(iter(self.possible)) if len(self.possible) == 1 else ""

    def examples(self) -> tuple[str, ...]:
        """Texts that mean different things in the ways that are left; none when nothing is open."""
        if self.clashed_by:
            return (self.decided_by, self.clashed_by)
        found = [
            t
            for ways, texts in self.unclear.items()
            if len(ways & self.possible) > 1
            for t in texts
        ]
        return tuple(found[:EXAMPLES])
