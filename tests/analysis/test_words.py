"""How numbers are written in sentences, and as JSON."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from analysis import words
from analysis.values import Definition
from analysis.verdict import plain


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("1234567.891", 0, "1,234,568"),
        ("1234.5", 2, "1,234.50"),
        ("-0.5", 1, "-0.5"),
        ("0", 1, "0.0"),
        ("0.0004", 1, "0.0004"),
        ("2.5", 0, "2"),
        ("1e40", 0, "1.000e+40"),
        ("1e-20", 0, "1.000e-20"),
    ],
)
def test_numbers(value: str, decimals: int, text: str) -> None:
    assert words.number_text(Decimal(value), decimals) == text


@pytest.mark.parametrize(
    ("definition", "level", "distance"),
    [
        (Definition(unit="percent", decimals=1), "-3.0 %", "3.0 percentage points"),
        (Definition(unit="currency", unit_label="kr"), "-3 kr", "3 kr"),
        (Definition(unit="currency", unit_label="$", decimals=2), "-$3.00", "$3.00"),
        (Definition(), "-3", "3"),
    ],
)
def test_units(definition: Definition, level: str, distance: str) -> None:
    assert words.level(Decimal(-3), definition) == level
    assert words.distance_text(Decimal(-3), definition) == distance


def test_chances_are_never_certain() -> None:
    assert {words.chance_text(p) for p in (0.0, 0.003, 0.0099)} == {"less than 1 %"}
    assert {words.chance_text(p) for p in (1.0, 0.997, 0.991)} == {"more than 99 %"}
    assert words.chance_text(0.5) == "50 %"


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (Decimal("91.20"), 91.2),
        (Decimal(480000), 480000),
        (Decimal("-0"), 0),
        (Decimal("1e15"), 10**15),
        (Decimal("1e20"), 1e20),
        (Decimal("NaN"), None),
        (math.inf, None),
        (math.nan, None),
        (True, True),
        (None, None),
        (date(2026, 11, 1), "2026-11-01"),
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-11-01T00:00:00+00:00"),
        ((Decimal(1), {"a": math.nan}), [1, {"a": None}]),
    ],
)
def test_plain_data(value: Any, data: Any) -> None:
    assert plain(value) == data and type(plain(value)) is type(data)
