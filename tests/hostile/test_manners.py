"""How the program answers senders that are careless, broken or too many: each gets to see why."""

from __future__ import annotations

import json
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from indicators.models import Indicator
from kpitrack import middleware
from measurements.models import Measurement
from teams.access import Scope
from teams.models import AccessToken, Team, User
from tests.factories import make_indicator
from tests.hostile.standing import problem_of, standing
from web import wake

pytestmark = pytest.mark.django_db

BULK, LIST = "/api/v1/measurements/", "/api/v1/indicators/"
ROW = b'[{"indicator":"sales","at":"2026-11-20","value":1}]'


@pytest.fixture
def sales(red_team: Team) -> Indicator:
    return make_indicator(red_team, "sales")


@pytest.fixture
def key(alice: User, sales: Indicator) -> str:
    return AccessToken.issue(alice, name="x", scopes=tuple(Scope))[1]


def post(path: str, body: bytes, key: str = "", **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    client = Client(raise_request_exception=False)
    return client.generic("POST", path, body, "application/json", headers=headers, **more)


# --- addresses ----------------------------------------------------------------------------------


def test_a_missing_slash_loses_nothing_that_is_sent(key: str) -> None:
    """A 301 would be followed with GET, and the numbers would be gone."""
    answer = post("/api/v1/measurements?dry_run=true", ROW, key)
    assert answer.status_code == 308 and answer["Location"] == f"{BULK}?dry_run=true"
    assert not answer.content and "html" not in answer.get("Content-Type", "")
    headers = {"Authorization": f"Bearer {key}"}
    followed = Client().generic(
        "POST", "/api/v1/measurements", ROW, "application/json", headers=headers, follow=True
    )
    assert followed.status_code == 308
    again = Client().post(
        "/api/v1/measurements", ROW, "application/json", headers=headers, follow=True
    )
    assert again.status_code == 200 and Measurement.objects.count() == 1


@pytest.mark.parametrize("status", [400, 503])
def test_plain_refusals_have_the_title_of_their_status(status: int, rf: Any) -> None:
    answer = middleware.refusal(rf.get(LIST), status, "Something.")
    title = {400: "Bad Request", 503: "Service Unavailable"}[status]
    assert json.loads(answer.content)["title"] == title


# --- how often ----------------------------------------------------------------------------------


@pytest.fixture
def limited(settings: Settings) -> Settings:
    settings.API_RATE = "2/min"
    return settings


def ask(key: str) -> Any:
    return Client().get(LIST, headers={"Authorization": f"Bearer {key}"})


def test_without_a_limit_nobody_counts(key: str, settings: Settings) -> None:
    assert settings.API_RATE == ""
    assert [ask(key).status_code for _ in range(3)] == [200, 200, 200]
    assert not list(wake.server().scan_iter("kpitrack:cache:*throttle*"))


def test_who_asks_too_often_is_told_when_to_come_back(key: str, limited: Settings) -> None:
    assert [ask(key).status_code for _ in range(2)] == [200, 200]
    answer = ask(key)
    document = problem_of(answer)
    assert document["status"] == 429 and document["title"] == "Too Many Requests"
    assert 1 <= int(answer["Retry-After"]) <= 60
    before = standing()
    assert post(BULK, ROW, key).status_code == 429
    assert standing() == before


def test_each_token_has_a_limit_of_its_own(key: str, alice: User, limited: Settings) -> None:
    assert [ask(key).status_code for _ in range(3)] == [200, 200, 429]
    other = AccessToken.issue(alice, name="y", scopes=tuple(Scope))[1]
    assert ask(other).status_code == 200
    browser = Client()
    browser.force_login(alice)
    assert [browser.get(LIST).status_code for _ in range(3)] == [200, 200, 429]


def test_after_the_span_all_is_as_before(key: str, limited: Settings) -> None:
    with time_machine.travel("2026-11-21 12:00Z", tick=False) as clock:
        assert [ask(key).status_code for _ in range(4)] == [200, 200, 429, 429]
        clock.shift(61)
        assert ask(key).status_code == 200


def test_strangers_are_asked_who_they_are_however_often(limited: Settings) -> None:
    assert {ask("kpt_none_none").status_code for _ in range(4)} == {401}


# --- what is served -----------------------------------------------------------------------------

JSON, CSV, LINES = "application/json", "text/csv", "application/x-ndjson"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/*", CSV),
        (f"{LINES}, {CSV};q=0.5", LINES),
        (f"{JSON};q=0.1, {CSV}", CSV),
        (f"{CSV};q=0.9,{JSON};q=1.0", JSON),
        (f"*/*;q=0.1,{LINES};q=0.2", LINES),
        (f"{JSON};q=0,*/*", CSV),
        (f"{JSON};version=2", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        (f"{CSV};q=many", CSV),
        (";;,,;q=", None),
        ("*/*;q=0", None),
        (f"{JSON};q=0.0", None),
        ("text/html", None),
    ],
)
def test_the_kind_that_is_liked_best_is_served(key: str, accept: str, kind: str | None) -> None:
    headers = {"Authorization": f"Bearer {key}", "Accept": accept}
    answer = Client().get("/api/v1/indicators/sales/measurements/", headers=headers)
    if kind is None:
        assert problem_of(answer)["status"] == 406
    else:
        assert answer.status_code == 200 and answer["Content-Type"].partition(";")[0] == kind


@pytest.mark.parametrize(("packing", "status"), [("gzip", 415), ("br", 415), ("Identity", 422)])
def test_small_bodies_are_not_packed(key: str, packing: str, status: int) -> None:
    assert post(LIST, b"{}", key, HTTP_CONTENT_ENCODING=packing).status_code == status
