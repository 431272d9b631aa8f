"""Times without an offset from UTC: placed in the zone of their indicator, and that is said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from measurements.files.limits import Unreadable
from measurements.files.reading import KnownIndicator, Reading
from tests.measurements.sheets.build import book, seen, taken, told

OSLO = KnownIndicator("dau", "Daily users", "number", "last", "day", "Europe/Oslo")
TOKYO = KnownIndicator("calls", "Calls", "number", "sum", "hour", "Asia/Tokyo")
HEAD = "indicator,time,value\n"


def at(text: str, *, known: KnownIndicator = OSLO, **given: Any) -> str:
    """When the one row of a file was; what is wrong with it, where it is refused."""
    content = f"{HEAD}{known.key},{text},5\n"
    reading = seen(content, known=[known]).reading
    changed = Reading.from_json(reading.as_json() | given)
    (row,) = taken(content, known=[known], given=changed)
    return str(row.at) if row.problem is None else f"{row.problem.code}: {row.problem.detail}"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-20 10:00:00", "2026-11-20T10:00:00+01:00"),
        ("2026-07-20 10:00", "2026-07-20T10:00:00+02:00"),
        ("2026-07-20T10:00:00.125", "2026-07-20T10:00:00.125+02:00"),
        ("20.7.2026 4:05 pm", "2026-07-20T16:05:00+02:00"),
        ("2026-11-20 10:00:00Z", "2026-11-20T10:00:00Z"),
        ("2026-11-20T10:00:00-05:00", "2026-11-20T10:00:00-05:00"),
        ("2026-11-20 00:00:00", "2026-11-20"),
        ("2026-11", "2026-11"),
    ],
)
def test_a_time_is_placed_where_its_indicator_is(text: str, meant: str) -> None:
    assert at(text) == meant


def test_the_hour_that_was_twice_and_the_one_that_never_was_are_refused() -> None:
    assert at("2026-10-25 02:30").startswith("ambiguous: “2026-10-25T02:30:00” was twice in")
    assert "Europe/Oslo" in at("2026-03-29 02:30") and at("2026-03-29 02:30").startswith("invalid")
    assert at("2026-10-25 03:00") == "2026-10-25T03:00:00+01:00"
    assert at("2026-10-25 01:59:59") == "2026-10-25T01:59:59+02:00"


def test_another_zone_may_be_chosen() -> None:
    assert at("2026-11-20 10:00", zone="UTC") == "2026-11-20T10:00:00+00:00"
    assert at("2026-11-20 10:00", zone="America/New_York") == "2026-11-20T10:00:00-05:00"
    for zone in ("Europe/Nowhere", "../etc/passwd", 5, "a" * 300):
        with pytest.raises(Unreadable):
            Reading.from_json({"form": "text", "zone": zone})


def test_an_offset_of_odd_seconds_is_told_in_utc() -> None:
    liberia = KnownIndicator("dau", "Daily users", "number", "last", "day", "Africa/Monrovia")
    assert at("1971-01-01 00:00:30", known=liberia) == "1971-01-01T00:45:00Z"


def test_each_indicator_has_its_own_zone_and_no_time_is_mistaken_for_another() -> None:
    lines = "dau,2026-11-20 10:00,1\ncalls,2026-11-20 10:00,2\n" * 3
    rows = taken(HEAD + lines, known=[OSLO, TOKYO])
    assert [row.at for row in rows] == [
        "2026-11-20T10:00:00+01:00",
        "2026-11-20T10:00:00+09:00",
    ] * 3


def test_columns_of_indicators_have_theirs_too() -> None:
    rows = taken("time,dau,calls\n2026-11-20 10:00,1,2\n", known=[OSLO, TOKYO])
    assert [str(row.at)[-6:] for row in rows] == ["+01:00", "+09:00"]


def test_times_of_a_workbook_are_placed_as_well() -> None:
    times = (datetime.fromisoformat(text) for text in ("2026-09-01T10:30", "2026-09-02"))
    content = book(["time", "dau"], [next(times), 5], [next(times), 6])
    assert told(taken(content, known=[OSLO])) == [
        ("dau", "2026-09-01T10:30:00+02:00", "5"),
        ("dau", "2026-09-02", "6"),
    ]
    assert seen(content, known=[OSLO]).is_local


def test_that_times_were_placed_is_said() -> None:
    one, both = f"{HEAD}dau,2026-11-20 10:00,1\n", f"{HEAD}dau,2026-11-20 10:00,1\ncalls,2026,2\n"
    said = "Times without an offset from UTC are of "
    found = seen(one, known=[OSLO, TOKYO])
    assert found.is_local
    assert f"{said}Europe/Oslo, as the indicator counts its days." in found.guessed
    assert f"{said}Asia/Tokyo and Europe/Oslo, as each indicator counts its days." in (
        seen(both, known=[OSLO, TOKYO]).guessed
    )
    chosen = Reading.from_json(found.reading.as_json() | {"zone": "UTC"})
    assert f"{said}UTC." in seen(one, known=[OSLO], given=chosen).guessed
    assert seen(one, known=[OSLO], given=chosen).is_local
    for text in ("2026-11-20", "2026-11-20T10:00:00Z", "2026-11-20 00:00", "soon"):
        found = seen(f"{HEAD}dau,{text},1\n", known=[OSLO])
        assert not found.is_local and said not in " ".join(found.guessed)


def test_a_time_far_below_is_said_too() -> None:
    lines = "".join(f"dau,{1990 + k % 30}-{k % 12 + 1:02}-01,1\n" for k in range(300))
    assert seen(f"{HEAD}{lines}dau,2026-11-20 10:00,1\n", known=[OSLO]).is_local
