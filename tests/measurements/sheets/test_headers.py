"""The names of columns where they are no single plain line: two lines, two alike, too few."""

from __future__ import annotations

from typing import Any

import pytest

from tests.measurements.sheets.build import book, seen, taken, told

TWO_YEARS = (["KPI", None, None], ["", 2026, None, 2027], ["KPI", "Nov", "Dec", "Jan"])


def merged(*ranges: str) -> Any:
    def shape(sheet: Any) -> None:
        for one in ranges:
            sheet.merge_cells(one)

    return shape


# --- two lines of names ------------------------------------------------------------------------


def test_years_above_months_are_read_with_them() -> None:
    content = book(
        ["Sales of the year"],
        ["", 2026, None, 2027, None],
        ["KPI", "Nov", "Dec", "Jan", "Feb"],
        ["Net sales", 1, 2, 3, 4],
        shape=merged("A1:E1", "B2:C2", "D2:E2"),
    )
    found = seen(content, name="file.xlsx")
    assert (found.reading.header, found.reading.layout) == (3, "periods")
    assert found.header == ("KPI", "2026 Nov", "2026 Dec", "2027 Jan", "2027 Feb")
    assert "The names of the columns stand in lines 2 and 3." in found.guessed
    assert "1 line above is left out." in found.guessed
    assert [(at, value) for _, at, value in told(taken(content))] == [
        ("2026-11", "1"), ("2026-12", "2"), ("2027-01", "3"), ("2027-02", "4"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "periods"),
    [
        (",2026,,2027\nKPI,Q3,Q4,Q1\n", ["2026-Q3", "2026-Q4", "2027-Q1"]),
        ("KPI,2026,,2027\n,Nov,Dec,Jan\n", ["2026-11", "2026-12", "2027-01"]),
        ("Year,2026\nKPI,Oct,Nov,Dec\n", ["2026-10", "2026-11", "2026-12"]),
        ("2026\nKPI,Oct,Nov,Dec\n", ["2026-10", "2026-11", "2026-12"]),
    ],
)
def test_other_lines_of_years_as_well(lines: str, periods: list[str]) -> None:
    assert [at for _, at, _ in told(taken(f"{lines}Net sales,1,2,3\n"))] == periods


def test_an_indicator_above_the_parts_of_its_ratio() -> None:
    content = book(
        ["Month", "Returns", None, "Net sales"],
        [None, "Numerator", "Denominator", None],
        ["2026-09", 9, 280, 500],
        shape=merged("B1:C1"),
    )
    found = seen(content, name="file.xlsx")
    roles = ("at", "numerator:returns", "denominator:returns", "key:sales")
    assert (found.reading.header, found.reading.columns) == (2, roles)
    assert [row.numerator for row in taken(content)] == ["9", None]


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ("Net sales of 2026\nKPI,Nov 2026,Dec 2026\nNet sales,1,2\n", 2),
        ("indicator,at,value\nNet sales,soon,many\n", 1),
        ("KPI,2026,2027\nNet sales,many,few\n", 1),
        ("KPI,2026,2027\nNet sales,1,2\n", 1),
        ("month,Net sales,Visits\nNov,many,few\n", 1),
    ],
)
def test_one_line_of_names_stays_one(content: str, header: int) -> None:
    found = seen(content)
    assert found.reading.header == header
    assert f"The names of the columns stand in line {header}." in found.guessed


# --- two columns alike -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "asked"),
    [
        ("indicator,at,value,value", "Two columns are said to hold the value."),
        ("indicator,at,Value,Amount", "Two columns are said to hold the value."),
        ("at,Net sales,sales,Visits", "Two columns are said to hold sales."),
        ("KPI,Nov 2026,Dec 2026,11/2026", "Two columns are said to hold 2026-11."),
    ],
)
def test_which_of_two_columns_counts_is_asked(head: str, asked: str) -> None:
    first = "2026-10" if head.startswith("at") else "Net sales"
    second = "2026-10" if "indicator" in head else "3"
    found = seen(f"{head}\n{first},{second},1,2\n")
    assert [question.words for question in found.questions] == [asked]


def test_an_empty_one_of_two_is_left_out() -> None:
    assert told(taken("indicator,at,value,value\nsales,2026-10,1,\n")) == [
        ("sales", "2026-10", "1")
    ]


def test_a_key_and_a_name_are_no_contradiction() -> None:
    found = seen("key,name,at,value,note,comment\nsales,Net sales,2026-10,1,a,b\n")
    assert found.questions == ()
    assert found.reading.columns == ("indicator", "", "at", "value", "note", "")


# --- more cells than names ---------------------------------------------------------------------


def test_numbers_that_their_decimal_comma_cut_are_refused() -> None:
    content = "indicator,at,value\nsales,2026-10,1,5\nsales,2026-11,2,75\nsales,2026-12,3,0\n"
    assert {code for _, code, _ in told(taken(content))} == {"invalid"}
    assert "a decimal comma needs quotation marks" in str(told(taken(content))[0][2])
    quoted = 'indicator,at,value\nsales,2026-10,"1,5"\n'
    assert told(taken(quoted)) == [("sales", "2026-10", "1.5")]


def test_other_cells_beyond_the_names_are_a_column() -> None:
    content = "indicator,at,value\nsales,2026-10,1,ok\nsales,2026-11,2,late\n"
    assert [value for _, _, value in told(taken(content))] == ["1", "2"]
    semicolons = "indicator;at;value\nsales;2026-10;1;5\nsales;2026-11;2;6\n"
    assert [value for _, _, value in told(taken(semicolons))] == ["1", "2"]


# --- several values in one line ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "refusals"),
    [
        (
            "KPI,Nov 2026,Dec 2026,Jan 2027\nVisits,1,n/a,12 %\n",
            ["2026-12: “n/a” is not a decimal number.", "2027-01: “12 %” has a percent sign"],
        ),
        (
            "at,Visits,Net sales\n2026-11,many,few\n",
            ["Visits: “many” is not a decimal number.", "Net sales: “few” is not a decimal"],
        ),
        ("at,sales\nsoon,1\n", []),
    ],
)
def test_a_refusal_says_which_value_of_its_line_it_is_about(
    content: str, refusals: list[str]
) -> None:
    found = [row for row in taken(content) if row.problem]
    for row, words in zip(found, refusals, strict=True):
        assert row.problem is not None and words in row.problem.detail
        assert str(row.at) in row.problem.detail or row.at == "2026-11"
