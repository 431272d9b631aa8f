"""A program pushes the A&E figures of ten providers; the worker judges; we compute it ourselves.

The arithmetic of this file is deliberately naive and its own: it shares no code with the product.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest

from tests.kpitrack.installation import CHECKOUT, wait_until
from tests.kpitrack.program import Program

pytestmark = pytest.mark.e2e

PROVIDERS = ("R1H", "RF4", "RJZ", "RR8", "RTF", "RTR", "RWE", "RC9", "RDU", "RHU")
STANDARD = 95.0
Counts = dict[date, tuple[int, int]]


def figures() -> dict[str, Counts]:
    """(attendances, breaches) of each provider and month, moved so that they end last month."""
    today = datetime.now(UTC).date()
    move = (today.year * 12 + today.month - 2) - (2019 * 12 + 2)
    added: dict[str, dict[date, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    with (CHECKOUT / "kpitrack/demo/nhs_ae.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            if row["org_code"] in PROVIDERS:
                year, month = map(int, row["period"].split("-")[:2])
                count = year * 12 + month - 1 + move
                cell = added[row["org_code"]][date(count // 12, count % 12 + 1, 1)]
                cell[0] += int(row["attendances"])
                cell[1] += int(row["breaches"])
    return {
        code: {on: (cell[0], cell[1]) for on, cell in sorted(months.items())}
        for code, months in added.items()
    }


def expected_status(share: float) -> str:
    """At least 95 %, with a band of a tenth of 95."""
    return "on_track" if share >= STANDARD else "at_risk" if share >= 85.5 else "off_track"


def expected_limits(shares: list[float]) -> tuple[float, float, float]:
    """Mean and natural process limits; moving ranges beyond 3.267 of their mean are left out."""
    mean = sum(shares) / len(shares)
    ranges = [abs(b - a) for a, b in pairwise(shares)]
    average = sum(ranges) / len(ranges)
    kept = [r for r in ranges if r < 3.267 * average]
    width = 2.66 * sum(kept) / len(kept)
    return mean - width, mean, mean + width


@pytest.fixture(scope="module")
def pushed(call: Program) -> dict[str, Counts]:
    """Ten teams' indicators with their target, and all figures in one request."""
    found = figures()
    for code in found:
        slug = code.lower()
        call("POST", "/api/v1/teams/", {"name": code, "slug": slug})
        definition = {
            "key": f"within-four-hours-{slug}",
            "name": "A&E patients seen within four hours",
            "team": slug,
            "kind": "kvi",
            "unit": "percent",
            "factor": 100,
            "rollup": "ratio",
            "period": "month",
            "direction": "up",
            "state": "active",
            "customer_impact": "Patients are seen in time",
            "business_value": "Beds are free for the next",
        }
        call("POST", "/api/v1/indicators/", definition)
        target = {"kind": "standing", "comparator": "gte", "value": 95, "rationale": "Standard"}
        call("POST", f"/api/v1/indicators/within-four-hours-{slug}/targets/", target)
    rows = [
        {
            "indicator": f"within-four-hours-{code.lower()}",
            "at": f"{on:%Y-%m}",
            "numerator": attendances - breaches,
            "denominator": attendances,
        }
        for code, months in found.items()
        for on, (attendances, breaches) in months.items()
    ]
    answer = call("POST", "/api/v1/measurements/", rows)
    assert (answer["received"], answer["created"], answer["rejected"]) == (360, 360, [])
    assert call("POST", "/api/v1/measurements/", rows)["unchanged"] == 360
    return found


def judged(call: Program, code: str) -> dict[str, Any]:
    """The analysis once the worker has caught up with what was pushed."""
    path = f"/api/v1/indicators/within-four-hours-{code.lower()}/analysis/"
    wait_until(lambda: bool(call("GET", path)["fresh"]), 30)
    found: dict[str, Any] = call("GET", path)
    return found


@pytest.mark.parametrize("code", PROVIDERS)
def test_the_verdict_is_the_one_we_compute(
    call: Program, pushed: dict[str, Counts], code: str
) -> None:
    months = pushed[code]
    shares = [100 * (a - b) / a for a, b in months.values()]
    found = judged(call, code)

    assert [point["period"] for point in found["points"]] == [f"{on}" for on in months]
    assert [point["value"] for point in found["points"]] == pytest.approx(shares, abs=1e-9)
    assert found["verdict"]["status"] == expected_status(shares[-1])
    assert found["points"][-1]["status"] == expected_status(shares[-1])

    low, mean, high = expected_limits(shares)
    limits = found["limits"][-1]
    assert (limits["lower"], limits["centre"], limits["upper"]) == pytest.approx(
        (low, mean, high), abs=1e-9
    )
    beyond = [share < low or share > high for share in shares]
    said = ["beyond_limit" in point["signals"] for point in found["points"]]
    assert said == beyond


def test_a_correction_is_judged_again_and_the_past_is_kept(
    call: Program, pushed: dict[str, Counts]
) -> None:
    key, code = "within-four-hours-rc9", "RC9"
    last = max(pushed[code])
    attendances, _ = pushed[code][last]
    before = judged(call, code)
    known = datetime.now(UTC).isoformat().replace("+00:00", "Z")

    sent = {"at": f"{last:%Y-%m}", "numerator": attendances // 2, "denominator": attendances}
    answer = call("POST", f"/api/v1/indicators/{key}/measurements/", sent)
    assert (answer["created"], answer["updated"]) == (0, 1)

    after = judged(call, code)
    assert before["verdict"]["status"] == "on_track"
    assert after["verdict"]["status"] == "off_track"
    then = call("GET", f"/api/v1/indicators/{key}/analysis/?as_of={known}")
    assert then["points"] == before["points"]
    assert then["verdict"]["status"] == "on_track"
