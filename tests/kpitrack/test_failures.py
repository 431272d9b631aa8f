"""A database out of reach is 503 with a time to come back; what it refuses leaves a trace."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from kpitrack import failures
from teams.access import Scope
from teams.models import AccessToken, Organisation, User
from tests.conftest import signed_in


class Elsewhere:
    """The connection of this test leads to a place where no PostgreSQL is."""

    def __init__(self) -> None:
        self.settings = dict(connection.settings_dict)

    def __enter__(self) -> None:
        connection.close()
        connection.settings_dict["HOST"] = "/nowhere"

    def __exit__(self, *problem: object) -> None:
        connection.close()
        connection.settings_dict.update(self.settings)


@pytest.fixture
def caller(transactional_db: None, organisation: Organisation) -> User:
    return User.objects.create_user("a@example.org", password="x" * 14)


def browser(caller: User) -> Client:
    client = signed_in(caller)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    "path", ["/", "/overview/", "/accounts/login/", "/nowhere/", "/entry/", "/admin/"]
)
@pytest.mark.parametrize("with_session", [True, False])
def test_a_page_is_503_and_says_when_to_come_back(
    caller: User, path: str, with_session: bool
) -> None:
    client = browser(caller) if with_session else Client(raise_request_exception=False)
    with Elsewhere():
        answer = client.get(path)
    if with_session:
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "Back in a moment" in answer.content.decode()
    assert answer.status_code in (200, 302, 404, 503), "never 500"
    assert answer["X-Request-Id"] and answer["Content-Security-Policy"]
    assert client.get("/healthz").status_code == 200


def test_a_program_is_answered_503_as_a_problem(caller: User) -> None:
    _, key = AccessToken.issue(caller, name="x", scopes=tuple(Scope))
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {key}"}
    with Elsewhere():
        seen = client.get("/api/v1/indicators/", headers=headers)
        sent = client.post("/api/v1/measurements/", b"[]", "application/json", headers=headers)
        by_session = browser_of(caller.pk, client).get("/api/v1/indicators/")
    for answer in (seen, sent, by_session):
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == 503 and answer.json()["request_id"] != "-"


def browser_of(pk: int, client: Client) -> Client:
    """A browser with the cookie of a session that nobody can look up."""
    client.cookies["kpitrack_session"] = f"{pk:032}"
    return client


def test_health_asks_nobody_about_the_session(caller: User) -> None:
    client = browser(caller)
    with Elsewhere():
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
    assert ready.status_code == 503 and ready.json()["parts"]["database"]["status"] == "down"


def test_an_outage_is_one_line_in_the_log(caller: User) -> None:
    record = record_of(outage())
    assert failures.OutagesInOneLine().filter(record)
    assert record.exc_info is None and "/nowhere" in record.getMessage()
    assert "\n" not in record.getMessage()


def outage() -> Exception:
    with Elsewhere(), pytest.raises(OperationalError) as caught:
        connection.cursor()
    return caught.value


def record_of(problem: Exception) -> logging.LogRecord:
    info: Any = (type(problem), problem, problem.__traceback__)
    return logging.LogRecord("django.request", 40, "", 1, "Error: %s", ("/",), info)


@pytest.mark.parametrize(("path", "status"), [("/api/v1/indicators/", 503), ("/overview/", 500)])
def test_a_statement_that_takes_too_long_is_no_outage(
    caller: User, path: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    client = browser(caller)

    def too_long(execute: Any, *arguments: Any) -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.cursor.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")

    with connection.execute_wrapper(wrapped(too_long)):
        answer = client.get(path)
    assert answer.status_code == status
    assert ("Retry-After" in answer) == (status == 503)
    [record] = [one for one in caplog.records if one.exc_info]
    assert failures.OutagesInOneLine().filter(record) and record.exc_info is not None
    assert "statement timeout" in str(record.exc_info[1])


def wrapped(instead: Any) -> Any:
    """Do something else in place of every query, translated into Django's errors."""

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        with connection.wrap_database_errors:
            return instead(run)

    return execute


def test_a_deadlock_is_no_outage(caller: User) -> None:
    problem = OperationalError("deadlock detected")
    problem.__cause__ = type("Deadlock", (Exception,), {"pgcode": "40P01"})()
    assert not failures.is_outage(problem)
    problem.__cause__ = type("Stopping", (Exception,), {"pgcode": "57P01"})()
    assert failures.is_outage(problem)
    problem.__cause__ = type("Cancelled", (Exception,), {"pgcode": "57014"})()
    assert not failures.is_outage(problem)
