"""What a refused delivery leaves behind: a row in the list of deliveries that says why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from indicators.models import Indicator
from measurements.models import Batch, Measurement
from teams.models import User

URL = "/api/v1/measurements/"
BAD = json.dumps([{"indicator": "sales", "at": "2026-11-20", "value": "many"}])

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("body", "media_type", "status", "reason"),
    [
        (BAD, "application/json", 422, "Row 0: “many” is not a decimal number."),
        ("[", "application/json", 400, "not valid JSON"),
        ("a,b\n", "text/csv", 400, "The column “a” is unknown"),
        ("<x/>", "application/xml", 415, "application/xml"),
        (b"[" + b" " * 16 * 1024 * 1024 + b"]", "application/json", 413, "16 MiB"),
        ('[{"\\u0000": 1}]', "application/json", 422, "has no field"),
    ],
    ids=["bad-row", "bad-json", "bad-header", "media-type", "too-large", "hostile-name"],
)
def test_the_list_says_why(
    api: APIClient,
    alice: User,
    sales: Indicator,
    body: Any,
    media_type: str,
    status: int,
    reason: str,
) -> None:
    response = api.post(URL, body, content_type=media_type)
    assert response.status_code == status
    batch = Batch.objects.get()
    assert (batch.refused, batch.actor, batch.label) == (True, alice, "test")
    assert reason in batch.reason and "\x00" not in batch.reason
    assert batch.request_id == response.json()["request_id"]
    assert not Measurement.objects.exists()


@pytest.mark.parametrize("size", [3, 700])
def test_the_list_says_how_many_came_and_how_many_were_wrong(
    api: APIClient, sales: Indicator, size: int
) -> None:
    rows = [{"indicator": "sales", "at": f"{1970 + k % 50}", "value": 1} for k in range(size)]
    rows[1]["value"] = rows[2]["at"] = "soon"
    response = api.post(URL, json.dumps(rows), content_type="application/json")
    assert response.status_code == 422
    batch = Batch.objects.get()
    assert (batch.refused, batch.received, batch.rejected) == (True, size, 2)
    assert (batch.created, batch.updated, batch.unchanged) == (0, 0, 0)


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        ("5", None, "A number stands where a measurement, an object, belongs."),
        ("null", None, "Null stands where a measurement, an object, belongs."),
        ('{"indicator":true}', "indicator", "True or false stands where a text belongs."),
        ('{"at":20261120}', "at", "A number stands where a text belongs."),
        ('{"note":[]}', "note", "A list stands where a text belongs."),
        ('{"at":{}}', "at", "An object stands where a text belongs."),
    ],
)
def test_what_has_the_wrong_shape_is_said_in_words(
    api: APIClient, sales: Indicator, row: str, field: str | None, said: str
) -> None:
    response = api.post(URL, f"[{row}]", content_type="application/json")
    [error] = response.json()["errors"]
    assert (error["index"], error["field"], error["detail"]) == (0, field, said)


def test_a_trial_and_a_stranger_leave_no_row(api: APIClient, sales: Indicator, client: Any) -> None:
    assert api.post(URL + "?dry_run=true", BAD, content_type="application/json").status_code == 422
    assert client.post(URL, BAD, content_type="application/json").status_code == 401
    assert not Batch.objects.exists()


def test_a_refusal_under_a_key_is_noted_too(api: APIClient, sales: Indicator) -> None:
    response = api.post(URL, BAD, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k-1")
    assert response.status_code == 422
    assert Batch.objects.get().refused
