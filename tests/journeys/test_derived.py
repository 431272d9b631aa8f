"""A program defines what is made of what and pushes figures; a real worker computes the rest.

Every number is computed here again, in this file's own naive arithmetic.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest

from tests.kpitrack.installation import Installation, wait_until
from tests.kpitrack.program import Program

pytestmark = pytest.mark.e2e

ORDERS = [410, 395, 460, 512, 478, 530]
VISITS = [12_000, 11_500, 13_100, 0, 12_800, 13_000]
DERIVED: tuple[dict[str, Any], ...] = (
    # made in the wrong order of dependence on purpose: drafts may wait for their inputs
    {"key": "orders", "rollup": "sum"},
    {"key": "visits", "rollup": "sum"},
    {
        "key": "conversion",
        "source_kind": "ratio",
        "inputs": ["orders", "visits"],
        "rollup": "ratio",
        "unit": "percent",
    },
    {"key": "missed", "source_kind": "formula", "formula": "visits − orders"},
    {"key": "missed-share", "source_kind": "formula", "formula": "missed / visits * 100"},
    {
        "key": "order-growth",
        "source_kind": "growth",
        "inputs": ["orders"],
        "unit": "percent",
    },
    {
        "key": "all-in-one",
        "source_kind": "formula",
        "formula": "max(100 - {missed-share}, 0) + 0 * {order-growth}",
    },
)


@pytest.fixture(scope="module")
def call(call: Program) -> Program:
    """The program, once it has defined what is made of what."""
    call("POST", "/api/v1/teams/", {"name": "Shop", "slug": "shop"})
    for one in DERIVED:
        call("POST", "/api/v1/indicators/", {"name": one["key"], "team": "shop", **one})
    return call


def last_months(count: int) -> list[date]:
    """The first days of the months that are over, oldest first."""
    today = datetime.now(UTC).date()
    newest = today.year * 12 + today.month - 2
    return [date(m // 12, m % 12 + 1, 1) for m in range(newest - count + 1, newest + 1)]


def push(call: Program, orders: list[int], visits: list[int]) -> None:
    months = last_months(len(orders))
    call(
        "POST",
        "/api/v1/measurements/",
        [
            {"indicator": key, "at": f"{on:%Y-%m}", "value": value}
            for key, values in (("orders", orders), ("visits", visits))
            for on, value in zip(months, values, strict=True)
        ],
    )


def series(call: Program, key: str) -> dict[str, float | None]:
    points = call("GET", f"/api/v1/indicators/{key}/series/")["points"]
    return {point["period"]: point["value"] for point in points}


def expected(orders: list[int], visits: list[int]) -> dict[str, list[float | None]]:
    """Of each derived indicator the value of each month; None is a gap."""
    pairs = list(zip(orders, visits, strict=True))
    share = [100 * (v - o) / v if v else None for o, v in pairs]
    growth = [None, *(100 * (b - a) / a for a, b in pairwise(orders))]
    return {
        "conversion": [100 * o / v if v else None for o, v in pairs],
        "missed": [v - o for o, v in pairs],
        "missed-share": share,
        "order-growth": growth,
        "all-in-one": [
            None if s is None or g is None else max(100 - s, 0)
            for s, g in zip(share, growth, strict=True)
        ],
    }


def differences(call: Program, orders: list[int], visits: list[int]) -> list[str]:
    """What is not yet, or not any more, as it must be."""
    months = [f"{on}" for on in last_months(len(orders))]
    found = []
    for key, values in expected(orders, visits).items():
        told = series(call, key)
        wanted = dict(zip(months, values, strict=True))
        for month in {*wanted, *told}:
            is_same = told.get(month) == pytest.approx(wanted.get(month), abs=1e-9)
            if not is_same:
                found.append(f"{key} {month}: {told.get(month)}, not {wanted.get(month)}")
    return found


def all_fresh(call: Program) -> bool:
    rows = call("GET", "/api/v1/indicators/?team=shop")["results"]
    return len(rows) == len(DERIVED) and all(row["verdict"]["fresh"] for row in rows)


def settled(call: Program, orders: list[int], visits: list[int], seconds: float) -> None:
    wait_until(lambda: not differences(call, orders, visits) and all_fresh(call), seconds)
    assert not differences(call, orders, visits) and all_fresh(call)


def test_what_is_pushed_is_followed_by_all_that_is_made_of_it(call: Program) -> None:
    push(call, ORDERS, VISITS)
    settled(call, ORDERS, VISITS, 20)
    verdict = call("GET", "/api/v1/indicators/all-in-one/")["verdict"]
    assert verdict["value"] == pytest.approx(100 * ORDERS[-1] / VISITS[-1], abs=1e-9)
    quarter = call("GET", "/api/v1/indicators/conversion/series/?period=year")["points"]
    assert quarter[-1]["numerator"] <= sum(ORDERS)


def test_a_correction_goes_all_the_way_and_the_past_is_kept(call: Program) -> None:
    known = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    before = call("GET", "/api/v1/indicators/missed-share/analysis/")["points"]
    corrected = [*VISITS[:3], 12_500, *VISITS[4:]]
    push(call, ORDERS, corrected)
    settled(call, ORDERS, corrected, 20)
    then = call("GET", f"/api/v1/indicators/missed-share/analysis/?as_of={known}")["points"]
    assert [p["value"] for p in then] == [p["value"] for p in before]


def test_a_killed_worker_loses_nothing(call: Program, running: Installation) -> None:
    halved = [value // 2 for value in ORDERS]
    corrected = [*VISITS[:3], 12_500, *VISITS[4:]]
    push(call, halved, corrected)
    running.kill("worker")
    settled(call, halved, corrected, 120)
