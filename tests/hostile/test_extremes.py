"""Numbers and targets that are allowed and beyond all sense: judged, kept and told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from indicators.models import Indicator
from teams.models import Team, User
from tests.conftest import signed_in, with_token
from tests.factories import make_indicator
from verdicts import judging
from verdicts.models import Verdict

ROOT = "/api/v1/indicators/huge/"
DOORS = [ROOT, f"{ROOT}analysis/", f"{ROOT}series/", f"{ROOT}analysis/?as_of=2026-11-21"]
PAGES = [
    "/indicators/huge/",
    "/indicators/huge/target/",
    "/indicators/huge/integrate/",
    "/teams/red-team/",
    "/teams/red-team/indicators/",
    "/",
]
BIG, SMALL = "9" * 30, "0." + "0" * 98 + "1"
VALUES: dict[str, list[str]] = {
    "huge": [BIG, f"-{BIG}"] * 10,
    "tiny": [SMALL, f"-{SMALL}"] * 10,
    "both": [BIG, SMALL, "0", f"-{BIG}"] * 5,
    "long": [f"{BIG}.{'1' * 100}"] * 20,
    "nothing": ["0"] * 20,
    "waves": ["5", "6"] * 10,
}
TARGETS: dict[str, dict[str, Any]] = {
    "none": {},
    "the largest": {"kind": "standing", "value": BIG, "tolerance": BIG},
    "the smallest": {"kind": "standing", "value": "0." + "0" * 29 + "1", "tolerance": 0},
    "exactly": {
        "kind": "standing",
        "comparator": "eq",
        "value": 0,
        "tolerance": "0." + "0" * 29 + "1",
        "tolerance_kind": "absolute",
    },
    "without end": {
        "kind": "grow",
        "growth": BIG,
        "baseline": 1,
        "baseline_on": "1970-01-01",
    },
    "shrinking": {
        "kind": "grow",
        "growth": "-0.999999999999999999999999999999",
        "baseline": BIG,
        "baseline_on": "1970-01-01",
    },
    "in centuries": {
        "kind": "reach",
        "value": BIG,
        "baseline": "0." + "0" * 29 + "1",
        "baseline_on": "1970-01-01",
        "due_on": "2199-12-31",
        "path": "geometric",
    },
    "a total in centuries": {
        "kind": "accumulate",
        "value": BIG,
        "starts_on": "1970-01-01",
        "due_on": "2199-12-31",
    },
}


@pytest.fixture
def huge(red_team: Team, request: Any) -> Indicator:
    unit, rollup = request.param
    return make_indicator(red_team, "huge", period="day", rollup=rollup, unit=unit, is_key=False)


@pytest.mark.django_db
@pytest.mark.parametrize("aim", TARGETS)
@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize(
    "huge", [("number", "sum"), ("duration", "mean"), ("percent", "last")], indirect=True
)
def test_nothing_breaks(huge: Indicator, alice: User, now: datetime, values: str, aim: str) -> None:
    api = with_token(alice)
    api.raise_request_exception = False
    if TARGETS[aim] and not is_set(api, {"comparator": "gte", "rationale": "x"} | TARGETS[aim]):
        return
    rows = [{"at": f"2026-11-{k + 1:02}", "value": v} for k, v in enumerate(VALUES[values])]
    assert api.post(f"{ROOT}measurements/", rows, format="json").status_code == 200
    judging.judge_stale(now)
    assert Verdict.objects.get().computed_at == now
    for door in DOORS:
        assert api.get(door).status_code == 200, door
    browser = signed_in(alice)
    browser.raise_request_exception = False
    for page in PAGES:
        assert browser.get(page, follow=True).status_code == 200, page


def is_set(api: APIClient, body: dict[str, Any]) -> bool:
    """Whether the target may be set at all; some make no sense for some indicators."""
    answer = api.post(f"{ROOT}targets/", body, format="json")
    assert answer.status_code in (201, 422), answer.content
    return bool(answer.status_code == 201)
