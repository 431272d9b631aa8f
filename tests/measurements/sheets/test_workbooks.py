"""Workbooks: what cells hold is exact, and hostile archives are refused within bounds."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from measurements.files import limits, source
from measurements.files.limits import Unreadable
from measurements.files.reading import Reading
from measurements.files.source import Source
from measurements.files.taking import rows_of_file
from measurements.files.workbook import UNCOMPUTED
from tests.measurements.sheets.build import KNOWN, SHEET, altered, book, saved, seen, taken, told
from web.cells import Cell, Fault, Percent

Build = Callable[[], bytes]


def wall(*fields: int) -> datetime:
    """A time of a sheet, which has no offset."""
    return datetime(*fields, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[arg-type, misc]


def test_a_workbook_with_a_cover_titles_and_every_kind_of_cell() -> None:
    workbook = Workbook()
    workbook.active.append(["Welcome to the report"])
    sheet = workbook.create_sheet("Figures")
    sheet["A1"] = "Report"
    for line in (
        ["Day", "Net sales", "Conversion rate", "Waiting time", "Visits"],
        [date(2026, 11, 1), 0.1 + 0.2, 0.125, time(1, 30), 12345678901234567],
        [wall(2026, 11, 2, 0, 0), 1234567.891, "12 %", timedelta(hours=30), 1e21],
        ["03.11.2026", "1.234,5", 0.07, "90 min", None],
    ):
        sheet.append(line)
    sheet["C3"].number_format = sheet["C5"].number_format = "0.00%"
    found = seen(saved(workbook), name="report.xlsx")
    assert (found.reading.form, found.reading.sheet, found.reading.header) == (
        "workbook",
        "Figures",
        2,
    )
    assert found.sheets == ("Sheet", "Figures") and found.questions == ()
    assert found.lines[2] == ("2026-11-01", "0.3", "12.5 %", "1:30:00", "12345678901234600")
    assert "Of 2 sheets “Figures” is read." in found.guessed
    assert told(taken(saved(workbook))) == [
        ("sales", "2026-11-01", "0.3"),
        ("conversion", "2026-11-01", "12.5"),
        ("wait", "2026-11-01", "5400"),
        ("visits", "2026-11-01", "12345678901234600"),
        ("sales", "2026-11-02", "1234567.891"),
        ("conversion", "2026-11-02", "12"),
        ("wait", "2026-11-02", "108000"),
        ("visits", "2026-11-02", "1000000000000000000000"),
        ("sales", "2026-11-03", "1234.5"),
        ("conversion", "2026-11-03", "7"),
        ("wait", "2026-11-03", "5400"),
    ]


@pytest.mark.parametrize(
    "number", [0.1, 1.1 + 2.2, 4.35, 1e-7, 123456.789, 99.99, -0.07, 2**53, 1 / 3]
)
def test_numbers_come_as_excel_shows_them(number: float) -> None:
    (row,) = taken(book(["at", "visits"], ["2026-01", number]))
    assert float(row.value or "") == pytest.approx(number, rel=1e-14)
    assert len(str(row.value).strip("-0").replace(".", "").strip("0")) <= 15


def test_sheets_can_be_chosen() -> None:
    workbook = Workbook()
    for title, value in (("2025", 5), ("2026", 6)):
        sheet = workbook.create_sheet(title)
        sheet.append(["kpi", "at", "value"])
        sheet.append(["sales", title, value])
    workbook["2025"].sheet_state = "hidden"
    content = saved(workbook)
    found = seen(content)
    assert found.reading.sheet == "2026" and found.sheets == ("Sheet", "2026", "2025")
    given = type(found.reading).from_json(found.reading.as_json() | {"sheet": "2025"})
    assert told(rows_of_file(content, given, known=KNOWN)) == [("sales", "2025", "5")]
    with pytest.raises(Unreadable, match="no sheet “2024”"):
        seen(content, given=type(given).from_json(given.as_json() | {"sheet": "2024"}))


def test_errors_and_formulas_without_values_are_refused_and_not_lost() -> None:
    def shape(sheet: Any) -> None:
        sheet["B2"].data_type = "e"

    content = book(["at", "sales"], ["2026-01", "#DIV/0!"], ["2026-02", "=1+1"], shape=shape)
    assert [row.problem.detail for row in taken(content) if row.problem] == [
        "Net sales: The cell shows #DIV/0! and no value.",
        f"Net sales: {UNCOMPUTED}",
    ]
    cached = altered(content, lambda xml: xml.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>")
                     .replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"))  # fmt: skip
    assert told(taken(cached))[1] == ("sales", "2026-02", "2")


def test_dates_of_old_macs_are_four_years_later() -> None:
    workbook = Workbook()
    workbook.epoch = CALENDAR_MAC_1904
    workbook.active.append(["at", "visits"])
    workbook.active.append([date(2026, 11, 20), 5])
    assert told(taken(saved(workbook))) == [("visits", "2026-11-20", "5")]


def test_periods_in_columns_may_be_dates() -> None:
    content = book(["KPI", date(2026, 1, 1), date(2026, 2, 1), "Sum"], ["visits", 5, None, 5])
    assert told(taken(content)) == [("visits", "2026-01-01", "5")]
    assert "Left out: “Sum”." in seen(content).guessed


def test_gaps_keep_the_numbers_of_lines() -> None:
    def shape(sheet: Any) -> None:
        sheet["A9"], sheet["C9"] = "2026-02", 7

    content = book(["at", "visits", "sales"], ["2026-01", 5], shape=shape)
    assert [(row.index, row.indicator) for row in taken(content)] == [(1, "visits"), (8, "sales")]


def test_formatted_but_empty_columns_do_not_count() -> None:
    def shape(sheet: Any) -> None:
        sheet.cell(1, 16_000).number_format = "0.00"

    assert len(taken(book(["at", "visits"], ["2026-01", 5], shape=shape))) == 1


BASE = book(["KPI", "2026-01", "2026-02"], ["visits", 1, 2])


INLINE = b'<c r="A1" t="inlineStr"><is><t>KPI</t></is></c>'
HEAD = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
TYPES = "[Content_Types].xml"
TYPE = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
    b'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)


def sharing(strings: bytes, *, number: int = 0) -> bytes:
    """The workbook with its first text among the shared ones."""
    shared = b'<c r="A1" t="s"><v>%d</v></c>' % number
    assert INLINE in zipfile.ZipFile(io.BytesIO(BASE)).read(SHEET)
    pointing = altered(BASE, lambda xml: xml.replace(INLINE, shared))
    typed = altered(pointing, lambda xml: xml.replace(b"</Types>", TYPE + b"</Types>"), part=TYPES)
    file = io.BytesIO(typed)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", HEAD + strings + b"</sst>")
    return file.getvalue()


def test_texts_that_are_shared_are_found() -> None:
    content = sharing(b"<si><t>Date</t></si><si><r><t>K</t></r><r><t>PI</t></r></si>", number=1)
    assert seen(content).header == ("KPI", "2026-01", "2026-02")
    assert len(taken(content)) == 2


def packed(parts: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def in_sheet(before: bytes, after: bytes, *, filler: bytes = b"", times: int = 0) -> Build:
    """Builds the workbook with something else in its sheet, and that with very much in it."""

    def build() -> bytes:
        assert before in zipfile.ZipFile(io.BytesIO(BASE)).read(SHEET)
        whole = after.replace(b"MUCH", filler * times)
        return altered(BASE, lambda xml: xml.replace(before, whole, 1))

    return build


def in_part(part: str, before: bytes, *, filler: bytes, times: int) -> Build:
    """Builds the workbook with very much before a place in one of its parts."""
    much = filler * 10

    def build() -> bytes:
        return altered(
            BASE, lambda xml: xml.replace(before, much * (times // 10) + before), part=part
        )

    return build


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet'


def crowded() -> bytes:
    """An archive whose directory promises very many files."""
    at = BASE.rfind(b"PK\x05\x06")
    return BASE[: at + 10] + struct.pack("<H", 60_000) + BASE[at + 12 :]


def lying() -> bytes:
    """An archive in which a part is larger than its header says."""
    bomb = altered(BASE, lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b" " * 10**7))
    at = bomb.rfind(b"xl/worksheets/sheet1.xml") - 46
    return bomb[: at + 24] + struct.pack("<I", 500) + bomb[at + 28 :]


DATA = b"<sheetData>"
FILE = b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><worksheet'
HOSTILE: dict[str, tuple[Build, str]] = {
    "zeros": (in_sheet(DATA, DATA + b"MUCH", filler=b" " * 1000, times=135_000), "too large"),
    "elements": (in_sheet(DATA, DATA + b"MUCH", filler=b"<x/>", times=3_000_000), "too large"),
    "cells": (
        in_sheet(DATA, DATA + b"<row>MUCH</row>", filler=b"<c/>", times=200_000),
        "too large",
    ),
    "columns": (in_sheet(b'r="B2"', b'r="ZZZ2"'), "more than 2,000 columns"),
    "beyond columns": (in_sheet(b'r="B2"', b'r="ABCDEFGH2"'), "damaged"),
    "lines": (in_sheet(b'<row r="2"', b'<row r="99999999999"'), "no line 99999999999"),
    "lines backwards": (in_sheet(b'<row r="2"', b'<row r="1"'), "no line 1"),
    "laughs": (in_sheet(b"<worksheet", LAUGHS), "declares entities"),
    "external": (in_sheet(b"<worksheet", FILE), "declares entities"),
    "cut": (lambda: altered(BASE, lambda xml: xml[: len(xml) // 2]), "damaged"),
    "not a number": (in_sheet(b"<v>2</v>", b"<v>nan</v>"), "damaged"),
    "infinite": (in_sheet(b"<v>2</v>", b"<v>1e999</v>"), "damaged"),
    "no such text": (lambda: sharing(b"<si><t>KPI</t></si>", number=999), "damaged"),
    "styles": (
        in_part("xl/styles.xml", b"</styleSheet>", filler=b" " * 1000, times=9_000),
        "too large",
    ),
    "strings": (lambda: sharing(b"<si/>" * 3_000_000), "too large"),
    "cut archive": (lambda: BASE[: len(BASE) // 2], "damaged"),
    "no archive": (lambda: b"PK\x03\x04" + b"x" * 100, "damaged"),
    "other archive": (lambda: packed({"a.txt": b"x"}), "is an archive"),
    "OpenDocument text": (
        lambda: packed({"mimetype": b"application/vnd.oasis.opendocument.text"}),
        "without a table",
    ),
    "binary workbook": (lambda: packed({"xl/workbook.bin": b""}), r"\(.xlsb\)"),
    "text document": (lambda: packed({"word/document.xml": b""}), "text document"),
    "other packing": (
        lambda: packed({"xl/workbook.xml": b" " * 1000}, method=zipfile.ZIP_LZMA),
        "damaged",
    ),
    "nothing in it": (book, "is empty"),
    "no parts": (lambda: packed({"xl/workbook.xml": b"<workbook/>"}), "damaged"),
    "crowded": (crowded, "too large"),
    "lying": (lying, "damaged"),
}
BOMBS = ("zeros", "elements", "cells", "strings")


@pytest.mark.parametrize(("build", "words"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_archives_are_refused(build: Build, words: str) -> None:
    content = build()
    assert len(content) < limits.MAX_BYTES
    with pytest.raises(Unreadable, match=words):
        seen(content, name="hostile.xlsx")


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_take_little_memory(name: str) -> None:
    content = HOSTILE[name][0]()
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable):
            seen(content, name="bomb.xlsx")
        assert tracemalloc.get_traced_memory()[1] < 60 * 2**20
    finally:
        tracemalloc.stop()


def test_what_nobody_sees_is_read_only_when_it_is_chosen_or_alone() -> None:
    workbook = Workbook()
    workbook.active.append(["This workbook is made by the finance team."])
    old = workbook.create_sheet("Old")
    old.append(["kpi", "at", "value"])
    old.append(["sales", "2025", 5])
    old.sheet_state = "veryHidden"
    found = seen(saved(workbook))
    assert (found.reading.sheet, found.hidden) == ("Sheet", ("Old",))
    assert [question.field for question in found.questions] == ["columns"]
    given = type(found.reading).from_json({"form": "workbook", "sheet": "Old", "header": -1})
    assert told(
        rows_of_file(saved(workbook), seen(saved(workbook), given=given).reading, known=KNOWN)
    )
    workbook["Sheet"].delete_rows(1)
    assert seen(saved(workbook)).reading.sheet == "Old"


def test_a_sheet_is_parsed_once_and_every_cell_survives_being_kept() -> None:
    """Decimals, percentages, faults, spans, moments and half a surrogate pair come back alike."""
    line: list[Cell] = [
        "text \ud800",
        Decimal("1E+21"),
        Percent(Decimal("12.5")),
        Fault("#REF!", "The cell shows #REF! and no value."),
        timedelta(hours=30, microseconds=1),
        wall(2026, 11, 20, 10, 30),
    ]
    file = Mock(sheets=("A", "B"), hidden=frozenset("B"))
    file.lines.side_effect = lambda _: iter([[], line])
    kept = Source(Mock(side_effect=AssertionError), source.pack_sheet(file, "A"))
    reading = Reading("workbook", sheet="A")
    assert list(kept.lines(reading)) == list(kept.lines(reading)) == [[], line]
    assert (kept.form, kept.sheets, kept.hidden) == ("workbook", ("A", "B"), frozenset("B"))
    assert file.lines.call_count == 1


def test_what_one_shared_text_would_swell_to_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_TABLE_BYTES", 1_000)
    with pytest.raises(Unreadable, match="too large"):
        seen(book(["kpi", "at", "value"], *(["sales", "2026-01-01", "x" * 90] for _ in range(9))))
