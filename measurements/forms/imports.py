"""A file, how it is read, and what is to be done with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms

from measurements.files.bringing import ENDINGS, LARGEST, TOO_LARGE
from measurements.files.reading import (
    DELIMITERS,
    ENCODINGS,
    MEASURES,
    FileLook,
    FileQuestion,
    KnownIndicator,
    Reading,
)

# More than these are not offered one by one: a file has such columns only where they are periods
# or indicators whose names decide.
MOST_COLUMNS = 60
EXAMPLES = 3
MOST_RADIOS = 5  # answers that are shown beside each other; more are a list
# So many indicators are offered for each column; of more only those that the file itself names.
MOST_OFFERED = 100
LONG = {
    "indicator": "Indicator",
    "at": "When",
    "year": "Year",
    "month": "Month",
    "value": "Value",
    "numerator": "Numerator",
    "denominator": "Denominator",
    "note": "Note",
}
LAYOUTS = [
    ("long", "One value per row"),
    ("indicators", "One column per indicator"),
    ("periods", "One column per period"),
]
DECIMALS = [
    ("", "The file has no decimals"),
    (".", "Point, as in 1,234.5"),
    (",", "Comma, as in 1.234,5"),
]
ORDERS = [
    ("", "Both readings are the same"),
    ("ymd", "Year, month, day"),
    ("dmy", "Day, month, year"),
    ("mdy", "Month, day, year"),
]
# What else is guessed depends on these: when one changes, the columns are looked at anew.
STRUCTURE = ("encoding", "delimiter", "sheet", "header", "layout")


class FileForm(forms.Form):
    """The file itself; what is wrong with it is found by looking into it."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text=f"CSV, TSV, XLSX or ODS, up to {LARGEST // 1024**2} MiB.",
        widget=forms.FileInput(
            attrs={
                "accept": ",".join(ENDINGS),
                "data-largest": LARGEST,
                "data-too-large": TOO_LARGE,
            }
        ),
        error_messages={"required": "Choose a file."},
    )


class TakeForm(forms.Form):
    """All or nothing, or the good lines alone."""

    on_error = forms.ChoiceField(choices=[("refuse", "All or nothing"), ("skip", "The good rows")])


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """One column of the file, as the page offers it."""

    number: int
    name: str
    examples: tuple[str, ...]
    field: forms.BoundField


