"""Choices as JSON, and the small rules that looking at a file stands on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from measurements.files.limits import MAX_COLUMNS, Unreadable
from measurements.files.marks import Evidence
from measurements.files.names import Names, folded
from measurements.files.reading import ENCODINGS, KnownIndicator, Reading
from tests.measurements.sheets.build import KNOWN, SALES
from web.cells import Cell, Fault, Percent, cell_text, is_blank

FULL = Reading(
    "text",
    encoding="cp1252",
    delimiter="\t",
    header=3,
    layout="periods",
    columns=("indicator", "", "period:2026-11"),
    indicator="sales",
    decimal=",",
    dates="dmy",
)


def test_choices_survive_json() -> None:
    assert Reading.from_json(json.loads(json.dumps(FULL.as_json()))) == FULL
    assert Reading.from_json({"form": "workbook"}) == Reading("workbook")
    open_ones = replace(FULL, encoding="", delimiter="", layout="", header=-1, columns=())
    assert Reading.from_json(open_ones.as_json()) == open_ones


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "text",
        {},
        {"layout": "long"},
        {"form": "pdf"},
        {"form": "text", "colour": "red"},
        {"form": "text", "encoding": "zip_codec"},
        {"form": "text", "encoding": "utf-7"},
        {"form": "text", "encoding": None},
        {"form": "text", "delimiter": ",,"},
        {"form": "text", "delimiter": '"'},
        {"form": "text", "delimiter": "\n"},
        {"form": "text", "header": -2},
        {"form": "text", "header": True},
        {"form": "text", "header": "1"},
        {"form": "text", "header": 10**9},
        {"form": "text", "layout": "diagonal"},
        {"form": "text", "decimal": "'"},
        {"form": "text", "dates": "ydm"},
        {"form": "text", "indicator": 5},
        {"form": "text", "indicator": "x" * 201},
        {"form": "text", "sheet": "a\0b"},
        {"form": "text", "columns": "at"},
        {"form": "text", "columns": {"at": 1}},
        {"form": "text", "columns": ["price"]},
        {"form": "text", "columns": ["key:"]},
        {"form": "text", "columns": [None]},
        {"form": "text", "columns": [""] * (MAX_COLUMNS + 1)},
        {"form": "text", 5: ""},
    ],
    ids=range(30),
)
def test_malformed_choices_are_refused(given: object) -> None:
    with pytest.raises(Unreadable):
        Reading.from_json(given)


@pytest.mark.parametrize("encoding", list(ENCODINGS))
def test_every_encoding_can_be_chosen_and_exists(encoding: str) -> None:
    assert Reading.from_json({"form": "text", "encoding": encoding}).encoding == encoding
    assert "kpi,at,value".encode(encoding).decode(encoding) == "kpi,at,value"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  x\u00a0", "x"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (Decimal("1E+500"), "1E+500"),
        (Percent(Decimal("12.5")), "12.5 %"),
        (Fault("#REF!", "gone"), "#REF!"),
        (timedelta(hours=26, minutes=3, seconds=4), "26:03:04"),
        (timedelta(seconds=1.25), "0:00:01.25"),
        (timedelta(seconds=-90), "-0:01:30"),
    ],
)
def test_cells_are_shown_as_people_see_them(cell: Cell, text: str) -> None:
    assert cell_text(cell) == text and not is_blank(cell)


def tally(*given: Mapping[str, str]) -> Evidence:
    found = Evidence(frozenset("ab"))
    for number, meanings in enumerate(given):
        found.add(f"t{number}", meanings)
    return found


BOTH, SAME = {"a": "1", "b": "2"}, {"a": "1", "b": "1"}


@pytest.mark.parametrize(
    ("given", "decision", "examples"),
    [
        ([], "", ()),
        ([SAME], "", ()),
        ([{}], "", ()),
        ([BOTH], "", ("t0",)),
        ([BOTH, BOTH, SAME, BOTH, BOTH], "", ("t0", "t1", "t3")),
        ([BOTH, {"a": "1"}], "a", ()),
        ([{"b": "1"}, BOTH], "b", ()),
        ([{"a": "1"}, {"b": "1"}, BOTH], "", ("t0", "t1")),
    ],
)
def test_texts_decide_together(
    given: list[Mapping[str, str]], decision: str, examples: tuple[str, ...]
) -> None:
    found = tally(*given)
    assert (found.decision, found.examples()) == (decision, examples)


def test_indicators_are_found_however_they_are_written() -> None:
    names = Names.of([*KNOWN, KnownIndicator("sales-eu", "Sales (EU)", "number", "sum", "day")])
    for text, key in [
        ("sales", "sales"),
        ("SALES", "sales"),
        ("net  sales", "sales"),
        ("Net-Sales:", "sales"),
        ("sales_eu", "sales-eu"),
        ("Sales EU", "sales-eu"),
    ]:
        found = names.find(text)
        assert found is not None and found.key == key
    assert names.find("") is None and names.find("sale") is None and names.find("—") is None


def test_a_key_goes_before_the_name_of_another() -> None:
    names = Names.of([SALES, KnownIndicator("other", "Sales", "number", "sum", "day")])
    assert names.find("sales") == SALES and names.find("Sales") == SALES
    assert folded("Größe in m²") == "grösse in m²"
