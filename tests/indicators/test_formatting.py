"""How numbers are written: a table of values, units and languages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.formats import (
    Change,
    Figure,
    NumberFormat,
    aim,
    axis,
    change,
    distance,
    duration,
    exactly,
    figure,
    part_names,
    plain,
    written,
)


def fmt(unit: str = "number", **more: Any) -> NumberFormat:
    return NumberFormat(unit=unit, **more)


KR = fmt("currency", unit_label="kr", decimals=0)
CALLS = fmt("per", unit_label="calls", factor=Decimal(1000))
PERCENT = fmt("percent")


@pytest.mark.parametrize(
    ("value", "how", "card", "full"),
    [
        (480_000, KR, "480,000 kr", "480,000 kr"),
        (Decimal("3.2"), PERCENT, "3.2 %", "3.2 %"),
        (58, fmt("percent", decimals=0), "58 %", "58 %"),
        (1_841_200, fmt(display_scale="M", decimals=2), "1.84 M", "1,841,200.00"),
        (20_000, fmt("currency", unit_label="kr", display_scale="k"), "20.0 k kr", "20,000.0 kr"),
        (Decimal("34.2"), CALLS, "34.2 calls per 1,000", "34.2 calls per 1,000"),
        (5, fmt("per", factor=Decimal(1000)), "5.0 per 1,000", "5.0 per 1,000"),
        (
            5,
            fmt("per", unit_label="calls per week", factor=Decimal(7)),
            *2 * ("5.0 calls per week",),
        ),
        (Decimal("12.346"), fmt(decimals=3), "12.3", "12.346"),
        (Decimal("0.0123"), fmt(decimals=4), "0.0123", "0.0123"),
        (1234, fmt(decimals=2), "1,234", "1,234.00"),
        (-5, fmt("score", decimals=0), "−5", "−5"),
        (49.99, fmt("currency", unit_label="$", decimals=2), "$50.0", "$49.99"),
        (-49, fmt("currency", unit_label="$", decimals=0), "−$49", "−$49"),
        (7500, fmt("duration"), "2 h 05 min", "2 h 05 min"),
        (432_000, fmt("duration", unit_label="days"), "5.0 days", "5.0 days"),
        (None, KR, "–", "–"),
        (float("nan"), KR, "–", "–"),
    ],
)
def test_values_are_written(
    value: Decimal | float | None, how: NumberFormat, card: str, full: str
) -> None:
    assert written(value, how).replace("\u00a0", " ") == card
    assert written(value, how, full=True).replace("\u00a0", " ") == full


def test_units_are_joined_by_a_space_that_does_not_break() -> None:
    assert written(480_000, KR) == "480,000\u00a0kr"
    assert figure(34.2, CALLS) == Figure("34.2", "calls\u00a0per\u00a01,000")


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "1,234,567.5"),
        ("nb", "1\u00a0234\u00a0567,5"),
        ("nb-NO", "1\u00a0234\u00a0567,5"),
        ("de", "1.234.567,5"),
        ("sv_SE", "1\u00a0234\u00a0567,5"),
        ("fr", "1\u202f234\u202f567,5"),
        ("et", "1\u00a0234\u00a0567,5"),
        ("es-MX", "1,234,567.5"),
        ("", "1,234,567.5"),
        ("nb_", "1,234,567.5"),
        ("xx", "1,234,567.5"),
    ],
)
def test_separators_follow_the_language(locale: str, text: str) -> None:
    assert plain(1234567.5, 1, locale=locale) == text


def test_dollars_follow_the_number_elsewhere() -> None:
    how = fmt("currency", unit_label="€", decimals=0, locale="de")
    assert written(1200, how) == "1.200\u00a0€"


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0.5, 0, "1"), (2.5, 0, "3"), (-0.04, 1, "0.0"), (0.1 + 0.2, 2, "0.30"), (-12, 0, "−12")],
)
def test_rounding_is_half_up_and_zero_has_no_sign(value: float, decimals: int, text: str) -> None:
    assert plain(value, decimals) == text


def test_signs_are_written_where_asked() -> None:
    assert [plain(v, 1, signed=True) for v in (0.4, -0.8, 0)] == ["+0.4", "−0.8", "0.0"]
    assert figure(3, fmt("currency", unit_label="$", decimals=0), signed=True).number == "+$3"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min 00 s"),
        (3_599, "59 min 59 s"),
        (3_600, "1 h 00 min"),
        (7_199, "2 h 00 min"),
        (86_400, "1 d 00 h"),
        (-90, "−1 min 30 s"),
        (Decimal("2.5"), "2.5 s"),
    ],
)
def test_durations_have_two_parts(seconds: Decimal | float, text: str) -> None:
    assert duration(seconds).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("args", "more", "text"),
    [
        (("gte", 3, PERCENT), {}, "≥ 3.0 %"),
        (("lte", 60, fmt("percent", decimals=0)), {"strict": True}, "< 60 %"),
        (("gte", 500_000, KR), {}, "≥ 500,000 kr"),
        (("between", 20, PERCENT), {"upper": 30}, "20.0–30.0 %"),
        (("eq", 5, fmt(decimals=0)), {}, "= 5"),
    ],
)
def test_aims_say_their_direction(args: Any, more: Any, text: str) -> None:
    assert aim(*args, **more).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("now", "before", "how", "direction", "arrow", "meaning", "text"),
    [
        (3.2, 3.0, PERCENT, "up", "up", "good", "0.2 pp"),
        (58, 59.9, PERCENT, "down", "down", "good", "1.9 pp"),
        (412, 388, fmt(decimals=0), "down", "up", "bad", "6.2 %"),
        (34.2, 36.3, CALLS, "down", "down", "good", "2.1"),
        (41, 39, fmt("score", decimals=0), "up", "up", "good", "2"),
        (5, 0, fmt(decimals=0), "up", "up", "good", "5"),
        (5, 5, fmt(), "up", "flat", "flat", "0.0 %"),
        (9, 5, fmt(), "range", "up", "flat", "80.0 %"),
        (-5, -10, fmt(), "up", "up", "good", "50.0 %"),
    ],
)
def test_changes_are_judged_by_the_good_direction(
    *,
    now: float,
    before: float,
    how: NumberFormat,
    direction: str,
    arrow: str,
    meaning: str,
    text: str,
) -> None:
    found = change(now, before, how, direction=direction, compared="vs October")
    assert found is not None
    assert (found.arrow, found.meaning, found.compared) == (arrow, meaning, "vs October")
    assert found.text.replace("\u00a0", " ") == text


def test_noise_is_not_news() -> None:
    assert change(753, 750, KR, noise=True) == Change("flat", "flat", "0.4\u00a0%", "")


def test_there_is_no_change_without_both_values() -> None:
    assert change(None, 3, KR) is None and change(3, None, KR) is None


@pytest.mark.parametrize(
    ("value", "how", "step", "largest", "text"),
    [
        (40, CALLS, 10, 54, "40"),
        (2.5, PERCENT, 0.5, 4, "2.5"),
        (500_000, KR, 100_000, 500_000, "500 k"),
        (1_500_000, fmt(), 500_000, 2_000_000, "1.5 M"),
        (0, KR, 100_000, 500_000, "0"),
        (7200, fmt("duration"), 3600, 14_400, "2 h"),
        (86_400, fmt("duration", unit_label="days"), 86_400, 432_000, "1"),
    ],
)
def test_ticks_are_as_short_as_their_step(
    value: float, how: NumberFormat, step: float, largest: float, text: str
) -> None:
    assert axis(value, how, step=step, largest=largest).replace("\u00a0", " ") == text


@given(st.decimals(-(10**12), 10**12, places=3), st.integers(0, 4))
def test_what_is_written_reads_back(value: Decimal, decimals: int) -> None:
    text = plain(value, decimals).replace(",", "").replace("−", "-")
    assert abs(Decimal(text) - value) <= Decimal(1).scaleb(-decimals) / 2


# --- differences, and every digit -------------------------------------------------------------


@pytest.mark.parametrize(
    ("gap", "how", "text"),
    [
        (Decimal("0.2"), PERCENT, "0.2 pp"),
        (Decimal(-3), fmt("percent", decimals=0), "3.0 pp"),
        (Decimal("1e-16"), PERCENT, "0.0000000000000001 pp"),
        (0, PERCENT, "0.0 pp"),
        (-20_000, KR, "20,000 kr"),
        (Decimal("0.004"), KR, "0.004 kr"),
        (5400, fmt("duration"), "1 h 30 min"),
        (float("nan"), KR, "–"),
    ],
)
def test_differences_are_in_the_unit_and_those_of_percentages_in_points(
    gap: Decimal | float, how: NumberFormat, text: str
) -> None:
    assert str(distance(gap, how)).replace("\u00a0", " ") == text


def test_a_relative_change_is_in_percent_and_one_of_percentages_in_points() -> None:
    words = {
        how.unit: change(Decimal(60), Decimal(50), how) for how in (PERCENT, KR, fmt("duration"))
    }
    texts = {unit: found.text.replace("\u00a0", " ") for unit, found in words.items() if found}
    assert texts == {"percent": "10.0 pp", "currency": "20.0 %", "duration": "20.0 %"}
    assert str(distance(-10, PERCENT, signed=True)) == "−10.0\u00a0pp"


@pytest.mark.parametrize(
    ("value", "how", "text"),
    [
        ("95.0000000000000001", PERCENT, "95.0000000000000001 %"),
        ("1234.50", KR, "1,234.50 kr"),
        ("3", PERCENT, "3.0 %"),
        ("5405.25", fmt("duration"), "1 h 30 min 05.25 s"),
        ("5400", fmt("duration", unit_label="min"), "90.0 min"),
        ("1" * 30 + "." + "2" * 40, fmt(), ",".join(["111"] * 10) + "." + "2" * 40),
    ],
)
def test_a_measurement_is_shown_with_every_digit(value: str, how: NumberFormat, text: str) -> None:
    assert exactly(Decimal(value), how).replace("\u00a0", " ") == text


@given(st.decimals(-(10**29), 10**29, places=30))
def test_no_number_that_is_stored_is_too_long_to_write(value: Decimal) -> None:
    shown = plain(value, 30).replace(",", "").replace("−", "-")
    assert Decimal(shown) == value
    assert written(value, KR) and exactly(value, fmt("duration"))


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ("orders / visits × 100", ("orders", "visits")),
        ("Calls in the week ÷ customers × 1,000", ("calls in the week", "customers")),
        ("(Carts − orders) ÷ carts × 100", ("carts − orders", "carts")),
        ("as the agency counts", ("numerator", "denominator")),
        ("a / b / c", ("numerator", "denominator")),
        ("", ("numerator", "denominator")),
    ],
)
def test_the_numbers_of_a_ratio_are_named_by_its_formula(
    formula: str, names: tuple[str, str]
) -> None:
    assert part_names(formula) == names
