"""Numbers of definitions, targets and series: stored, compared and answered with every digit."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from indicators.models import Indicator, Target
from teams.models import Team, User
from tests.conftest import with_token
from tests.factories import make_indicator
from tests.hostile.standing import problem_of, standing

pytestmark = pytest.mark.django_db

SALES = "/api/v1/indicators/sales/"
TARGETS, PLAN = f"{SALES}targets/", f"{SALES}targets/plan/"
NUMBERS = [
    "1.10",
    "94.99999999999999999999",
    "0.1234567890123456789012345678",
    "123456789012345678901234567890",
    "0.300000000000000000000000000001",
    "-7.50",
]


@pytest.fixture
def sales(red_team: Team) -> Indicator:
    return make_indicator(red_team, "sales")


@pytest.fixture
def api(alice: User, sales: Indicator) -> APIClient:
    client = with_token(alice)
    client.raise_request_exception = False
    return client


def send(api: APIClient, method: str, address: str, body: str) -> Any:
    return api.generic(method, address, body, content_type="application/json")


def exactly(answer: Any) -> Any:
    """The document with its numbers as decimals."""
    return json.loads(answer.content, parse_float=Decimal, parse_int=Decimal)


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("number", NUMBERS)
def test_a_target_keeps_every_digit(api: APIClient, number: str, quote: str) -> None:
    written = f"{quote}{number}{quote}"
    body = f'{{"kind":"standing","comparator":"gte","value":{written}}}'
    answer = send(api, "POST", TARGETS, body)
    assert answer.status_code == 201, answer.content
    assert str(exactly(answer)["value"]) == number
    assert str(Target.objects.get().value) == number
    [read] = exactly(api.get(TARGETS))["results"]
    assert str(read["value"]) == number
    assert exactly(api.get(SALES))["target"]["value"] == Decimal(number)


@pytest.mark.parametrize("number", NUMBERS)
def test_limits_keep_every_digit(api: APIClient, number: str) -> None:
    answer = send(api, "PATCH", SALES, f'{{"minimum":{number}}}')
    assert answer.status_code == 200, answer.content
    assert str(exactly(answer)["minimum"]) == str(Indicator.objects.get().minimum) == number


def test_milestones_keep_every_digit(api: APIClient) -> None:
    number = "3.30000000000000000000000010"
    body = (
        '{"kind":"reach","comparator":"gte","value":7,"baseline":1,"baseline_on":"2026-01-01",'
        f'"due_on":"2026-12-31","milestones":[{{"on":"2026-06-30","value":{number}}}]}}'
    )
    answer = send(api, "POST", TARGETS, body)
    assert answer.status_code == 201, answer.content
    assert str(exactly(answer)["milestones"][0]["value"]) == number


@pytest.mark.parametrize(
    ("number", "shown"), [("1e2", "100"), ("1.50e1", "15.0"), ("1E-7", "1E-7"), ("5e-30", "5E-30")]
)
def test_an_exponent_is_another_spelling(api: APIClient, number: str, shown: str) -> None:
    body = f'{{"kind":"standing","comparator":"gte","value":{number}}}'
    assert str(exactly(send(api, "POST", TARGETS, body))["value"]) == shown


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("1e31", 422),
        ("1e-31", 422),
        ("0." + "3" * 31, 422),
        ("9" * 31, 422),
        ("1e308", 422),
        ("1e-999999999999999999", 422),
        ("1e400", 400),
        ("-1e400", 400),
        ("1e99999999999999999999", 400),
        ("1e-99999999999999999999", 400),
        ("9" * 5000, 400),
    ],
)
@pytest.mark.parametrize("field", ["value", "tolerance", "growth", "no-such"])
def test_more_digits_than_are_kept_are_refused_and_not_rounded(
    api: APIClient, field: str, number: str, status: int
) -> None:
    before = standing()
    fields = {"kind": '"standing"', "comparator": '"gte"', "value": "1", field: number}
    body = "{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}"
    problem = problem_of(send(api, "POST", TARGETS, body))
    assert problem["status"] == status, problem
    assert status == 400 or problem["errors"][0]["field"] == field
    assert standing() == before


@pytest.mark.parametrize("number", ["0e400", "0e-400", "0E-999999999999999999", "-0.0", "-0"])
def test_nothing_in_any_spelling_is_zero(api: APIClient, number: str) -> None:
    body = f'{{"kind":"standing","comparator":"gte","value":1,"tolerance":{number}}}'
    answer = send(api, "POST", TARGETS, body)
    assert answer.status_code == 201, answer.content
    assert str(exactly(answer)["tolerance"]) == "0"


def test_a_value_just_below_its_target_misses_it(api: APIClient) -> None:
    """The comparison is that of the digits; as doubles both would be 95."""
    aim = '"target":{"kind":"standing","comparator":"gte","value":95,"tolerance":0}'
    for value, says in (("94.99999999999999999999", "off_track"), ("95.0", "on_track")):
        answer = send(api, "POST", "/api/v1/analysis/", f'{{"values":[{value}],{aim}}}')
        assert answer.json()["verdict"]["status"] == says, value


def test_the_parts_of_a_plan_add_up_to_the_total(api: APIClient) -> None:
    body = '{"total":1000000.01,"starts_on":"2027-01-01","due_on":"2027-03-31"}'
    answer = send(api, "POST", PLAN, body)
    assert answer.status_code == 200, answer.content
    plan = exactly(answer)
    assert sum(part["value"] for part in plan["parts"]) == plan["total"] == Decimal("1000000.01")


def test_a_series_keeps_the_digits_of_what_it_adds(api: APIClient, red_team: Team) -> None:
    make_indicator(red_team, "visits", rollup="sum")
    rows = [
        {"at": "2026-10-01", "value": "123456789012345678901234567890"},
        {"at": "2026-10-02", "value": "0.000000000000000000000000000001"},
        {"at": "2026-09-01", "value": "0.10"},
        {"at": "2026-09-02", "value": "0.20"},
    ]
    api.post("/api/v1/indicators/visits/measurements/", rows, format="json")
    points = exactly(api.get("/api/v1/indicators/visits/series/"))["points"]
    assert [str(point["value"]) for point in points] == [
        "0.30",
        "123456789012345678901234567890.000000000000000000000000000001",
    ]


def test_the_factor_is_a_number_wherever_it_is_told(api: APIClient) -> None:
    assert send(api, "PATCH", SALES, '{"factor":1000.50}').status_code == 200
    versions = exactly(api.get(f"{SALES}definition-versions/"))["results"]
    assert [str(one["definition"]["factor"]) for one in versions] == ["1", "1000.50"]
    assert str(exactly(api.get(SALES))["factor"]) == "1000.50"
