"""The doors of judgement: series, stored analysis, analysis as of a time, and the calculator."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from indicators.models import Indicator, StaleMark, Target
from measurements.models import Measurement
from teams.access import Scope
from teams.models import Team, User
from tests import clock
from tests.conftest import with_token
from tests.factories import make_indicator, make_measurements, make_target, make_team
from verdicts import judging

ANALYSIS = "/api/v1/indicators/share-on-time/analysis/"
SERIES = "/api/v1/indicators/share-on-time/series/"
CALCULATOR = "/api/v1/analysis/"


@pytest.fixture
def indicator(red_team: Team) -> Indicator:
    made = make_indicator(red_team, "share-on-time", unit="percent")
    make_target(made, "95")
    make_measurements(made, [90.0, 91, 90, 92, 91, 90, 92, 91], first=date(2026, 3, 1))
    return made


@pytest.fixture
def judged(indicator: Indicator, now: datetime) -> Indicator:
    judging.judge_stale(now)
    return indicator


def test_the_stored_analysis_is_served(judged: Indicator, bob: User, now: datetime) -> None:
    answer = with_token(bob).get(ANALYSIS)
    assert answer.status_code == 200
    found = answer.json()
    assert set(found) >= {
        "indicator", "period", "through", "n", "computed_at", "fresh", "points", "limits",
        "variation", "assurance", "trend", "forecast", "verdict",
    }  # fmt: skip
    assert (found["indicator"], found["period"], found["n"]) == ("share-on-time", "month", 8)
    assert found["fresh"] is True
    assert found["computed_at"] == found["verdict"]["computed_at"] == now.isoformat()
    assert found["verdict"]["status"] == "at_risk"
    assert found["points"][-1]["expected"] == 95


def test_serving_does_not_judge(
    judged: Indicator, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "judge_one", None)
    assert with_token(bob).get(ANALYSIS).status_code == 200


def test_it_says_when_a_recomputation_is_due(judged: Indicator, bob: User, now: datetime) -> None:
    StaleMark.objects.set_for([judged.pk], now)
    found = with_token(bob).get(ANALYSIS).json()
    assert found["fresh"] is False and found["verdict"]["fresh"] is False


def test_before_the_first_judgement_unknown_is_null(indicator: Indicator, bob: User) -> None:
    found = with_token(bob).get(ANALYSIS).json()
    assert (found["fresh"], found["computed_at"]) == (False, None)
    assert found["points"] == [] and found["verdict"]["value"] is None


def test_from_and_to_narrow_the_points(judged: Indicator, bob: User) -> None:
    answer = with_token(bob).get(ANALYSIS, {"from": "2026-05-01", "to": "2026-07-01"})
    periods = [point["period"] for point in answer.json()["points"]]
    assert periods == ["2026-05-01", "2026-06-01", "2026-07-01"]


def test_as_of_judges_what_was_known_with_the_target_of_then(
    judged: Indicator, bob: User, now: datetime
) -> None:
    early = datetime(2026, 6, 15, tzinfo=UTC)
    Measurement.objects.filter(at__lt=early).update(recorded_at=early - timedelta(days=10))
    Target.objects.update(made_at=early + timedelta(days=1))
    found = with_token(bob).get(ANALYSIS, {"as_of": "2026-06-15T00:00:00Z"}).json()
    assert [point["period"] for point in found["points"]][-1] == "2026-06-01"
    assert found["verdict"]["status"] == "no_target"
    assert found["computed_at"] == "2026-06-15T00:00:00+00:00"


def test_as_of_judges_by_the_definition_and_the_limits_of_then(
    red_team: Team, alice: User, now: datetime
) -> None:
    """A later factor, unit or restart does not reach back to what was known before it."""
    api, key = with_token(alice), "/api/v1/indicators/share/"
    body = {"name": "Share", "team": "red-team", "rollup": "ratio", "unit": "percent"}
    with time_machine.travel(now - timedelta(days=2), tick=False):
        assert api.post("/api/v1/indicators/", body, format="json").status_code == 201
        rows = [{"at": f"2026-{m:02}", "numerator": m, "denominator": 40} for m in range(1, 11)]
        assert api.post(f"{key}measurements/", rows, format="json").status_code == 200
    with time_machine.travel(now, tick=False):
        change = {"unit": "per", "factor": 1000, "direction": "down", "effective_on": "2026-06-01"}
        assert api.patch(key, change, format="json").status_code == 200
        restart = {"on": "2026-08-01", "note": "A new counter."}
        assert api.post(f"{key}rebases/", restart, format="json").status_code == 201
        for path in ("series", "analysis"):
            today = api.get(f"{key}{path}/?as_of={now:%Y-%m-%dT%H:%M:%SZ}").json()
            then = api.get(
                f"{key}{path}/?as_of={now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
            ).json()
            assert [p["value"] for p in today["points"]][-1] == 250
            assert [p["value"] for p in then["points"]][-1] == 25
            if path == "series":
                assert (then["unit"], today["unit"]) == ("percent", "per")
                continue
            versions = (
                then["verdict"]["definition_version"],
                today["verdict"]["definition_version"],
            )
            assert versions == (1, 2)
            assert [len(found["limits"]) for found in (then, today)] == [1, 3]
    assert Indicator.objects.get(key="share").factor == 1000


def test_other_rules_are_computed(judged: Indicator, bob: User) -> None:
    answer = with_token(bob).get(ANALYSIS, {"rules": "wheeler"})
    assert answer.status_code == 200 and answer.json()["n"] == 8


def test_the_series_has_a_value_a_period_and_null_for_a_gap(
    indicator: Indicator, bob: User
) -> None:
    Measurement.objects.filter(at=datetime(2026, 5, 1, tzinfo=UTC)).delete()
    found = with_token(bob).get(SERIES, {"from": "2026-04-01", "to": "2026-06-01"}).json()
    assert (found["indicator"], found["period"], found["unit"]) == (
        "share-on-time", "month", "percent",
    )  # fmt: skip
    assert [(p["period"], p["value"], p["n"]) for p in found["points"]] == [
        ("2026-04-01", 91, 1),
        ("2026-05-01", None, 0),
        ("2026-06-01", 92, 1),
    ]
    assert set(found["points"][0]) == {
        "period", "value", "numerator", "denominator", "n", "coverage", "provisional",
    }  # fmt: skip


def test_the_series_in_another_grain(indicator: Indicator, bob: User) -> None:
    found = with_token(bob).get(SERIES, {"period": "quarter"}).json()
    assert found["points"][-1]["period"] == "2026-10-01"
    assert found["points"][1]["value"] == 92, "the last value of April to June"


@pytest.mark.parametrize("path", [ANALYSIS, SERIES])
class TestWhoAndWhat:
    """The questions that every reading door answers."""

    def test_a_stranger_finds_nothing(self, path: str, judged: Indicator, charlie: User) -> None:
        answer = with_token(charlie).get(path)
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"

    def test_an_unknown_key_looks_the_same(self, path: str, judged: Indicator, bob: User) -> None:
        unknown = with_token(bob).get(path.replace("share-on-time", "nothing")).json()
        assert (unknown["status"], unknown["title"]) == (404, "Not Found")

    def test_nobody_is_asked_who_they_are(self, path: str, judged: Indicator) -> None:
        answer = APIClient().get(path)
        assert answer.status_code == 401 and "WWW-Authenticate" in answer

    def test_a_token_without_the_scope_is_refused(
        self, path: str, judged: Indicator, bob: User
    ) -> None:
        assert with_token(bob, Scope.REVIEWS_READ).get(path).status_code == 403

    def test_a_token_of_another_team_finds_nothing(
        self, path: str, judged: Indicator, alice: User
    ) -> None:
        other = make_team("Green team")
        assert with_token(alice, teams=(other,)).get(path).status_code == 404

    def test_a_session_is_enough(self, path: str, judged: Indicator, bob: User) -> None:
        client = Client()
        client.force_login(bob)
        assert client.get(path).status_code == 200

    def test_writing_is_not_what_it_is_for(self, path: str, judged: Indicator, bob: User) -> None:
        assert with_token(bob).post(path, {}, format="json").status_code in (403, 405)

    @pytest.mark.parametrize(
        "query",
        [
            {"from": "yesterday"},
            {"to": "2026-13-01"},
            {"from": "2026-02-30"},
            {"as_of": "2026-06-15T00:00:00"},
            {"as_of": "99999999999"},
            {"as_of": "9999-12-31T23:59:59-23:59"},
            {"as_of": "0001-01-01T00:00:00+23:59"},
            {"as_of": "9999-12-31T12:00:00Z"},
        ],
    )
    @pytest.mark.usefixtures("judged")
    def test_bad_parameters_are_named(self, path: str, bob: User, query: dict[str, str]) -> None:
        answer = with_token(bob).get(path, query)
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert error["field"] == next(iter(query)) and len(error["detail"]) > 20


def test_an_unknown_grain_or_rule_set_is_refused(judged: Indicator, bob: User) -> None:
    for path, query in ((SERIES, {"period": "fortnight"}), (ANALYSIS, {"rules": "tarot"})):
        answer = with_token(bob).get(path, query)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == next(iter(query))


@pytest.mark.parametrize(
    ("query", "months"),
    [
        ("from=2026-05&to=2026-06", [5, 6]),
        ("from=2026-05-02&to=2026-07-01", [6, 7]),
        ("from=2026-Q2&to=2026-Q2", [4, 5, 6]),
        ("from=2026-06-30T23:00:00-02:00&to=2026-08-01T00:00:00Z", [7, 8]),
        ("to=2026-W14", [3, 4]),
        ("from=2027&to=2026", []),
        ("from=&to=2026-03", [3]),
    ],
)
@pytest.mark.parametrize("path", [ANALYSIS, SERIES])
def test_spans_are_named_as_those_of_measurements(
    path: str, judged: Indicator, bob: User, query: str, months: list[int]
) -> None:
    points = with_token(bob).get(f"{path}?{query}").json()["points"]
    assert [point["period"] for point in points] == [f"2026-{month:02}-01" for month in months]


@pytest.mark.parametrize("as_of", ["2026-06-15", "2026-W24", "2026-06-15T23:59:59Z"])
def test_what_was_known_on_a_day_is_known_at_its_end(
    judged: Indicator, bob: User, as_of: str
) -> None:
    early = datetime(2026, 6, 10, tzinfo=UTC)
    Measurement.objects.filter(at__lt=early).update(recorded_at=early)
    points = with_token(bob).get(SERIES, {"as_of": as_of}).json()["points"]
    assert points[-1]["period"] == "2026-06-01"
    found = with_token(bob).get(ANALYSIS, {"as_of": as_of}).json()
    assert found["points"][-1]["period"] == "2026-06-01"


def test_nothing_is_judged_from_the_future(judged: Indicator, bob: User) -> None:
    known = with_token(bob).get(ANALYSIS, {"as_of": "9998"})
    assert known.status_code == 422  # of a year in which nothing was measured
    asked = clock.now()
    found = with_token(bob).get(ANALYSIS, {"as_of": "8000-01-01"}).json()
    assert asked <= datetime.fromisoformat(found["computed_at"]) <= clock.now()


def calculate(user: User, body: Any) -> Any:
    return with_token(user).post(CALCULATOR, body, format="json")


# The table of the product's own rules, with the default tolerance of ten percent.
TABLE = [
    ("up", "gte", 500_000, 480_000, "at_risk"),
    ("up", "gte", 3, 3.2, "on_track"),
    ("up", "gte", 800, 750, "at_risk"),
    ("down", "lte", 60, 58, "on_track"),
]


@pytest.mark.parametrize(("direction", "comparator", "target", "actual", "status"), TABLE)
def test_the_calculator_gives_the_table_of_the_product(
    bob: User, direction: str, comparator: str, target: float, actual: float, status: str
) -> None:
    answer = calculate(
        bob,
        {
            "period": "month",
            "values": [actual],
            "direction": direction,
            "target": {"kind": "standing", "comparator": comparator, "value": target},
        },
    )
    assert answer.status_code == 200
    assert answer.json()["verdict"]["status"] == status


def test_the_calculator_stores_nothing(bob: User) -> None:
    answer = calculate(bob, {"values": [1, 2, None, "4.50"], "options": {"start": "2024-01-01"}})
    found = answer.json()
    assert [p["value"] for p in found["points"]] == [1, 2, None, 4.5]
    assert found["points"][0]["period"] == "2024-01-01"
    assert found["indicator"] is None
    assert not Measurement.objects.exists() and not Indicator.objects.exists()


def test_equality_meets_a_target_exactly(bob: User) -> None:
    body = {"values": ["0.1"], "target": {"comparator": "gte", "value": "0.1", "tolerance": 0}}
    assert calculate(bob, body).json()["verdict"]["status"] == "on_track"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], None),
        ({}, "values"),
        ({"values": "many"}, "values"),
        ({"values": [True]}, "values.0"),
        ({"values": ["1_000"]}, "values.0"),
        ({"values": [1] * 5001}, "values"),
        ({"values": [1], "period": "fortnight"}, "period"),
        ({"values": [1], "target": {"kind": "standing"}}, "target.value"),
        ({"values": [1], "target": {"comparator": "lte", "value": 1}}, "target.comparator"),
        ({"values": [1], "options": {"timezone": "Mars/Olympus"}}, "options.timezone"),
        ({"values": [1], "options": 7}, "options"),
    ],
)
def test_the_calculator_names_what_is_wrong(bob: User, body: Any, field: str | None) -> None:
    answer = calculate(bob, body)
    assert answer.status_code == 422, answer.content
    errors = answer.json()["errors"]
    assert errors
    if field:
        assert any((error["field"] or "").startswith(field.split(".")[0]) for error in errors)


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"values": [NaN]}', b'{"values": [1e999]}', b"[" * 5000, b"\xff\xfe"]
)
def test_a_body_that_cannot_be_read_is_400(bob: User, body: bytes) -> None:
    answer = with_token(bob).post(CALCULATOR, body, content_type="application/json")
    assert answer.status_code in (400, 422), answer.content
    assert answer["Content-Type"] == "application/problem+json"


def test_the_calculator_is_not_for_everybody(organisation: object) -> None:
    assert APIClient().post(CALCULATOR, {}, format="json").status_code == 401
