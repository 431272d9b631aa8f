"""Ticks are round, few enough, and inside."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.charts.scales import Linear, nice_step, nice_ticks, padded, text_width, time_ticks


@pytest.mark.parametrize(
    ("low", "high", "count", "ticks"),
    [
        (26, 54, 3, [30, 40, 50]),
        (0, 1, 4, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0, 500_000, 5, [0, 100_000, 200_000, 300_000, 400_000, 500_000]),
        (-0.02, 0.02, 4, [-0.02, -0.01, 0, 0.01, 0.02]),
        (34.1, 39.8, 3, [36, 38]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, count: int, ticks: list[float]) -> None:
    assert nice_ticks(low, high, count)[0] == ticks


@given(
    low=st.floats(-1e9, 1e9),
    span=st.floats(1e-3, 1e9),
    count=st.integers(2, 6),
)
def test_ticks_are_inside_and_few(low: float, span: float, count: int) -> None:
    ticks, step = nice_ticks(low, low + span, count)
    assert 1 <= len(ticks) <= 2.6 * count + 1
    assert all(low - step * 1e-6 <= tick <= low + span + step * 1e-6 for tick in ticks)


def test_steps_are_one_two_or_five() -> None:
    for span in (0.37, 4.2, 61, 980, 12_345):
        digits = f"{nice_step(span, 4):e}"
        assert digits[0] in "125" and float(digits[: digits.index("e")]) in (1, 2, 5)


def test_padding_never_goes_below_zero_for_counts() -> None:
    assert padded([0, 10]) == (0, 10.6)
    assert padded([-1, 1])[0] < -1


def test_equal_values_still_have_a_stretch() -> None:
    low, high = padded([7, 7])
    assert low < 7 < high
    assert padded([0]) == (0, 1)
    assert padded([]) == (0, 1.06)


def test_linear_maps_both_ends() -> None:
    scale = Linear(10, 20, 300, 0)
    assert (scale(10), scale(20), scale(15)) == (300, 0, 150)


def test_weeks_are_counted_back_from_the_newest() -> None:
    start = date(2026, 5, 4)
    ticks = time_ticks(start, start + timedelta(weeks=29), most=8, period="week")
    assert ticks[-1].label == "W48"
    assert [tick.label for tick in ticks] == ["W23", "W28", "W33", "W38", "W43", "W48"]


def test_months_name_the_year_in_january() -> None:
    ticks = time_ticks(date(2025, 9, 1), date(2026, 4, 1), most=12, period="month")
    assert [t.label for t in ticks] == ["Sep", "Oct", "Nov", "Dec", "2026", "Feb", "Mar", "Apr"]


def test_many_years_are_labelled_by_years() -> None:
    ticks = time_ticks(date(1990, 1, 1), date(2026, 1, 1), most=8, period="year")
    assert len(ticks) <= 8
    assert all(int(tick.label) % 5 == 0 for tick in ticks)


def test_a_few_days_are_labelled_by_days() -> None:
    ticks = time_ticks(date(2026, 2, 26), date(2026, 3, 4), most=8, period="day")
    assert [t.label for t in ticks][:4] == ["26 Feb", "27 Feb", "28 Feb", "1 Mar"]


@given(days=st.integers(1, 40_000), most=st.integers(2, 14))
def test_there_are_never_too_many_dates(days: int, most: int) -> None:
    start = date(1950, 3, 14)
    ticks = time_ticks(start, start + timedelta(days), most=most, period="week")
    assert len(ticks) <= most
    assert ticks == sorted(ticks, key=lambda tick: tick.on)


def test_wider_texts_are_judged_wider() -> None:
    assert text_width("480,000", 11.5) > text_width("480", 11.5) > 15
