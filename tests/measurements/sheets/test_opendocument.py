"""OpenDocument spreadsheets: what cells hold is exact, and hostile ones are refused in bounds."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from measurements.files.limits import Unreadable
from measurements.files.taking import rows_of_file
from measurements.files.workbook import UNCOMPUTED, open_workbook
from tests.measurements.sheets.build import KNOWN, ods, seen, taken, told
from web.cells import Fault, Percent


def sheet(lines: str, name: str = "Sheet1", style: str = "") -> str:
    styled = f' table:style-name="{style}"' if style else ""
    return f'<table:table table:name="{name}"{styled}>{lines}</table:table>'


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def cell(attributes: str = "", text: str = "", *, inner: str = "") -> str:
    shown = f"<text:p>{text}</text:p>" if text else ""
    return f"<table:table-cell {attributes}>{inner}{shown}</table:table-cell>"


def text(words: str) -> str:
    return cell('office:value-type="string"', words)


def number(value: str, kind: str = "float") -> str:
    return cell(f'office:value-type="{kind}" office:value="{value}"', "as it is shown")


def day(value: str) -> str:
    return cell(f'office:value-type="date" office:date-value="{value}"', "20.11.26")


def lines(content: bytes, name: str = "Sheet1") -> list[list[object]]:
    return [list(line) for line in open_workbook(io.BytesIO(content)).lines(name)]


def test_every_kind_of_cell_is_read_as_what_it_is() -> None:
    content = ods(
        sheet(
            row(text("Day"), text("Net sales"), text("Conversion rate"), text("Waiting time"))
            + row(
                day("2026-11-01"),
                cell('office:value-type="currency" office:value="1234.5"', "1.234,50 €"),
                number("0.85", "percentage"),
                cell('office:value-type="time" office:time-value="PT30H00M00S"', "30:00"),
            )
            + row(
                day("2026-11-02T00:00:00"),
                number("0.30000000000000004"),
                number("0.07", "percentage"),
                text("90 min"),
            )
        )
    )
    found = seen(content, name="report.ods")
    assert (found.reading.form, found.reading.sheet, found.questions) == (
        "workbook",
        "Sheet1",
        (),
    )
    assert found.lines[1] == ("2026-11-01", "1234.5", "85 %", "30:00:00")
    assert told(taken(content)) == [
        ("sales", "2026-11-01", "1234.5"),
        ("conversion", "2026-11-01", "85"),
        ("wait", "2026-11-01", "108000"),
        ("sales", "2026-11-02", "0.3"),
        ("conversion", "2026-11-02", "7"),
        ("wait", "2026-11-02", "5400"),
    ]


def test_errors_and_formulas_without_values_are_refused_and_not_lost() -> None:
    formula = 'table:formula="of:=[.A1]/0"'
    error = (
        f'{formula} office:value-type="string" office:string-value="" calcext:value-type="error"'
    )
    old = f'{formula} office:value-type="float" office:value="0"'
    [found] = lines(
        ods(
            sheet(
                row(
                    cell(error, "#DIV/0!"),
                    cell(old, "Err:502"),
                    cell(formula),
                    cell(f'{formula} office:value-type="float" office:value="2"', "2"),
                    cell('office:value-type="boolean" office:boolean-value="true"', "TRUE"),
                )
            )
        )
    )
    assert [fault.words for fault in found[:3] if isinstance(fault, Fault)] == [
        "The cell shows #DIV/0! and no value.",
        "The cell shows Err:502 and no value.",
        UNCOMPUTED,
    ]
    assert found[3:] == [2, "TRUE"]


def test_repeated_and_empty_cells_keep_their_places() -> None:
    content = ods(
        sheet(
            row(cell('table:number-columns-repeated="2"'), text("a"), cell(), number("5"))
            + row(more='table:number-rows-repeated="2"')
            + row(
                cell(
                    'office:value-type="float" office:value="1" table:number-columns-repeated="3"'
                ),
                more='table:number-rows-repeated="2"',
            )
            + "<table:table-row-group>"
            + row(
                "<table:covered-table-cell><text:p>no</text:p></table:covered-table-cell>",
                text("z"),
            )
            + "</table:table-row-group>"
            + row(
                cell('table:number-columns-repeated="16384"'),
                more='table:number-rows-repeated="1048000"',
            )
        )
    )
    assert lines(content) == [["", "", "a", "", 5], [], [], [1, 1, 1], [1, 1, 1], ["", "z"]]


def test_a_text_has_its_blanks_and_lines_but_not_its_comment() -> None:
    inner = (
        "<office:annotation><text:p>a comment</text:p></office:annotation>"
        '<text:p>one<text:s text:c="2"/><text:span>two</text:span> <text:tab/>3</text:p>'
        "<text:p>four</text:p>"
    )
    assert lines(ods(sheet(row(cell('office:value-type="string"', inner=inner))))) == [
        ["one  two \t3\nfour"]
    ]


def test_what_nobody_sees_is_read_only_when_it_is_chosen() -> None:
    styles = (
        '<style:style style:name="ta2" style:family="table">'
        '<style:table-properties table:display="false"/></style:style>'
    )
    old = row(text("kpi"), text("at"), text("value")) + row(
        text("sales"), text("2025"), number("5")
    )
    content = ods(sheet(old, "Old", "ta2") + sheet(row(text("Welcome")), "Cover"), styles=styles)
    found = seen(content)
    assert (found.reading.sheet, found.sheets, found.hidden) == (
        "Cover",
        ("Cover", "Old"),
        ("Old",),
    )
    given = type(found.reading).from_json({"form": "workbook", "sheet": "Old", "header": -1})
    reading = seen(content, given=given).reading
    assert told(rows_of_file(content, reading, known=KNOWN)) == [("sales", "2025", "5")]
    with pytest.raises(Unreadable, match="no sheet “New”"):
        lines(content, "New")


def test_a_percentage_is_no_number() -> None:
    [[found]] = lines(ods(sheet(row(number("0.125", "percentage")))))
    assert found == Percent(found.number) and str(found.number) == "12.5"  # type: ignore[attr-defined]


REPEATED = 'table:number-columns-repeated="{}" office:value-type="float" office:value="1"'
HOSTILE = {
    "columns": (row(cell(REPEATED.format(16_384))), "more than 2,000 columns"),
    "repeated lines": (
        row(cell(REPEATED.format(2_000)), more='table:number-rows-repeated="1048576"'),
        "too large",
    ),
    "beyond lines": (
        row(more='table:number-rows-repeated="99999999999"') + row(text("x")),
        "too large",
    ),
    "empty lines": (row() * 3_000_001, "too large"),
    "elements": ("<table:x/>" * 200_000, "too large"),
    "blanks": (row(text('<text:s text:c="999999999"/>' * 60_000)), "too large"),
    "nested": (row(text("<text:span>" * 5_000 + "</text:span>" * 5_000)), "damaged"),
    "not a number": (row(number("nan")), "damaged"),
    "no day": (row(day("2026-13-01")), "damaged"),
    "no time": (row(cell('office:value-type="time" office:time-value="soon"')), "damaged"),
    "no count": (row(more='table:number-rows-repeated="many"'), "damaged"),
    "cut": ("<table:table-row>", "damaged"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_spreadsheets_are_refused_in_little_memory(content: str, words: str) -> None:
    file = ods(sheet(content))
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match=words):
            seen(file, name="hostile.ods")
        assert tracemalloc.get_traced_memory()[1] < 120 * 2**20
    finally:
        tracemalloc.stop()


def test_entities_are_refused() -> None:
    content = ods(sheet(row(text("x"))), before='<!DOCTYPE x [<!ENTITY a "ha">]>')
    with pytest.raises(Unreadable, match="declares entities"):
        seen(content)


def test_a_spreadsheet_without_its_content_is_damaged() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(Unreadable, match="damaged"):
        seen(file.getvalue())
