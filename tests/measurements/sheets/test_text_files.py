"""Text files: encoding, delimiter, header, layout and marks are told by the file, or asked."""

from __future__ import annotations

import codecs
import io
from collections.abc import Sequence
from dataclasses import replace

import pytest

from measurements.files.limits import MAX_BYTES, MAX_COLUMNS, Unreadable
from measurements.files.looking import look_at_file
from measurements.files.reading import KnownIndicator, Reading
from measurements.files.taking import rows_of_file
from measurements.files.wide import TOO_LONG
from tests.measurements.sheets.build import KNOWN, SALES, Told, seen, taken, told

LONG = "indicator,at,value\nsales,2026-01,1.50\nvisits,2026-01-31,2\n"
MEANT: list[Told] = [("sales", "2026-01", "1.50"), ("visits", "2026-01-31", "2")]
# A line a case, as wide as it is.
# ruff: noqa: E501
FORMS: list[tuple[str, str, list[Told]]] = [
    ("as the core writes it", LONG, MEANT),
    ("other names and order", "Amount;When;KPI\n1,50;2026-01;Net sales\n2;2026-01-31;VISITS\n", MEANT),
    ("tabs", LONG.replace(",", "\t"), MEANT),
    ("bars", LONG.replace(",", "|"), MEANT),
    ("quotes and CRLF", '"KPI","Date","Value"\r\n"sales","2026-01","1.50"\r\n"visits","2026-01-31","2"\r\n', MEANT),
    ("old Macs", LONG.replace("\n", "\r"), MEANT),
    ("Excel's own hint", "sep=;\n" + LONG.replace(",", ";"), MEANT),
    ("titles above", "Report for January\n\nprinted 2026-02-01\n" + LONG, MEANT),
    ("blank lines and cells", LONG.replace("\nvisits", "\n\n , , \nvisits"), MEANT),
    ("no header", LONG.partition("\n")[2], MEANT),
    (
        "a column an indicator",
        "Date;Net sales (kr);Visits\n31.01.2026;1.234,50;\n28.02.2026;;12\n",
        [("sales", "2026-01-31", "1234.50"), ("visits", "2026-02-28", "12")],
    ),
    (
        "a column a period",
        "KPI\tNov 2025\tDec 2025\tQ4 2025\nNet sales\t1\t2\t3\nVisits\t\t7\t7\n",
        [("sales", "2025-11", "1"), ("sales", "2025-12", "2"), ("visits", "2025-12", "7")],
    ),
    (
        "periods among other columns",
        "KPI,Unit,Target,Jan-26,Feb-26\nNet sales,kr,100,1,2\nVisits,,5,4,\n",
        [("sales", "2026-01", "1"), ("sales", "2026-02", "2"), ("visits", "2026-01", "4")],
    ),
    (
        "weeks, with nothing above the names",
        ",2026-W01,2026-W02\nvisits,5,6\nsales,,7.25\n",
        [("visits", "2026-W01", "5"), ("visits", "2026-W02", "6"), ("sales", "2026-W02", "7.25")],
    ),
    (
        "American dates",
        "date,Visits\n01/02/2026,1\n01/31/2026,2\n",
        [("visits", "2026-01-02", "1"), ("visits", "2026-01-31", "2")],
    ),
    (
        "spans of time and percentages",
        "at,wait,conversion\n2026-01-01,1:00:01,12 %\n2026-01-02,90 min,12.5%\n",
        [
            ("wait", "2026-01-01", "3601"),
            ("conversion", "2026-01-01", "12"),
            ("wait", "2026-01-02", "5400"),
            ("conversion", "2026-01-02", "12.5"),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "meant"), [form[1:] for form in FORMS], ids=[f[0] for f in FORMS]
)
def test_forms_of_files(content: str, meant: list[Told]) -> None:
    assert told(taken(content)) == meant


@pytest.mark.parametrize(
    ("encoding", "mark", "found"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF8, "utf-8"),
        ("utf-16", b"", "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_encodings_are_told_by_the_bytes(encoding: str, mark: bytes, found: str) -> None:
    content = "KPI;Datum;Wert;Notiz\nsales;2026-01;1;Größe über 5 €\n"
    shown = seen(mark + content.encode(encoding))
    assert shown.reading.encoding == found and shown.lines[1][3] == "Größe über 5 €"
    assert shown.reading.columns == ("indicator", "at", "value", "note")


def test_cyrillic_is_read_once_it_is_chosen() -> None:
    content = "kpi;дата;value\nsales;2026-01-01;1\n".encode("cp1251")
    guess = seen(content).reading
    assert guess.encoding == "cp1252"
    assert seen(content, given=replace(guess, encoding="cp1251")).header[1] == "дата"


def test_quotation_marks_of_word_processors_are_western() -> None:
    content = "Kennzahl;Datum;Wert;Kommentar\nsales;01.08.2026;3,5;„schlecht“ ‚so‘ ‹da›\n"
    assert seen(content.encode("cp1252")).reading.encoding == "cp1252"


def test_bytes_without_a_meaning_elsewhere_are_latin() -> None:
    assert seen(b"kpi,at,value,note\nsales,2026-01-01,1,\x81\n").reading.encoding == "latin-1"


def test_a_chosen_encoding_is_kept_and_said_when_wrong() -> None:
    content = "KPI;Datum;Wert\nsales;2026-01;1\nförsäljning;2026-01;1\n".encode("cp1252")
    given = replace(seen(content).reading, encoding="utf-8")
    with pytest.raises(Unreadable, match="the file is not UTF-8"):
        seen(content, given=given)
    assert seen(content, given=replace(given, encoding="cp1250")).reading.encoding == "cp1250"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"\n\n  \n", "holds no table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, r"old Excel file \(.xls\), or one with a password"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"<!doctype html><table>", "a page"),
        (bytes(range(256)) * 40, "neither text nor a workbook"),
        (b"\x01\x02\x03\x04" * 100, "neither text nor a workbook"),
        (b'indicator,at,value\nsales,2026-01,"1\n' * 2, "Line 2 cannot be read: something stands"),
        (b'indicator,at,value\nsales,2026-01,"1', "Line 2 cannot be read: a quotation mark"),
        (b'a,b\n"' + b"x" * 200_000, "a cell is far too long"),
        (b"a" * (1024 * 1024 + 1), "longer than a million"),
        (b"a,b\n" + b"1," * 5000 + b"1", f"Line 2 has more than {MAX_COLUMNS:,} columns"),
        (b"a" * (MAX_BYTES + 1), "larger than 16 MiB"),
    ],
    ids=range(14),
)  # fmt: skip
def test_what_is_no_table_is_said(content: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        seen(content)


def test_empty_columns_at_the_end_are_no_columns() -> None:
    content = "indicator,at,value" + "," * 5000 + "\nsales,2026-01,1" + "," * 5000 + "\n"
    assert told(taken(content)) == [("sales", "2026-01", "1")]


@pytest.mark.parametrize(
    ("content", "field", "examples"),
    [
        ('at,sales\n2026-01,"1,234"\n', "decimal", ("1,234",)),
        ("at;sales\n2026-01;1.234\n2026-02;500\n", "decimal", ("1.234",)),
        ("at;sales\n2026-01;1.5\n2026-02;1,5\n", "decimal", ("1.5", "1,5")),
        ("at,sales\n03/04/2026,1\n05/06/2026,2\n", "dates", ("03/04/2026", "05/06/2026")),
        ("at,sales\n13/04/2026,1\n05/16/2026,2\n", "dates", ("13/04/2026", "05/16/2026")),
        ("kpi,03/04/2026,04/04/2026\nsales,1,2\n", "dates", ("03/04/2026",)),
        ("at,value\n2026-01,1\n", "indicator", ()),
        ("a,b,c\nx,y,z\n", "columns", ("a", "b", "c")),
        ("Year,Week,Sales,value\n2026,11,5,6\n2026,12,5,6\n", "columns", ("Year", "Week", "Sales", "value")),
    ],
)  # fmt: skip
def test_what_the_file_does_not_tell_is_asked(
    content: str, field: str, examples: tuple[str, ...]
) -> None:
    found = seen(content)
    assert [(question.field, question.examples) for question in found.questions] == [
        (field, examples)
    ]
    with pytest.raises(Unreadable):
        list(rows_of_file(content.encode(), found.reading, known=KNOWN))


@pytest.mark.parametrize(
    ("content", "choice", "meant"),
    [
        ('at,sales\n2026-01,"1,234"\n', {"decimal": "."}, [("sales", "2026-01", "1234")]),
        ('at,sales\n2026-01,"1,234"\n', {"decimal": ","}, [("sales", "2026-01", "1.234")]),
        ("at,sales\n03/04/2026,1\n", {"dates": "dmy"}, [("sales", "2026-04-03", "1")]),
        ("at,sales\n03/04/2026,1\n", {"dates": "mdy"}, [("sales", "2026-03-04", "1")]),
        ("kpi,03/04/2026\nsales,1\n", {"dates": "mdy"}, [("sales", "2026-03-04", "1")]),
        ("at,value\n2026-01,1\n", {"indicator": "visits"}, [("visits", "2026-01", "1")]),
        ("a,b,c\nx,2026,5\n", {"columns": ("", "at", "value"), "indicator": "visits"}, [("visits", "2026", "5")]),
        ("x\nkpi,at,value\nsales,2026,5\n", {"header": 2, "columns": ()}, [("sales", "2026", "5")]),
        (
            "name,2026,2027\nsales,5,6\n",
            {"layout": "long", "columns": ("indicator", "value", ""), "header": 0},
            None,
        ),
        ("at;sales\n2026-01;5\n", {"delimiter": ",", "columns": ()}, None),
    ],
)  # fmt: skip
def test_every_choice_may_be_made_by_a_person(
    content: str, choice: dict[str, object], meant: list[Told] | None
) -> None:
    given = Reading.from_json(seen(content).reading.as_json() | choice)
    found = seen(content, given=given)
    for name in choice.keys() - {"columns"}:
        assert getattr(found.reading, name) == choice[name]
    if meant is None:
        assert found.questions
    else:
        assert found.questions == ()
        assert told(rows_of_file(content.encode(), found.reading, known=KNOWN)) == meant


def test_what_was_detected_is_told() -> None:
    content = "Rapport\n\nKPI;Datum;Wert;Region\nsales;31.01.2026;1,5;Nord\n".encode("cp1252")
    assert seen(content).guessed == (
        "The letters are written in UTF-8.",
        "Between the columns stands a semicolon.",
        "The names of the columns stand in line 3.",
        "1 line above is left out.",
        "Each line is one measurement.",
        "Decimals stand after a comma.",
        "Dates are written day, month, year.",
        "Left out: “Region”.",
    )
    assert seen(content).header == ("KPI", "Datum", "Wert", "Region")
    assert seen(content).lines[:2] == (("Rapport",), ())


def test_the_one_indicator_of_a_file_is_told_by_its_name() -> None:
    content = "Datum;Wert\n31.01.2026;1,5\n"
    given = replace(seen(content).reading, indicator="sales")
    assert "All values are of “Net sales”." in seen(content, given=given).guessed


def test_fractions_are_said_to_be_taken_as_percent() -> None:
    content = "at,conversion\n2026-01-01,0.12\n2026-01-02,0.5\n"
    assert "“Conversion rate” is in percent: 0.12 is read as 0.12 %." in seen(content).guessed
    assert taken(content)[0].value == "0.12"
    for other in (content.replace("0.5", "5.5"), content.replace("0.12", "0.12 %")):
        assert not any("in percent" in sentence for sentence in seen(other).guessed)


@pytest.mark.parametrize(
    ("content", "refusals"),
    [
        ("kpi,at,value\n\nsales,2026-01,1,9\nsales,2026-02,1\n", [(2, TOO_LONG)]),
        ("kpi,at,value\nvisits,2026-01,12 %\n", [(1, "“12 %” has a percent sign, and “Visits” is a plain number.")]),
        ("at,sales,visits\n,1,2\n", [(1, "The line has values and no date.")]),
        ("at,sales\n2026-01,1,5\n2026-02,1\n", [(1, TOO_LONG)]),
        ("kpi,2026,2027\n,1,2\n", [(1, "The line has values and no indicator.")]),
        ("kpi,2026,2027\nsales,1,2,3\nvisits,1,2\n", [(1, TOO_LONG)]),
        ("at,sales\n31/01/2026,1\n", []),
    ],
)  # fmt: skip
def test_no_line_is_lost_silently(content: str, refusals: list[tuple[int, str]]) -> None:
    problems = [row.problem for row in taken(content) if row.problem]
    assert [(problem.index, problem.detail) for problem in problems] == refusals


def test_lines_that_the_core_refuses_reach_it() -> None:
    content = "at,sales,visits\n2026-01,1,\nTotal,2,3\nSource: cash desk,,\n2026-02,,\n"
    assert [(row.index, row.at, row.value) for row in taken(content)] == [
        (1, "2026-01", "1"),
        (2, "Total", None),
        (3, "Source: cash desk", None),
    ]
    content = "kpi,at,value\nnothing,2026,1\nsales,soon,1\nsales,2026,\nTotal,,9\n"
    assert [(row.indicator, row.at, row.value) for row in taken(content)] == [
        ("nothing", "2026", "1"),
        ("sales", "soon", "1"),
        ("sales", "2026", None),
        ("Total", "", "9"),
    ]
    content = "kpi,2026,2027\nHeading,,\nnothing,1,2\n"
    assert [(row.index, row.indicator) for row in taken(content)] == [(2, "nothing")]


def test_ratios_come_in_columns_or_as_a_fraction() -> None:
    content = "kpi;at;numerator;denominator;value\nreturns;2026-W01;9;280;\nsales;2026;;;1,5\n"
    first, second = taken(content)
    assert (first.numerator, first.denominator, first.value) == ("9", "280", None)
    assert (second.numerator, second.value) == (None, "1.5")
    (row,) = taken("at;returns\n2026-W01;1 009,5/2 800\n")
    assert (row.numerator, row.denominator, row.value) == ("1009.5", "2800", None)
    (row,) = taken("kpi;at;numerator;denominator\nreturns;2026-W01;9 %;280\n")
    assert row.problem and row.problem.field == "numerator"


def test_two_indicators_of_one_name_are_not_mixed_up() -> None:
    twins = (SALES, KnownIndicator("sales-b2b", "Net Sales", "number", "sum", "month"))
    content = "kpi,at,value\nnet sales,2026,1\nsales-b2b,2026,2\nSales,2026,3\n"
    assert told(taken(content, known=twins)) == [
        ("indicator", "ambiguous", "Several indicators are called “net sales”: use their keys."),
        ("sales-b2b", "2026", "2"),
        ("sales", "2026", "3"),
    ]


def test_a_file_of_one_indicator_needs_no_column_for_it() -> None:
    assert told(taken("When,How many\n2026-01-01,5\n", known=[SALES])) == [
        ("sales", "2026-01-01", "5")
    ]
    assert told(taken("2026,2027\n5,6\n", known=[SALES])) == [
        ("sales", "2026", "5"),
        ("sales", "2027", "6"),
    ]


@pytest.mark.parametrize("key", ["unknown", "SALES"])
def test_a_choice_of_what_one_may_not_enter_is_refused(key: str) -> None:
    reading = Reading("text", columns=("at", "value"), indicator=key)
    with pytest.raises(Unreadable, match=r"no indicator .* into which you may enter values"):
        rows_of_file(b"at,value\n2026,1\n", reading, known=KNOWN)
    wide = Reading("text", layout="indicators", columns=("at", f"key:{key}"))
    with pytest.raises(Unreadable, match="no indicator"):
        rows_of_file(b"at,value\n2026,1\n", wide, known=KNOWN)


@pytest.mark.parametrize(
    ("columns", "layout", "words"),
    [
        (("at", "at", "value"), "long", "Two columns are said to hold the date"),
        (("at", "key:sales", "key:sales"), "indicators", "Two columns are said to hold sales"),
        (("indicator", "at", "key:sales"), "long", "“key:sales” has no place"),
        (("indicator", "value"), "long", "Which column holds the date"),
        (("indicator", "at", "numerator"), "long", "Which column holds the value"),
        (("at", "value"), "long", "of which indicator"),
        (("at", ""), "indicators", "Which columns are indicators"),
        (("indicator", ""), "periods", "Which columns are periods"),
    ],
)
def test_a_reading_with_a_hole_reads_nothing(
    columns: Sequence[str], layout: str, words: str
) -> None:
    given = {"form": "text", "columns": columns, "layout": layout}
    with pytest.raises(Unreadable, match=words):
        rows_of_file(b"a,b,c\n1,2,3\n", Reading.from_json(given), known=KNOWN)


def test_large_files_are_judged_by_their_beginning_and_still_never_guessed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("measurements.files.source.MAX_BYTES", 100_000)
    monkeypatch.setattr("measurements.files.source.SNIFFED_BYTES", 20_000)
    many = b"visits,2026-01-01,5,xxxxxxxxxxxxxxxxxxxxxx\n" * 5_000
    for late, words in (
        (b'visits,2026-01-02,"1,234",late\n', "“1,234” does not tell"),
        (b"visits,03/04/2026,1,late\n", "“03/04/2026” does not tell"),
        (b"visits,13/04/2026,1,\nvisits,04/14/2026,1,\n", "“04/14/2026” does not tell"),
        (b'visits,2026-01-02,"1,5",\nvisits,2026-01-03,1.5,\n', "“1.5” does not tell"),
    ):
        file = io.BytesIO(b"kpi,at,value,note\n" + many + late)
        found = look_at_file(file, name="large.csv", known=KNOWN)
        assert found.questions == () and (found.reading.decimal, found.reading.dates) == ("", "")
        with pytest.raises(Unreadable, match=words):
            list(rows_of_file(file, found.reading, known=KNOWN))
        chosen = replace(found.reading, decimal=",", dates="dmy")
        assert sum(row.problem is None for row in rows_of_file(file, chosen, known=KNOWN)) >= 5_000
