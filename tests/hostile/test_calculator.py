"""The calculator and the judge against numbers, times and targets beyond all use."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from analysis.expected import Plan
from analysis.values import Definition
from analysis.words import level, number_text
from indicators.models import Indicator, StaleMark
from teams.models import Team, User
from tests.analysis.build import UTC_CALENDAR, target
from tests.conftest import with_token
from tests.factories import make_indicator, make_measurements, make_target
from tests.hostile.standing import problem_of
from verdicts import judging

URL = "/api/v1/analysis/"
WAVE = [5, 6] * 30


@pytest.fixture
def api(bob: User) -> APIClient:
    client = with_token(bob)
    client.raise_request_exception = False
    return client


def ask(api: APIClient, **body: Any) -> Any:
    return api.post(URL, body, format="json")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"options": {"now": "0001-01-01T00:00:00Z"}}, "options.now", "range"),
        ({"options": {"now": "9999-12-31T23:59:59Z"}}, "options.now", "range"),
        ({"options": {"now": "9999-12-31T23:59:59-12:00"}}, "options.now", "out_of_range"),
        ({"options": {"now": "2026-11-20T10:00:00"}}, "options.now", "offset_required"),
        ({"options": {"now": "2026-11-20"}}, "options.now", "invalid"),
        ({"options": {"now": 1732096800}}, "options.now", "invalid"),
        ({"options": {"start": "0001-01-01"}}, "options.start", "range"),
        ({"options": {"start": "9999-12-31"}}, "options.start", "range"),
        ({"options": {"start": "8999-12-31"}}, "values", "too_long"),
        ({"options": {"rebase": ["9999-12-31"]}}, "options.rebase", "range"),
        ({"values": [1] * 5000, "period": "year"}, "values", "too_long"),
        (
            {"values": [1] * 5000, "period": "week", "options": {"start": "8950-01-01"}},
            "values",
            "too_long",
        ),
        ({"target": {"kind": "reach", "due_on": "9999-12-31"}}, "target.due_on", "range"),
    ],
)
def test_times_beyond_all_calendars_are_refused_by_name(
    api: APIClient, body: dict[str, Any], field: str, code: str
) -> None:
    document = problem_of(ask(api, **{"values": [1, 2, 3], **body}))
    assert document["status"] == 422
    found = [(one["field"].removesuffix(".0"), one["code"]) for one in document["errors"]]
    assert (field, code) in found, document


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        {"target": {"kind": "grow", "growth": "1e20", "baseline": 1, "baseline_on": "1800-01-01"}},
        {"target": {"kind": "grow", "growth": 5, "baseline": 1, "baseline_on": "1000-01-01"}},
        {
            "period": "day",
            "target": {"kind": "grow", "growth": "0.1", "baseline": 1, "baseline_on": "1000-01-01"},
        },
        {
            "period": "day",
            "options": {"rollup": "sum", "unit": "duration"},
            "target": {
                "kind": "accumulate",
                "value": 9,
                "starts_on": "2020-01-01",
                "due_on": "8999-12-31",
            },
        },
        {
            "period": "day",
            "target": {
                "kind": "reach",
                "value": "1e29",
                "baseline": "1e-29",
                "baseline_on": "1000-01-01",
                "due_on": "8999-12-31",
                "path": "geometric",
            },
        },
        {"values": ["9" * 30] * 60, "options": {"unit": "duration"}},
        {"values": ["1" * 30 + "." + "1" * 100, "-1e-99"] * 20},
        {"values": [0] * 60, "target": {"kind": "standing", "value": "1e-99", "tolerance": 0}},
    ],
)
def test_numbers_beyond_all_use_are_judged_without_harm(
    api: APIClient, body: dict[str, Any]
) -> None:
    answer = ask(api, **{"values": WAVE, **body})
    assert answer.status_code == 200, answer.content[:300]
    assert answer.json()["verdict"]["status"]


def test_growth_without_end_expects_nothing() -> None:
    aim = target(
        kind="grow", growth=Decimal("1e20"), baseline=Decimal(1), baseline_on=date(1970, 1, 1)
    )
    plan = Plan.of(aim, "day", UTC_CALENDAR)
    assert plan.first is not None
    assert plan.at(plan.first + 2) is not None
    assert plan.at(plan.first + 3) is None and plan.at(plan.first + 10**6) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [("1e1200", "1.000e+1200"), ("-9e300", "-9.000e+300"), ("1e-900", "1.000e-900")],
)
def test_what_no_digits_can_tell_is_told_by_its_exponent(value: str, words: str) -> None:
    assert number_text(Decimal(value), 2) == words
    assert level(Decimal("1e5000"), Definition(unit="duration")) == "1.000e+5000 s"


@pytest.mark.django_db
def test_one_target_beyond_all_use_does_not_stop_the_worker(red_team: Team, now: datetime) -> None:
    for key, fields in {
        "soaring": {"kind": "grow", "growth": Decimal("1e29"), "baseline": Decimal(1)},
        "distant": {"kind": "accumulate", "due_on": date(2199, 12, 31)},
    }.items():
        made = make_indicator(red_team, key, period="day", rollup="sum")
        day = "baseline_on" if key == "soaring" else "starts_on"
        make_target(made, "1e29", **fields, **{day: date(1970, 1, 1)})
        make_measurements(made, [3, 4, 5, 4, 3, 4, 5, 4], first=date(2026, 3, 1))
    make_measurements(make_indicator(red_team, "plain"), [1, 2, 3], first=date(2026, 8, 1))
    judging.judge_stale(now)
    assert not StaleMark.objects.waiting().exists()
    assert Indicator.objects.filter(verdict__computed_at=now).count() == 3