class ColumnsForm(forms.Form):
    """How the file is read: every choice that was made or guessed, to be changed."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        look: FileLook,
        known: Sequence[KnownIndicator],
    ) -> None:
        super().__init__(data)
        self.look, self.reading, self.known = look, look.reading, known
        self.fields.update(self.settings())
        self.fields.update(self.columns())

    # --- fields ------------------------------------------------------------------------------

    def settings(self) -> Iterator[tuple[str, forms.Field]]:
        """What holds for the file as a whole."""
        reading = self.reading
        if reading.form == "text":
            marks = with_own(DELIMITERS.items(), reading.delimiter)
            yield "encoding", choice("Encoding", ENCODINGS.items(), reading.encoding)
            yield "delimiter", choice("Between columns", marks, reading.delimiter)
        elif len(self.look.sheets) > 1:
            yield "sheet", choice("Sheet", self.sheets(), reading.sheet)
        yield "layout", choice("Shape of the table", LAYOUTS, reading.layout)
        yield "header", self.header_line()
        yield from self.asked_or_told("decimal", "Decimal mark", DECIMALS)
        yield from self.asked_or_told("dates", "Order in dates", ORDERS)
        if self.reading.year or self.question("year"):
            yield "year", self.year()
        if self.look.is_local:
            yield "zone", choice("Times without an offset are of", self.zones(), reading.zone)
        if not reading.names_indicators:
            yield from self.asked_or_told("indicator", "Values of", self.indicators())

    def asked_or_told(
        self, name: str, label: str, options: Sequence[tuple[str, str]]
    ) -> Iterator[tuple[str, forms.Field]]:
        """A question with the answers that are possible, or what was found with every choice."""
        question = self.question(name)
        if question is None:
            yield name, choice(label, options, getattr(self.reading, name))
            return
        is_short = len(question.options) <= MOST_RADIOS
        # Without an empty answer first a browser would choose the first one of a list by itself.
        choices = question.options if is_short else (("", "Choose one"), *question.options)
        field = forms.ChoiceField(
            label=question.words,
            choices=choices,
            widget=forms.RadioSelect if is_short else forms.Select,
            error_messages={"required": "Choose one; the file does not tell."},
        )
        yield name, field

    def question(self, name: str) -> FileQuestion | None:
        """What is asked about this choice, if anything."""
        return next((one for one in self.look.questions if one.field == name), None)

    def header_line(self) -> forms.Field:
        """The line with the names of the columns."""
        return forms.IntegerField(
            label="Line with the names of the columns",
            min_value=0,
            max_value=1_000_000,
            initial=self.reading.header,
            help_text="0 if there is none.",
        )

    def sheets(self) -> Iterator[tuple[str, str]]:
        """The sheets of a workbook, hidden ones as such."""
        hidden = self.look.hidden
        yield from ((s, f"{s} (hidden)" if s in hidden else s) for s in self.look.sheets)

    def year(self) -> forms.Field:
        """The year of months, quarters and weeks that have none."""
        question = self.question("year")
        return forms.IntegerField(
            label=question.words if question else "Year of what has none",
            min_value=1970,
            max_value=2200,
            initial=self.reading.year,
            required=question is not None,
            error_messages={"required": "Write the year; the file does not tell."},
        )

    def zones(self) -> Iterator[tuple[str, str]]:
        """Where times may be of that do not say it: their indicator's zone, or one for all."""
        zones = {one.zone for one in self.known} | {self.reading.zone, "UTC"}
        yield "", "The time zone of their indicator"
        yield from ((zone, zone) for zone in sorted(zones - {""}))

    def indicators(self) -> list[tuple[str, str]]:
        """Every indicator into which the person may enter values."""
        return [("", "Choose an indicator"), *((one.key, str(one)) for one in self.known)]

    def columns(self) -> Iterator[tuple[str, forms.Field]]:
        """What each column is, as far as it is to be chosen."""
        for number, role in enumerate(self.reading.columns[:MOST_COLUMNS]):
            options = list(self.roles(role))
            label = f"Column {number + 1} is"
            yield f"column-{number}", choice(label, options, role)

    def roles(self, role: str) -> Iterator[tuple[str, str]]:
        """What a column may be in this layout."""
        yield "", "Left out"
        if self.reading.layout == "indicators":
            yield from ((name, LONG[name]) for name in ("at", "year", "month", "note"))
            for one in self.offered():
                yield from measure_choices(one)
        elif self.reading.layout == "periods":
            yield "indicator", LONG["indicator"]
            yield "note", LONG["note"]
        else:
            yield from LONG.items()
        is_offered = role.partition(":")[2] in {one.key for one in self.offered()}
        if role.startswith("period:") or (role.startswith(MEASURES) and not is_offered):
            yield role, role.partition(":")[2]

    def offered(self) -> Sequence[KnownIndicator]:
        """The indicators that a column may hold."""
        if len(self.known) <= MOST_OFFERED:
            return self.known
        named = {role.partition(":")[2] for role in self.reading.columns}
        return [one for one in self.known if one.key in named][:MOST_OFFERED]

    # --- what the page shows -----------------------------------------------------------------

    def asked(self) -> list[tuple[FileQuestion, forms.BoundField | None]]:
        """The questions with their answers to choose from; columns are answered in their table."""
        return [
            (one, self[one.field] if one.field in self.fields else None)
            for one in self.look.questions
        ]

    def told(self) -> list[forms.BoundField]:
        """The choices that were found, to be changed."""
        asked = {one.field for one in self.look.questions}
        names = [name for name in self.fields if not name.startswith("column-")]
        return [self[name] for name in names if name not in asked]

    def shown_columns(self) -> list[ColumnChoice]:
        """The columns with their names and first values."""
        return [self.column(number) for number in range(len(self.reading.columns[:MOST_COLUMNS]))]

    def column(self, number: int) -> ColumnChoice:
        """One column, counted from 0."""
        field = self[f"column-{number}"]
        return ColumnChoice(number + 1, self.name_of(number), self.examples(number), field)

    def further_columns(self) -> int:
        """How many columns there are that are read as guessed."""
        return max(len(self.reading.columns) - MOST_COLUMNS, 0)

    def hides_indicators(self) -> bool:
        """Whether there are more indicators than a column offers."""
        is_wide = self.reading.layout == "indicators"
        return is_wide and len(self.known) > len(self.offered())

    def name_of(self, number: int) -> str:
        """What the file calls the column."""
        header = self.look.header
        return header[number] if number < len(header) and header[number] else f"Column {number + 1}"

    def examples(self, number: int) -> tuple[str, ...]:
        """The first different values of a column."""
        below = self.look.lines[self.reading.header :]
        found = {line[number]: None for line in below if number < len(line) and line[number]}
        return tuple(found)[:EXAMPLES]

    # --- what was chosen ---------------------------------------------------------------------

    def chosen(self) -> Reading:
        """The reading with the choices that were sent; those that cannot be are left as found."""
        found = {
            name: self.cleaned_data[name]
            for name in (*STRUCTURE, "decimal", "dates", "zone", "indicator")
            if name in self.cleaned_data and self.cleaned_data[name] is not None
        }
        if year := self.cleaned_data.get("year"):
            found["year"] = str(year)
        reading = replace(self.reading, **found)
        if any(getattr(reading, name) != getattr(self.reading, name) for name in STRUCTURE):
            return looked_at_anew(self.reading, reading)
        columns = list(reading.columns)
        for number in range(min(len(columns), MOST_COLUMNS)):
            columns[number] = self.cleaned_data.get(f"column-{number}", columns[number])
        return replace(reading, columns=tuple(columns))


def looked_at_anew(before: Reading, after: Reading) -> Reading:
    """The choices of the person, with everything to be guessed that depends on them."""
    moved = any(
        getattr(before, name) != getattr(after, name) for name in ("encoding", "delimiter", "sheet")
    )
    after = replace(after, columns=(), decimal="", dates="")
    return replace(after, header=-1, layout="") if moved else after


def measure_choices(one: KnownIndicator) -> Iterator[tuple[str, str]]:
    """What a column may hold of an indicator: its values, or one part of a ratio."""
    yield f"key:{one.key}", str(one)
    if one.rollup == "ratio":
        yield f"numerator:{one.key}", f"{one}, numerator"
        yield f"denominator:{one.key}", f"{one}, denominator"


def choice(label: str, options: Any, initial: str) -> forms.ChoiceField:
    """A select with what was found as its first choice."""
    return forms.ChoiceField(label=label, choices=list(options), initial=initial, required=False)


def with_own(options: Any, own: str) -> Iterator[tuple[str, str]]:
    """The usual marks by name, and the file's own."""
    found = {mark: f"{word.capitalize()}" for mark, word in options}
    yield from found.items()
    if own and own not in found:
        yield own, own
