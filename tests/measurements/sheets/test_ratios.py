"""Ratios in wide tables: two columns, or two lines, that name the parts of one indicator."""

from __future__ import annotations

import pytest

from measurements.files.reading import KnownIndicator, Reading
from tests.measurements.sheets.build import KNOWN, seen, taken

Parts = tuple[str, str, str | None, str | None]
BASE = KnownIndicator("base", "Customer base", "number", "last", "month")


def parts(content: str, *, known: tuple[KnownIndicator, ...] = KNOWN) -> list[Parts]:
    return [
        (row.indicator, str(row.at), str(row.numerator), str(row.denominator))
        if row.problem is None
        else ("refused", row.problem.field or "", row.problem.code, row.problem.detail)
        for row in taken(content, known=known)
    ]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Returns numerator", "Returns denominator"),
        ("returns (numerator)", "returns (denominator)"),
        ("Numerator of returns", "Denominator of returns"),
        ("RETURNS – NUM", "RETURNS – DEN"),
        ("Returns: Zähler", "Returns: Nenner"),
        ("Returns numerator", "Returns, out of"),
    ],
)
def test_two_columns_are_a_ratio_by_their_names(one: str, two: str) -> None:
    content = f'week,"{one}","{two}",Visits\n2026-W40,9,280,5\n2026-W41,7,,\n2026-W42,,,8\n'
    found = seen(content)
    assert found.reading.layout == "indicators"
    assert found.reading.columns == ("at", "numerator:returns", "denominator:returns", "key:visits")
    assert parts(content) == [
        ("returns", "2026-W40", "9", "280"),
        ("visits", "2026-W40", "None", "None"),
        ("returns", "2026-W41", "7", "None"),  # for the core to refuse
        ("visits", "2026-W42", "None", "None"),
    ]


def test_the_parts_may_stand_apart_and_have_marks() -> None:
    content = "week;Returns denominator;Visits;Returns numerator\n2026-W40;1.280,5;5;9\n"
    assert parts(content)[0] == ("returns", "2026-W40", "9", "1280.5")


def test_only_a_ratio_has_parts_and_names_as_they_are_go_first() -> None:
    found = seen("month,Net sales numerator,Customer base\n2026-10,1,2\n", known=(*KNOWN, BASE))
    assert found.reading.columns == ("at", "", "key:base")
    named = KnownIndicator("n", "Returns numerator", "number", "sum", "month")
    found = seen("month,Returns numerator,Visits\n2026-10,1,2\n", known=(*KNOWN, named))
    assert found.reading.columns == ("at", "key:n", "key:visits")


@pytest.mark.parametrize(
    ("roles", "asked"),
    [
        (("at", "numerator:returns", ""), "Which column holds the denominator of “returns”?"),
        (("at", "", "denominator:returns"), "Which column holds the numerator of “returns”?"),
        (
            ("at", "numerator:returns", "numerator:returns"),
            "Two columns are said to hold the numerator of “returns”.",
        ),
        (
            ("numerator:returns", "at", "key:returns"),
            "Columns are said to hold “returns” as a whole and in parts.",
        ),
    ],
)
def test_half_a_ratio_is_asked_for(roles: tuple[str, ...], asked: str) -> None:
    given = Reading("text", layout="indicators", columns=roles)
    found = seen("week,a,b\n2026-W40,9,280\n", given=given)
    assert [question.words for question in found.questions] == [asked]


def test_two_lines_are_a_ratio_where_each_period_has_a_column() -> None:
    content = (
        "KPI,Sep 2026,Oct 2026,Nov 2026,note\n"
        "Returns denominator,270,280,,\n"
        "Visits,1,2,3,\n"
        "Returns numerator,8,9,7,counted twice\n"
    )
    assert parts(content) == [
        ("visits", "2026-09", "None", "None"),
        ("visits", "2026-10", "None", "None"),
        ("visits", "2026-11", "None", "None"),
        ("returns", "2026-09", "8", "270"),
        ("returns", "2026-10", "9", "280"),
        ("returns", "2026-11", "7", "None"),
    ]
    assert [row.note for row in taken(content)][-1] == "counted twice"
    assert {row.index for row in taken(content)} == {2, 3}


def test_a_line_without_its_other_half_is_refused() -> None:
    content = "KPI,Sep 2026,Oct 2026\nReturns numerator,8,9\nReturns numerator,8,9\nVisits,1,2\n"
    found = parts(content)
    refused = [one for one in found if one[0] == "refused"]
    assert [one[3] for one in refused] == [
        "Two lines hold the numerator of “Returns”.",
        "The line holds the numerator of “Returns”, and no line its denominator.",
    ]
    assert len(found) == 4
