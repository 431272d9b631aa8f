"""Dates and periods as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from measurements.files.dates import date_meanings, is_period, read_date
from tests.measurements.sheets.build import seen
from web.cells import Cell


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("2026-11-20", "2026-11-20"),
        ("2026-11", "2026-11"),
        ("2026-W47", "2026-W47"),
        ("2026-Q4", "2026-Q4"),
        ("2026", "2026"),
        (Decimal(2026), "2026"),
        (Decimal(20261120), "2026-11-20"),
        ("20261120", "2026-11-20"),
        ("2026/11/20", "2026-11-20"),
        ("2026.1.5", "2026-01-05"),
        ("2026/11", "2026-11"),
        ("11/2026", "2026-11"),
        ("11.2026", "2026-11"),
        ("Nov 2026", "2026-11"),
        ("november 2026", "2026-11"),
        ("2026 Nov", "2026-11"),
        ("Nov-26", "2026-11"),
        ("Nov. 2026", "2026-11"),
        ("März 2026", "2026-03"),
        ("Maj 2026", "2026-05"),
        ("20 Nov 2026", "2026-11-20"),
        ("20. november 2026", "2026-11-20"),
        ("20-Nov-2026", "2026-11-20"),
        ("20-Nov-26", "2026-11-20"),
        ("Nov 20, 2026", "2026-11-20"),
        ("November 3rd, 2026", "2026-11-03"),
        ("20 de noviembre de 2026", "2026-11-20"),
        ("Q4 2026", "2026-Q4"),
        ("2026 Q4", "2026-Q4"),
        ("2026Q4", "2026-Q4"),
        ("4Q2026", "2026-Q4"),
        ("Q4/2026", "2026-Q4"),
        ("Q4 '26", "2026-Q4"),
        ("Week 47, 2026", "2026-W47"),
        ("W47 2026", "2026-W47"),
        ("KW 7/2026", "2026-W07"),
        ("2026W47", "2026-W47"),
        ("2026 week 47", "2026-W47"),
        ("v.47 2026", "2026-W47"),
        (datetime(2026, 11, 20, tzinfo=UTC).replace(tzinfo=None), "2026-11-20"),
        (datetime(2026, 11, 20, 10, 30, tzinfo=UTC).replace(tzinfo=None), "2026-11-20T10:30:00"),
        ("2026-11-20 00:00:00", "2026-11-20"),
        ("11/20/2026 12:00:00 AM", "2026-11-20"),
        ("20.11.2026 14:05", "2026-11-20T14:05:00"),
        ("11/20/2026 2:05 PM", "2026-11-20T14:05:00"),
        ("2026-11-20 10:00+0100", "2026-11-20T10:00:00+01:00"),
        ("2026-11-20T10:00:00.25Z", "2026-11-20T10:00:00.25Z"),
        ("2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z"),
        ("20.11.2026", "2026-11-20"),
        ("20.11.26", "2026-11-20"),
        ("03.04.2026", "2026-04-03"),
        ("25/12/2026", "2026-12-25"),
        ("12/25/2026", "2026-12-25"),
        ("04/04/2026", "2026-04-04"),
        ("20.11.1999", "1999-11-20"),
    ],
)
def test_texts_that_tell_their_date(cell: Cell, meant: str) -> None:
    assert read_date(cell, "") == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("03/04/2026", {"dmy": "2026-04-03", "mdy": "2026-03-04"}),
        ("3-4-2026", {"dmy": "2026-04-03", "mdy": "2026-03-04"}),
        ("03.04.2026", {"dmy": "2026-04-03", "mdy": "2026-03-04"}),
        ("26/11/20", {"dmy": "2020-11-26", "ymd": "2026-11-20"}),
        ("01/02/03", {"dmy": "2003-02-01", "mdy": "2003-01-02", "ymd": "2001-02-03"}),
        ("03/04/2026 10:00", {"dmy": "2026-04-03T10:00:00", "mdy": "2026-03-04T10:00:00"}),
    ],
)
def test_texts_with_several_meanings_tell_all(text: str, meant: dict[str, str]) -> None:
    assert date_meanings(text) == meant
    assert all(read_date(text, order) == day for order, day in meant.items())


def test_order_is_open_where_no_country_decides() -> None:
    assert read_date("03/04/2026", "") == ""
    assert read_date("03/04/2026", "mdy") == "2026-03-04"
    assert read_date("03/04/2026", "ymd") == ""
    assert read_date("25/12/2026", "mdy") == ""


@pytest.mark.parametrize(
    "cell",
    [
        "", "soon", "Total", "31/02/2026", "2026/13/01", "Nov 26", "Nov", "Foo 2026", "Q5 2026",
        "12", "46346", Decimal("2026.11"), Decimal(-2026), "1.2.3.4", "99/99/9999", "13/13/2026",
        "2026-11-20 25:00", "11/20/2026 13:00 PM", "Nov 2026 10:00", "٢٠٢٦", "1" * 100_000,
        "1/" * 50_000,
    ],
)  # fmt: skip
def test_what_is_no_date_means_nothing(cell: Cell) -> None:
    assert date_meanings(cell) == {} and not is_period(cell)


def test_the_answers_name_the_month_in_words() -> None:
    (asked,) = seen("at,sales\n03/04/2026 10:00,1\n").questions
    assert asked.options == (
        ("dmy", "Day, month, year: “03/04/2026 10:00” is 3 April 2026"),
        ("mdy", "Month, day, year: “03/04/2026 10:00” is 4 March 2026"),
    )
