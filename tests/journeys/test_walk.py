"""The walk of one measurement: request, worker, page; what each writes and how often it asks.

The three lengths are those of the architecture: a program sends, the worker judges, a person looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from indicators.models import Indicator
from measurements.models import Batch, Measurement, Superseded
from teams.access import Scope
from teams.models import AuditEntry, Team, User
from tests.conftest import signed_in, with_token
from tests.factories import make_indicator, make_measurements, make_target
from verdicts import tasks
from verdicts.models import Verdict, VerdictChange

pytestmark = [pytest.mark.django_db, pytest.mark.at("2026-11-21T12:00Z")]

URL = "/api/v1/measurements/"
BOARD = "/teams/red-team/"
MANY = 20
GOOD = [96, 97, 96, 98, 97, 96, 97, 98, 96, 97, 96]  # November to September

ASIDE = ("SAVEPOINT", "RELEASE", "ROLLBACK", "PREPARE")
# Statements of each length; none of them grows with the number of indicators.
# token, its teams, tree and memberships, its use · gate, calendar, values, what they leave
SENDING = 8
# claim, mark · what is derived
# · calendar, values, indicators, versions, rebases, targets, milestones
# · lock, verdicts, analyses, changes, guarded · claim again: nothing
JUDGING = 18
# session, person · organisation, tree and memberships, teams, tiles, next meetings
SHOWING = 7


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database; savepoints, and what a connection plans once, aside."""
    asked: list[str] = []
    with CaptureQueriesContext(connection) as caught:
        yield asked
    told = (query["sql"].strip() for query in caught.captured_queries)
    asked += [sql for sql in told if not sql.startswith(ASIDE)]


@pytest.fixture
def program(alice: User) -> APIClient:
    return with_token(alice, Scope.MEASUREMENTS_WRITE)


@pytest.fixture
def browser(bob: User) -> Client:
    return signed_in(bob)


def make_served(team: Team, count: int, *, kind: str = "kpi") -> list[Indicator]:
    """Indicators with eleven good months and a target of at least 95; October is missing."""
    made = [
        make_indicator(team, f"served-{k}", name=f"Served in time {k}", unit="percent", kind=kind)
        for k in range(count)
    ]
    for indicator in made:
        make_target(indicator, "95")
        make_measurements(indicator, [*GOOD], first=date(2025, 11, 1))
    tasks.judge_stale()
    return made


def october(value: float, *indicators: Indicator) -> list[dict[str, Any]]:
    return [{"indicator": one.key, "at": "2026-10", "value": value} for one in indicators]


def test_one_measurement_walks(
    program: APIClient, browser: Client, alice: User, red_team: Team, now: datetime
) -> None:
    (served,) = make_served(red_team, 1, kind="kvi")
    assert Verdict.objects.get(indicator=served).is_fresh
    VerdictChange.objects.all().delete()

    # the request: row, batch, audit entry, stale mark
    answer = program.post(URL, october(61, served), format="json", HTTP_X_REQUEST_ID="walk-0001")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["received"], told["created"], told["updated"], told["rejected"]) == (1, 1, 0, [])
    row = Measurement.objects.get(indicator=served, at="2026-10-01T00:00Z")
    assert (row.value, row.recorded_at) == (Decimal(61), now)
    batch = Batch.objects.get(pk=row.batch_id)
    assert (batch.actor, batch.door, batch.created) == (alice, Batch.Door.API, 1)
    assert batch.token is not None and batch.request_id == "walk-0001"
    entry = AuditEntry.objects.get(request_id="walk-0001")
    assert (entry.actor, entry.token) == (alice, batch.token)
    assert not Superseded.objects.exists()
    marked = Verdict.objects.get(indicator=served)
    assert (
        marked.indicator.stale_mark.since == now and marked.status == "stale"
    )  # October was missing

    # the worker: verdict, change of the word, settled
    tasks.judge_stale()
    verdict = Verdict.objects.get(indicator=served)
    assert (verdict.status, verdict.value) == ("off_track", Decimal(61))
    assert verdict.period == date(2026, 10, 1)
    assert verdict.is_fresh
    change = VerdictChange.objects.get(indicator=served)
    assert (change.from_status, change.to_status) == ("stale", "off_track")

    # the page
    html = unescape(browser.get(BOARD).content.decode())
    assert "Served in time 0" in html and "Off track" in html and verdict.reason in html


def test_a_correction_keeps_what_was_there(
    program: APIClient, red_team: Team, now: datetime
) -> None:
    (served,) = make_served(red_team, 1)
    for value in (61, 97):
        answer = program.post(URL, october(value, served), format="json").json()
        tasks.judge_stale()
    assert (answer["created"], answer["updated"]) == (0, 1)
    before = Superseded.objects.get(indicator=served)
    assert before.value == Decimal(61) and before.superseded_at >= now
    assert Measurement.objects.get(indicator=served, at="2026-10-01T00:00Z").value == Decimal(97)
    changes = VerdictChange.objects.filter(indicator=served).order_by("pk")
    assert [change.to_status for change in changes] == ["stale", "off_track", "on_track"]


@pytest.mark.parametrize("count", [1, MANY])
def test_the_walk_asks_as_often_for_one_as_for_many(
    program: APIClient, browser: Client, red_team: Team, count: int
) -> None:
    served = make_served(red_team, count)
    with statements() as sending:
        assert program.post(URL, october(61, *served), format="json").json()["created"] == count
    with statements() as judging:
        tasks.judge_stale()
    with statements() as showing:
        assert browser.get(BOARD).content.count(b"Served in time") >= count
    assert not Verdict.objects.exclude(status="off_track").exists()
    assert (len(sending), len(judging), len(showing)) == (SENDING, JUDGING, SHOWING)


def test_what_is_sent_again_wakes_nobody(program: APIClient, red_team: Team) -> None:
    (served,) = make_served(red_team, 1)
    program.post(URL, october(61, served), format="json")
    tasks.judge_stale()
    judged = Verdict.objects.values().get()
    with statements() as sending:
        assert program.post(URL, october(61, served), format="json").json()["unchanged"] == 1
    assert len(sending) < SENDING
    tasks.judge_stale()
    assert Verdict.objects.values().get() == judged
