"""Whatever way rows are written down, they are read back the same, once what is open is said."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.files.limits import Unreadable
from measurements.files.looking import look_at_file
from measurements.files.reading import KnownIndicator, Reading
from measurements.files.taking import rows_of_file
from tests.measurements.sheets.build import SALES, VISITS, book

SIZE = KnownIndicator("size", "Größe in m²", "number", "mean", "day")
KNOWN = (SALES, VISITS, SIZE)
DATES: Mapping[str, tuple[str, str]] = {
    "iso": ("%Y-%m-%d", "ymd"),
    "points": ("%d.%m.%Y", "dmy"),
    "British": ("%d/%m/%Y", "dmy"),
    "American": ("%m/%d/%Y", "mdy"),
    "American, short": ("%m/%d/%y", "mdy"),
    "words": ("%d %b %Y", "dmy"),
}
Values = Mapping[tuple[str, date], Decimal]


@dataclass(frozen=True, slots=True)
class Style:
    """One way of writing a table."""

    layout: str
    form: str
    delimiter: str
    encoding: str
    decimal: str
    group: str
    dates: str
    title: str

    def number(self, value: Decimal) -> str:
        """A number with this style's marks."""
        text = f"{value:,f}" if self.group else f"{value:f}"
        return text.replace(",", "\0").replace(".", self.decimal).replace("\0", self.group)

    def day(self, day: date) -> str:
        """A day as this style writes it."""
        return day.strftime(DATES[self.dates][0])

    def table(self, values: Values) -> list[list[Any]]:
        """The cells of the table."""
        days = sorted({day for _, day in values})
        known = [k for k in KNOWN if any(key == k.key for key, _ in values)]
        if self.layout == "long":
            names = {k.key: k.name for k in known}
            below = [[names[key], self.day(day), values[key, day]] for key, day in values]
            return [["KPI", "Date", "Value"], *below]
        if self.layout == "indicators":
            head = ["Date", *(k.name for k in known)]
            return [head, *([self.day(d), *(values.get((k.key, d)) for k in known)] for d in days)]
        head = ["KPI", *map(self.day, days)]
        return [head, *([k.key, *(values.get((k.key, d)) for d in days)] for k in known)]

    def file(self, values: Values) -> bytes:
        """The table as a file."""
        lines = self.table(values)
        if self.title:
            lines = [[self.title], [], *lines]
        if self.form == "workbook":
            return book(*lines)
        texts = [[self.number(c) if isinstance(c, Decimal) else c for c in line] for line in lines]
        file = io.StringIO()
        csv.writer(file, delimiter=self.delimiter).writerows(texts)
        return file.getvalue().encode(self.encoding)


numbers = st.one_of(
    st.integers(0, 10**7).map(Decimal),
    st.decimals(-(10**9), 10**9, places=2),
    st.decimals(0, 10**4, places=3),
    st.decimals(-1, 1, places=5),
)
days = st.integers(0, 2000).map(lambda n: date(2024, 1, 1) + timedelta(days=n))
tables = st.dictionaries(
    st.tuples(st.sampled_from([k.key for k in KNOWN]), days), numbers, min_size=2, max_size=12
)
marks = st.sampled_from([(".", ""), (".", ","), (".", "'"), (",", ""), (",", "."), (",", "\u00a0")])
styles = st.builds(
    lambda mark, **rest: Style(decimal=mark[0], group=mark[1], **rest),
    mark=marks,
    layout=st.sampled_from(["long", "indicators", "periods"]),
    form=st.sampled_from(["text", "text", "workbook"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    dates=st.sampled_from(list(DATES)),
    title=st.sampled_from(["", "Report of all that matters"]),
)


@settings(max_examples=300, deadline=None)
@given(values=tables, style=styles)
def test_rows_survive_every_way_of_writing_them(values: Values, style: Style) -> None:
    content = style.file(values)
    found = look_at_file(content, name="law.csv", known=KNOWN)
    truth = {"decimal": style.decimal, "dates": DATES[style.dates][1]}
    asked = {question.field for question in found.questions}
    assert asked <= truth.keys()
    if asked:
        with pytest.raises(Unreadable):
            list(rows_of_file(content, found.reading, known=KNOWN))
    answers = {name: truth[name] for name in asked}
    reading = Reading.from_json(found.reading.as_json() | answers)
    again = look_at_file(content, name="law.csv", known=KNOWN, given=reading)
    assert again.questions == () and again.reading.layout == style.layout
    taken = list(rows_of_file(content, again.reading, known=KNOWN))
    assert [row for row in taken if row.problem] == []
    read = {(row.indicator, str(row.at)): Decimal(str(row.value)) for row in taken}
    assert read == {(key, day.isoformat()): value for (key, day), value in values.items()}
    assert len(taken) == len(values)


def attempt(content: bytes) -> None:
    """Look and read; nothing but a sentence may end it."""
    with suppress(Unreadable):
        found = look_at_file(content, name="x.csv", known=KNOWN)
        assert Reading.from_json(found.reading.as_json()) == found.reading
        list(rows_of_file(content, found.reading, known=KNOWN))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_looked_at_or_refused(content: bytes) -> None:
    attempt(content)
    attempt(b"PK\x03\x04" + content)
    attempt(content.replace(b"\0", b"")[:200])


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789.,;:/- %€'\n\t\"abWQ", max_size=300))
def test_any_text_is_looked_at_or_refused(content: str) -> None:
    for head in ("", "kpi,at,value\n", "at;sales;visits\n", "kpi\t2026-01\t2026-02\n"):
        attempt((head + content).encode())
