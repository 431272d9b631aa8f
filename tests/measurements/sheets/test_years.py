"""Months, quarters and weeks without a year: asked for, never guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from measurements.files.limits import Unreadable
from measurements.files.reading import Reading
from tests.measurements.sheets.build import SALES, VISITS, book, seen, taken, told


def times(content: str | bytes, year: str = "2026") -> list[str]:
    """When the values of a file were, after the one question about it is answered."""
    found = seen(content)
    assert [question.field for question in found.questions] == ["year"]
    return [str(row.at) for row in taken(content, given=replace(found.reading, year=year))]


@pytest.mark.parametrize(
    ("head", "periods"),
    [
        ("KPI,Jan,Feb,Mar", ["2026-01", "2026-02", "2026-03"]),
        ("KPI;Januar;Februar;März", ["2026-01", "2026-02", "2026-03"]),
        ("KPI,Q1,Q2,Q3", ["2026-Q1", "2026-Q2", "2026-Q3"]),
        ("KPI,KW 40,KW 41,KW 42", ["2026-W40", "2026-W41", "2026-W42"]),
        ("KPI,Nov,Dec,Jan", ["2026-11", "2026-12", "2027-01"]),
        ("KPI,Q4,Q1,Q2", ["2026-Q4", "2027-Q1", "2027-Q2"]),
        ("KPI,Mar,Feb,Jan", ["2026-03", "2026-02", "2026-01"]),
    ],
)
def test_columns_are_of_the_year_that_is_said(head: str, periods: list[str]) -> None:
    mark = ";" if ";" in head else ","
    assert times(f"{head}\n{mark.join(['Net sales', '1', '2', '3'])}\n") == periods


def test_a_sum_among_the_columns_is_left_out() -> None:
    found = seen("KPI,Jan,Feb,Mar,Q1\nNet sales,1,2,3,6\n")
    assert found.reading.columns[-1] == "" and "Left out: “Q1”." in found.guessed


@pytest.mark.parametrize(
    "content",
    [
        "indicator,month,value\nsales,Jan,1\nsales,Feb.,2\n",
        "month,Net sales,Visits\nJan,1,\nFeb,,2\n",
    ],
)
def test_lines_are_of_the_year_that_is_said(content: str) -> None:
    assert times(content) == ["2026-01", "2026-02"]


def test_the_question_has_examples_and_its_answer_is_told() -> None:
    content = "KPI,Jan,Feb,Mar\nNet sales,1,2,3\n"
    found = seen(content)
    (asked,) = found.questions
    assert (asked.words, asked.options, asked.examples[0]) == ("Of which year is “Jan”?", (), "Jan")
    again = seen(content, given=replace(found.reading, year="2024"))
    assert again.questions == ()
    assert "What has no year is of 2024." in again.guessed
    assert again.reading.columns == found.reading.columns  # so that another year may be said


def test_where_a_year_is_said_nothing_is_asked() -> None:
    for content in (
        "KPI,Jan 2026,Feb 2026\nNet sales,1,2\n",
        ",2026,2026\nKPI,Jan,Feb\nNet sales,1,2\n",
        "indicator,at,value\nsales,2026-01,1\n",
    ):
        assert seen(content).questions == ()
    assert [row.at for row in taken(book(["at", "sales"], ["Nov 2026", 1]))] == ["2026-11"]


def test_names_of_months_are_no_periods_where_another_column_is_the_time() -> None:
    found = seen("date,Mar,Jan,Net sales\n2026-01,x,y,1\n")
    assert found.reading.columns == ("at", "", "", "key:sales")
    named = (replace(SALES, name="Jan"), replace(VISITS, name="Mar"))
    found = seen("month,Jan,Mar\n2026-01,1,2\n", known=named)
    assert found.reading.columns == ("at", "key:sales", "key:visits")
    assert told(taken("month,Jan,Mar\n2026-01,1,2\n", known=named))[0] == ("sales", "2026-01", "1")


@pytest.mark.parametrize("year", ["26", "20266", "year", 2026])
def test_a_year_has_four_digits(year: object) -> None:
    with pytest.raises(Unreadable):
        Reading.from_json({"form": "text", "year": year})


# --- a column for the year ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "at"),
    [
        ("Year,Month,Net sales\n2025,11,1\n2026,2,2\n", ["2025-11", "2026-02"]),
        ("Month,Year,Net sales\nNov,2025,1\nFeb,2026,2\n", ["2025-11", "2026-02"]),
        ("Jahr;Monat;Net sales\n2025;Nov.;1\n2026;Februar;2\n", ["2025-11", "2026-02"]),
        ("indicator,year,month,value\nsales,2025,11,1\nsales,2026,2,2\n", ["2025-11", "2026-02"]),
        ("year,quarter,Net sales\n2025,Q4,1\n2026,Q1,2\n", ["2025-Q4", "2026-Q1"]),
        ("year,week,Visits\n2025,KW 50,1\n2026,KW 2,2\n", ["2025-W50", "2026-W02"]),
    ],
)
def test_year_and_month_may_stand_apart(content: str, at: list[str]) -> None:
    found = seen(content)
    assert found.questions == () and "year" in found.reading.columns
    assert [row.at for row in taken(content)] == at


def test_years_and_months_of_a_workbook_are_numbers() -> None:
    content = book(["Year", "Month", "sales"], [2025, 11, 1], [2026, "Feb", 2], [2026, 13, 3])
    rows = taken(content)
    assert [row.at for row in rows][:2] == ["2025-11", "2026-02"]
    assert rows[2].problem is not None or "13" in str(rows[2].at)


@pytest.mark.parametrize(
    ("content", "at"),
    [
        ("year,date,Net sales\n2025,2025-11-01,1\n", "2025-11-01"),
        ("date,year,month,Net sales\n2025-11-01,2025,11,1\n", "2025-11-01"),
    ],
)
def test_a_whole_date_goes_before_its_parts(content: str, at: str) -> None:
    assert [row.at for row in taken(content)] == [at]


def test_numbers_that_may_be_weeks_are_not_taken_for_months() -> None:
    found = seen("year,week,Visits\n2026,11,1\n2026,12,2\n")
    assert [question.field for question in found.questions] == ["columns"]


@pytest.mark.parametrize(
    ("roles", "asked"),
    [
        (("year", "", "key:sales"), "Which column holds the date or period?"),
        (("", "month", "key:sales"), "Which column holds the year?"),
    ],
)
def test_half_a_date_is_asked_for(roles: tuple[str, ...], asked: str) -> None:
    given = Reading("text", layout="indicators", columns=roles)
    found = seen("a,b,c\n2026,11,1\n", given=given)
    assert [question.words for question in found.questions] == [asked]
