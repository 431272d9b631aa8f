"""Who changed what, and what is known while it changes: the history over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from indicators.models import Indicator
from measurements.delivery import deliver
from measurements.models import Batch, Superseded
from measurements.row import Row, Sender
from teams.models import User
from tests.conftest import with_token
from tests.measurements.test_measurements_of_indicator import HOUR, NOON, URL, put


@pytest.fixture
def corrected(alice: User, sales: Indicator) -> Indicator:
    """January and February; February corrected an hour later."""
    put(alice, NOON, ("2026-01", "1.50"), ("2026-02", "2.50"))
    put(alice, NOON + HOUR, ("2026-02", "20"))
    return sales


@pytest.mark.django_db
def test_the_history_tells_people_from_the_installation(
    api: APIClient, corrected: Indicator, carl: User
) -> None:
    rows = [Row(index=0, indicator="sales", at="2026-02", value="21")]
    when = NOON + 3 * HOUR
    assert not deliver(rows, Sender(actor=carl, door=Batch.Door.FORM), now=when).rejected
    rows = [Row(index=0, indicator="sales", at="2026-02", value="22")]
    when = NOON + 4 * HOUR
    assert not deliver(rows, Sender(actor=None, door=Batch.Door.COMMAND), now=when).rejected
    found = api.get(f"{URL}?history=true&from=2026-02&to=2026-02").json()["results"]
    assert [(r["value"], r["recorded_by"], r["source"], r["superseded_by"]) for r in found] == [
        (2.5, "alice@example.org", "api", "alice@example.org"),
        (20, "alice@example.org", "api", "carl@example.org"),
        (21, "carl@example.org", "form", None),
        (22, None, "command", None),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        f"{URL}?as_of=2026-11-21T12:30:00Z",
        f"{URL}?history=true&as_of=2026-11-21T12:30:00Z",
        "/api/v1/indicators/sales/series/?as_of=2026-11-21T12:30:00Z&period=year",
    ],
)
def test_what_is_corrected_while_it_is_read_counts_once(
    alice: User, corrected: Indicator, address: str
) -> None:
    """The row leaves the current ones for the history between the two look-ups."""
    before = with_token(alice).get(address).json()
    done: list[str] = []

    def correct(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if "measurements_superseded" in sql and "SELECT" in sql and not done:
            done.append(sql)
            put(alice, NOON + 5 * HOUR, ("2026-01", "99"))
        return execute(sql, params, many, context)

    client = with_token(alice)
    with connection.execute_wrapper(correct):
        assert client.get(address).json() == before
    assert done and Superseded.objects.filter(value="1.50").exists()
