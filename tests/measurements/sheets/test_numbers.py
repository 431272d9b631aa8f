"""Numbers as people write them, with one mark, with the other, and with neither known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from web.cells import Cell, Fault, Percent
from web.numbers import Unacceptable, number_meanings, number_of


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("12", "12", "12"),
        ("-12", "-12", "-12"),
        ("+7", "+7", "+7"),
        ("1.5", "1.5", ""),
        ("1,5", "", "1.5"),
        ("1,234", "1234", "1.234"),
        ("1.234", "1.234", "1234"),
        ("1234.567", "1234.567", ""),
        ("0,123", "", "0.123"),
        ("0.123", "0.123", ""),
        ("1.234.567", "", "1234567"),
        ("1,234,567", "1234567", ""),
        ("1.234,5", "", "1234.5"),
        ("1,234.50", "1234.50", ""),
        ("12,34,567.8", "1234567.8", ""),
        ("1 234", "1234", "1234"),
        ("1\u00a0234\u00a0567", "1234567", "1234567"),
        ("1\u202f234,5", "", "1234.5"),
        ("1'234.50", "1234.50", ""),
        ("1 234.567", "1234.567", ""),
        ("1.5E+06", "1.5E+06", ""),
        (".5", "0.5", ""),
        ("12,5 %", "", "12.5"),
        ("€ 1.234,50", "", "1234.50"),
        ("1,5 h", "", "1.5"),
        ("1 23", "", ""),
        ("1,23,4", "", ""),
        ("12.03.2026", "", ""),
        ("soon", "", ""),
        ("", "", ""),
        ("٣", "", ""),
        ("1_000", "", ""),
    ],
)
def test_marks_tell_what_a_text_can_mean(text: str, point: str, comma: str) -> None:
    found = number_meanings(text)
    assert (found.get(".", ""), found.get(",", "")) == (point, comma)


def read(cell: Cell, unit: str, decimal: str = ".") -> str:
    return number_of(cell, unit=unit, name="Speed", decimal=decimal)


@pytest.mark.parametrize(
    ("cell", "unit", "number"),
    [
        ("12 %", "percent", "12"),
        ("12%", "percent", "12"),
        ("-0.5 %", "percent", "-0.5"),
        ("3 procent", "percent", "3"),
        (Percent(Decimal("12.5")), "percent", "12.5"),
        (Decimal("0.12"), "percent", "0.12"),
        ("$1,234.50", "currency", "1234.50"),
        ("-$5", "currency", "-5"),
        ("$-5", "currency", "-5"),
        ("($5.00)", "currency", "-5.00"),
        ("500 000 kr", "currency", "500000"),
        ("SEK 12", "number", "12"),
        ("12.50 EUR", "currency", "12.50"),
        ("7-", "number", "-7"),
        ("\u22127", "number", "-7"),
        ("  7 ", "number", "7"),
        ("007.10", "number", "007.10"),
        ("1:30:00", "duration", "5400"),
        ("26:00:00.5", "duration", "93600.5"),
        ("-0:00:07", "duration", "-7"),
        ("90 min", "duration", "5400"),
        ("1.5 h", "duration", "5400"),
        ("1h 30m 5s", "duration", "5405"),
        ("2 days, 1 hour", "duration", "176400"),
        ("250 ms", "duration", "0.25"),
        ("95", "duration", "95"),
        (timedelta(hours=30, seconds=1), "duration", "108001"),
        (timedelta(milliseconds=1500), "duration", "1.5"),
        (Decimal("1234567.891"), "number", "1234567.891"),
    ],
)
def test_signs_that_fit_the_unit_are_understood(cell: Cell, unit: str, number: str) -> None:
    assert read(cell, unit) == number


@pytest.mark.parametrize(
    ("cell", "unit", "words"),
    [
        ("12 %", "number", "“12 %” has a percent sign, and “Speed” is a plain number."),
        ("12 %", "currency", "has a percent sign"),
        ("12 %", "duration", "has a percent sign"),
        (Percent(Decimal(12)), "score", "“12 %” has a percent sign, and “Speed” is a score."),
        ("€ 12", "percent", "“€ 12” has a sign of currency, and “Speed” is a percentage."),
        ("1:30:00", "number", "“1:30:00” has hours and minutes, and “Speed” is a plain number."),
        (timedelta(hours=1), "percent", "has hours and minutes"),
        ("1:30", "duration", "hours and minutes or minutes and seconds: write 1:30:00 or 90 min"),
        (Fault("#N/A", "The cell shows #N/A."), "number", "The cell shows #N/A."),
        (
            datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None),
            "number",
            "“2026-01-01” is a date and not a number.",
        ),
        ("1,5", "number", "“1,5” is not a number with a decimal point."),
        ("twelve", "number", ""),
        ("--5", "number", "“--5” is not a number with a decimal point."),
        ("-5-", "number", "“-5-” is not a number"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(cell: Cell, unit: str, words: str) -> None:
    if not words:
        assert read(cell, unit) == cell  # the core refuses it in its own words
        return
    with pytest.raises(Unacceptable) as refusal:
        read(cell, unit)
    assert words in str(refusal.value)


def test_a_mark_decides_what_could_be_both() -> None:
    assert read("1,234", "number", ".") == "1234"
    assert read("1,234", "number", ",") == "1.234"
    assert read("1.234", "number", ".") == "1.234"
    assert read("1.234", "number", ",") == "1234"
    assert read("-1.234,5 kr", "currency", ",") == "-1234.5"
    assert read("1,5 h", "duration", ",") == "5400"


def test_digits_are_kept_however_many() -> None:
    digits = "123456789012345678901234567890.10000000000000000000000000000000000001"
    assert read(digits, "number", ".") == digits
    assert read(digits.replace(".", ","), "number", ",") == digits


@pytest.mark.parametrize("text", ["1" * 100_000, " " * 100_000, "1 " * 50_000, "1h" * 50_000])
def test_long_texts_take_no_time(text: str) -> None:
    assert number_meanings(text).keys() <= {".", ","}
    read(text, "duration")
