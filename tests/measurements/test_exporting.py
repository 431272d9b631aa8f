"""Files of measurements: every digit and letter goes out and comes in again as it was."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest
from django.http import FileResponse, StreamingHttpResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.models import Indicator
from measurements.delivery import deliver
from measurements.exports import (
    COLUMNS,
    WRITERS,
    Format,
    csv_bytes,
    file_response,
    fits_a_double,
    ndjson_bytes,
    workbook_file,
)
from measurements.formats import csv_rows, ndjson_rows
from measurements.models import Batch
from measurements.row import Row, Sender
from teams.models import Team, User
from tests.factories import make_indicator
from web.cells import SPACES, escaped, guarded, unescaped, unguarded

AT = datetime(2026, 11, 1, tzinfo=UTC)
MOMENTS = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
NUMBERS = st.builds(
    lambda sign, whole, part: Decimal(f"{sign}{whole}{'.' + part if part else ''}"),
    st.sampled_from(["", "-"]),
    st.integers(0, 10**30 - 1),
    st.text("0123456789", max_size=100),
)
TRICKY = st.text(st.sampled_from("'=+-@\t\r\n \",;_x00D5F\x01\ufffe<&>é＝"), max_size=12)
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)
# XlsxWriter escapes "_x0041_x0042_" but for its second half, so that it is read as another text.
OVERLAPPING = re.compile(r"_x[0-9a-fA-F]{4}(?:_x[0-9a-fA-F]{4}_|[\x00-\x1f\ufffe\uffff])")
NOTES = st.one_of(TRICKY, TEXTS).filter(lambda note: not OVERLAPPING.search(note))


def rows(*notes: str, value: str = "1") -> list[tuple[Any, ...]]:
    return [
        ("sales", AT + timedelta(days=k), Decimal(value), None, None, note)
        for k, note in enumerate(notes)
    ]


def workbook_bytes(columns: Sequence[str], found: Iterable[Sequence[Any]]) -> bytes:
    with workbook_file(columns, found) as file:
        return file.read()


@contextmanager
def answered(form: Format, found: Iterable[Sequence[Any]]) -> Iterator[StreamingHttpResponse]:
    """A file as it is sent; the server would close it, and the connection to the database too."""
    answer = file_response(form, COLUMNS, found, name="sales")
    yield answer
    if isinstance(answer, FileResponse) and answer.file_to_stream:
        answer.file_to_stream.close()


def file_of(form: Format, found: Iterable[Sequence[Any]]) -> bytes:
    with answered(form, found) as answer:
        return b"".join(answer)


def sheets(body: bytes) -> list[list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(body))
    return [[tuple(cell.value for cell in line) for line in sheet] for sheet in book.worksheets]


def of_sheet(line: Sequence[Any]) -> Row:
    """A line of a workbook as an import has to read it."""
    texts = ["" if part is None else unescaped(str(part)) for part in line]
    key, at, value, numerator, denominator, note = texts
    return Row(
        index=0, indicator=key, at=at, value=value or None, numerator=numerator or None,
        denominator=denominator or None, note=unguarded(note),
    )  # fmt: skip


# --- texts that nothing runs ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("=1+1", "'=1+1"), ("+49", "'+49"), ("-2", "'-2"), ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"), ("\rx", "'\rx"), (" =1", "' =1"), ("＝1", "'＝1"),
        ("'=1", "''=1"), ("''@", "'''@"),
        ("", ""), ("it's", "it's"), ("'quoted'", "'quoted'"), ("a=b", "a=b"), ("'", "'"),
    ],
)  # fmt: skip
def test_what_would_run_is_guarded_and_nothing_else(text: str, out: str) -> None:
    assert guarded(text) == out and unguarded(out) == text


@given(st.one_of(TRICKY, NOTES))
def test_guards_and_escapes_come_off_as_they_went_on(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert unescaped(escaped(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


# --- there and back ---------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.tuples(MOMENTS, NUMBERS, NUMBERS, NOTES), max_size=5))
def test_csv_and_ndjson_are_read_as_they_were(
    found: list[tuple[datetime, Decimal, Decimal, str]],
) -> None:
    sent = [
        ("sales", at, None if k % 2 else one, one if k % 2 else None, two if k % 2 else None, note)
        for k, (at, one, two, note) in enumerate(found)
    ]
    for write, read in ((csv_bytes, csv_rows.read), (ndjson_bytes, ndjson_rows.read)):
        back = read(b"".join(write(COLUMNS, sent)))
        assert [numbers(row) for row in back] == [line[2:5] for line in sent]
        assert [datetime.fromisoformat(str(row.at)) for row in back] == [line[1] for line in sent]
        blanks = write is csv_bytes  # a note of nothing but blanks is none in a table
        notes = ["" if blanks and line[5].isspace() else line[5] for line in sent]
        assert [row.note for row in back] == notes


def numbers(row: Row) -> tuple[Decimal | None, ...]:
    return tuple(
        None if part is None else Decimal(part)
        for part in (row.value, row.numerator, row.denominator)
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(MOMENTS, NUMBERS, NOTES), max_size=5))
def test_a_workbook_is_read_as_it_was(found: list[tuple[datetime, Decimal, str]]) -> None:
    sent = [("sales", at, one, None, None, note) for at, one, note in found]
    [(head, *lines)] = sheets(workbook_bytes(COLUMNS, sent))
    back = [of_sheet(line) for line in lines]
    assert head == COLUMNS
    assert [Decimal(str(row.value)) for row in back] == [line[2] for line in sent]
    assert [datetime.fromisoformat(str(row.at)) for row in back] == [line[1] for line in sent]
    assert [row.note for row in back] == [line[5] for line in sent]


@pytest.mark.django_db
@pytest.mark.parametrize("form", Format)
def test_what_comes_back_changes_nothing(form: Format, red_team: Team, alice: User) -> None:
    make_indicator(red_team, "sales")
    make_indicator(red_team, "share", rollup="ratio")
    notes = ["=1+1", "'=1", " blank ", "two\r\nlines", '"quoted", with; marks', "\x01_x0041_", "é"]
    digits = ["12345678901234567890.123456789", "-0.10", "0.30000000000000004", "5", "1e-20"]
    sent = [
        Row(index=0, indicator="sales", at=f"2026-01-{k + 1:02}", value=one, note=note)
        for k, (note, one) in enumerate(zip(notes, [*digits, "7", "8"], strict=True))
    ]
    sent.append(Row(index=0, indicator="share", at="2026-10", numerator="9", denominator="0"))
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert deliver(sent, Sender(actor=alice, door=Batch.Door.API), now=now).created == 8
    from measurements import exports as exporting

    seen = exporting.current(Indicator.objects.visible_to(alice), alice)
    body = file_of(form, seen)
    if form is Format.XLSX:
        back = [of_sheet(line) for line in sheets(body)[0][1:]]
    else:
        back = (csv_rows if form is Format.CSV else ndjson_rows).read(body)
    report = deliver(back, Sender(actor=alice, door=Batch.Door.API), now=now)
    assert (report.unchanged, report.updated, report.rejected) == (8, 0, [])


# --- workbooks --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "is_number"),
    [
        ("0", True), ("-12.5", True), ("1234.50", True), ("123456789012345", True),
        ("0.000000000000000000001", True), ("1234567890123456", False),
        ("0.30000000000000004", False), ("95.0000000000000001", False), ("1" * 30, False),
    ],
)  # fmt: skip
def test_a_number_is_one_in_a_spreadsheet_only_with_all_its_digits(
    number: str, is_number: bool
) -> None:
    assert fits_a_double(Decimal(number)) is is_number
    [(_, line)] = sheets(workbook_bytes(COLUMNS, rows("", value=number)))
    assert isinstance(line[2], str) is not is_number
    assert Decimal(str(line[2])) == Decimal(number)


def test_times_are_texts_and_formulas_are_not_run() -> None:
    body = workbook_bytes(COLUMNS, rows("=HYPERLINK(1)", "<b>&"))
    [(_, one, other)] = sheets(body)
    assert one == ("sales", "2026-11-01T00:00:00Z", 1, None, None, "'=HYPERLINK(1)")
    assert other[5] == "<b>&"
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml")


def test_a_workbook_without_rows_has_its_head_line() -> None:
    body = workbook_bytes(COLUMNS, [])
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None
    assert sheets(body) == [[COLUMNS]]


@pytest.mark.parametrize("note", ["<r><t>x</t></r>", "<r></r>", "<r>", "<r>&</r>", "<r>=1</r>"])
def test_a_text_that_looks_like_xml_stays_a_text(note: str) -> None:
    [(_, line)] = sheets(workbook_bytes(COLUMNS, rows(note)))
    assert line[5] == note


def test_what_one_sheet_cannot_hold_is_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("measurements.exports.MOST_ROWS", 4)
    found = sheets(workbook_bytes(COLUMNS, rows(*"abcdefgh")))
    assert [len(lines) for lines in found] == [4, 4, 3]
    assert all(lines[0] == COLUMNS for lines in found)
    assert [line[5] for lines in found for line in lines[1:]] == list("abcdefgh")


def test_a_workbook_that_cannot_be_finished_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> Iterator[tuple[Any, ...]]:
        yield rows("a")[0]
        raise OSError("the database went away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path))
        with pytest.raises(OSError, match="went away"):
            workbook_file(COLUMNS, broken())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("count", "expected"), [(3, [4]), (6, [4, 4]), (7, [4, 4, 2])])
def test_sheets_are_filled_to_the_last_row(
    count: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("measurements.exports.MOST_ROWS", 4)
    found = sheets(workbook_bytes(COLUMNS, rows(*"abcdefg"[:count])))
    assert [len(lines) for lines in found] == expected


# --- streams ----------------------------------------------------------------------------------


def endless() -> Iterator[tuple[Any, ...]]:
    number = 0
    while True:
        number += 1
        yield ("sales", AT + timedelta(seconds=number), Decimal(number), None, None, "note")


@pytest.mark.parametrize("form", [Format.CSV, Format.NDJSON])
def test_the_first_rows_are_sent_before_the_last_are_read(form: Format) -> None:
    parts = WRITERS[form](COLUMNS, endless())
    assert sum(len(part) for part in islice(parts, 20)) > 1000
    parts.close()  # type: ignore[attr-defined]  # as when a browser goes away


@pytest.mark.parametrize("form", Format)
def test_memory_does_not_grow_with_the_rows(form: Format) -> None:
    tracemalloc.start()
    with answered(form, islice(endless(), 60_000)) as answer:
        for _ in answer:
            pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 6_000_000


@pytest.mark.parametrize("form", Format)
def test_a_file_says_what_it_is(form: Format) -> None:
    with answered(form, rows("a")) as answer:
        assert answer["Content-Type"].startswith(form.media_type)
        assert answer["Content-Disposition"] == f'attachment; filename="sales.{form}"'


def test_lines_of_text_are_as_other_programs_read_them() -> None:
    body = b"".join(csv_bytes(COLUMNS, rows('a "b", c', " x", "y\nz", value="1234.50"))).decode()
    found = list(csv.reader(io.StringIO(body, newline="")))
    assert found[0] == list(COLUMNS)
    assert [line[5] for line in found[1:]] == ['a "b", c', " x", "y\nz"]
    assert found[1][1:5] == ["2026-11-01T00:00:00Z", "1234.50", "", ""]
    one = msgspec.json.decode(b"".join(ndjson_bytes(COLUMNS, rows("=1", value="1234.50"))))
    assert one["note"] == "=1" and one["numerator"] is None


# --- through the import of files ----------------------------------------------------------------


def is_plain(note: str) -> bool:
    """Whether a file full of such notes is still text: control characters make it binary."""
    return not any(letter < " " and letter not in "\t\r\n" for letter in note)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(MOMENTS, NUMBERS, NOTES.filter(is_plain)), min_size=1, max_size=6))
@pytest.mark.parametrize("form", [Format.CSV, Format.XLSX])
def test_a_file_of_ours_is_read_as_it_was_without_a_question(
    form: Format, found: list[tuple[datetime, Decimal, str]]
) -> None:
    from measurements.files import looking, taking
    from measurements.files.reading import KnownIndicator

    known = [KnownIndicator("sales", "Sales", "number", "last", "day")]
    sent = [("sales", at, one, None, None, note) for at, one, note in found]
    content = file_of(form, sent)
    look = looking.look_at_file(content, name=f"red.{form}", known=known)
    assert look.questions == ()
    back = list(taking.rows_of_file(content, look.reading, known=known))
    assert [(row.indicator, row.problem) for row in back] == [("sales", None)] * len(sent)
    assert [Decimal(str(row.value)) for row in back] == [line[2] for line in sent]
    assert [datetime.fromisoformat(str(row.at)) for row in back] == [line[1] for line in sent]
    for row, line in zip(back, sent, strict=True):  # no note at all leaves the one that is there
        assert row.note == line[5] or (row.note == "" and not line[5].strip(SPACES))


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_only_a_heading_exactly_as_ours_settles_the_decimal_mark(delimiter: str) -> None:
    from measurements.files import looking
    from measurements.files.reading import KnownIndicator

    known = [KnownIndicator("sales", "Sales", "number", "last", "day")]
    sent = [("sales", datetime(2026, 11, 20, tzinfo=UTC), Decimal("1.000"), None, None, "")]
    content = file_of(Format.CSV, sent).replace(b",", delimiter.encode())
    look = looking.look_at_file(content, name="red.csv", known=known)
    asked = [question.field for question in look.questions]
    assert (asked, look.reading.decimal) == (([], ".") if delimiter == "," else (["decimal"], ""))
