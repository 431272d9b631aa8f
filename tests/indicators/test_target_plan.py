"""The milestone planner through the API: parts that add up to the total, whatever the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from indicators.models import Indicator, Target
from teams.access import Scope
from teams.models import Team, User
from tests import factories
from tests.conftest import with_token

API = "/api/v1/indicators/subscribers/targets/plan/"
QUARTER = {"total": 1500, "starts_on": "2027-01-01", "due_on": "2027-03-31"}
FEBRUARY = {"on": "2027-02-01", "value": 800}


@pytest.fixture
def subscribers(red_team: Team) -> Indicator:
    return factories.make_indicator(red_team, "subscribers", rollup="sum")


def planned(user: User, **given: Any) -> dict[str, Any]:
    answer = with_token(user, Scope.INDICATORS_READ).post(API, QUARTER | given, format="json")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def amounts(found: dict[str, Any]) -> list[float]:
    return [part["value"] for part in found["parts"]]


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({}, [500, 500, 500]),
        ({"split": "calendar_days"}, [517, 467, 516]),
        ({"split": "by_hand", "parts": [FEBRUARY]}, [350, 800, 350]),
        ({"split": "equal", "parts": [FEBRUARY]}, [350, 800, 350]),
        ({"split": "working_days"}, [492, 469, 539]),
        ({"total": 100}, [34, 33, 33]),
        ({"total": "100.01"}, [33.34, 33.34, 33.33]),
    ],
)
def test_the_parts_add_up(
    alice: User, subscribers: Indicator, given: dict[str, Any], parts: list[float]
) -> None:
    found = planned(alice, **given)
    assert amounts(found) == parts
    total = sum(Decimal(str(value)) for value in amounts(found))
    assert total == Decimal(str(given.get("total", 1500)))
    assert not Target.objects.exists()


def test_the_answer_can_be_set_as_it_is(alice: User, subscribers: Indicator) -> None:
    found = planned(alice, parts=[FEBRUARY])
    assert found["parts"][1] == {
        "period": "2027-02-01",
        "last_day": "2027-02-28",
        "value": 800,
        "total": 1150,
        "by_hand": True,
    }
    assert found["milestones"] == [
        {"on": "2027-01-31", "value": 350},
        {"on": "2027-02-28", "value": 1150},
    ]
    body = {
        "kind": "accumulate",
        "value": 1500,
        "starts_on": "2027-01-01",
        "due_on": "2027-03-31",
        "milestones": found["milestones"],
    }
    answer = with_token(alice).post(API.removesuffix("plan/"), body, format="json")
    assert answer.status_code == 201, answer.content


def test_the_shape_of_last_year(alice: User, subscribers: Indicator) -> None:
    factories.make_measurements(subscribers, [100, 50, 150], first=date(2026, 1, 1))
    assert amounts(planned(alice, split="last_year")) == [500, 250, 750]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"due_on": "2026-12-31"}, "before_start"),
        ({"due_on": "2070-12-31"}, "too_long"),
        ({"split": "last_year"}, "shape"),
        ({"parts": [{"on": "2027-05-01", "value": 1}]}, "outside"),
        ({"parts": [FEBRUARY, {"on": "2027-02-11", "value": 1}]}, "twice"),
        ({"parts": [{"on": "2027-02-01", "value": 1600}]}, "too_much"),
        ({"due_on": "2027-01-31", "parts": [{"on": "2027-01-01", "value": 9}]}, "not_the_total"),
        (
            {"starts_on": "2027-01-02", "due_on": "2027-01-03", "split": "working_days"},
            "no_weight",
        ),
        ({"split": "by_magic"}, "invalid_choice"),
        ({"total": "many"}, "number"),
        ({"total": None}, "null"),
        ({"colour": "red"}, "unknown"),
    ],
)
def test_refused(alice: User, subscribers: Indicator, change: dict[str, Any], code: str) -> None:
    answer = with_token(alice).post(API, QUARTER | change, format="json")
    assert answer.status_code == 422
    assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_whoever_sees_it_may_plan(bob: User, subscribers: Indicator) -> None:
    assert amounts(planned(bob)) == [500, 500, 500]


def test_outsider_and_unknown_are_404(alice: User, charlie: User, subscribers: Indicator) -> None:
    assert with_token(charlie).post(API, QUARTER, format="json").status_code == 404
    unknown = API.replace("subscribers", "none")
    assert with_token(alice).post(unknown, QUARTER, format="json").status_code == 404


def test_anonymous_is_401_and_another_scope_403(alice: User, subscribers: Indicator) -> None:
    assert APIClient().post(API, QUARTER, format="json").status_code == 401
    other = with_token(alice, Scope.MEASUREMENTS_WRITE)
    assert other.post(API, QUARTER, format="json").status_code == 403


def test_wrong_method(alice: User, subscribers: Indicator) -> None:
    assert with_token(alice).get(API).status_code == 405
