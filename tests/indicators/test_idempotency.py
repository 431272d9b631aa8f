"""Requests that may be sent again: one effect, and the first answer each time."""

from __future__ import annotations

import gzip
import json
import threading
from typing import Any

import pytest
from django.test import TransactionTestCase
from rest_framework.test import APIClient

from indicators.models import Indicator
from measurements import idempotency
from measurements.models import Batch, IdempotencyKey, Measurement
from teams.models import AccessToken, Organisation, User
from tests import clock
from tests.conftest import with_token
from tests.factories import make_indicator, make_team, make_user
from tests.indicators.bulk import GOOD, codes, send
from tests.threads import started


@pytest.mark.django_db
def test_the_same_key_and_body_get_the_first_answer_again(api: APIClient, sales: Indicator) -> None:
    first = send(api, GOOD, HTTP_IDEMPOTENCY_KEY="nightly-1")
    again = send(api, GOOD, HTTP_IDEMPOTENCY_KEY="nightly-1")
    assert again.status_code == 200 and again.content == first.content
    assert again["Idempotent-Replayed"] == "true" and not first.has_header("Idempotent-Replayed")
    assert Batch.objects.count() == 1


@pytest.mark.django_db
def test_the_same_key_with_another_body_or_address_is_422(api: APIClient, sales: Indicator) -> None:
    send(api, GOOD, HTTP_IDEMPOTENCY_KEY="k")
    for body, query in (([GOOD[0] | {"value": 4}], ""), (GOOD, "?on_error=skip")):
        response = send(api, body, query=query, HTTP_IDEMPOTENCY_KEY="k")
        assert codes(response) == [(0, "Idempotency-Key", "reused")]
    assert str(Measurement.objects.get().value) == "3.2"


@pytest.mark.django_db
def test_a_packed_body_is_the_same_as_a_plain_one(api: APIClient, sales: Indicator) -> None:
    body = json.dumps(GOOD).encode()
    first = send(api, body, HTTP_IDEMPOTENCY_KEY="k")
    packed = gzip.compress(body, mtime=7)
    again = send(api, packed, HTTP_IDEMPOTENCY_KEY="k", HTTP_CONTENT_ENCODING="gzip")
    assert again.content == first.content


@pytest.mark.django_db
def test_keys_belong_to_a_token_and_end_after_48_hours(
    api: APIClient, alice: User, sales: Indicator
) -> None:
    send(api, GOOD, HTTP_IDEMPOTENCY_KEY="k")
    other = send(with_token(alice), GOOD, HTTP_IDEMPOTENCY_KEY="k")
    assert other.json()["unchanged"] == 1
    kept = IdempotencyKey.objects.first()
    assert kept is not None
    late = kept.created_at + idempotency.KEPT_FOR
    IdempotencyKey.objects.update(created_at=kept.created_at - idempotency.KEPT_FOR)
    assert send(api, GOOD, HTTP_IDEMPOTENCY_KEY="k").json()["unchanged"] == 1
    assert idempotency.forget_expired(late) == 1


@pytest.mark.django_db
def test_a_refused_request_may_be_corrected_under_its_key(api: APIClient, sales: Indicator) -> None:
    assert send(api, [5], HTTP_IDEMPOTENCY_KEY="k").status_code == 422
    assert send(api, GOOD, HTTP_IDEMPOTENCY_KEY="k").json()["created"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "ümlaut", "a\tb"])
def test_a_key_that_cannot_be_one_is_422(api: APIClient, sales: Indicator, key: str) -> None:
    assert codes(send(api, GOOD, HTTP_IDEMPOTENCY_KEY=key))[0][1] == "Idempotency-Key"


class TestTheSameRequestTwiceAtOnce(TransactionTestCase):
    def test_the_second_is_409_while_the_first_is_under_way(self) -> None:
        Organisation.current()
        team = make_team("Red team")
        make_indicator(team, "sales")
        api = with_token(make_user("alice", manager=team))
        begun, finish = threading.Event(), threading.Event()

        def slow() -> dict[str, Any]:
            begun.set()
            finish.wait(20)
            return {"received": 0}

        token = f"token:{AccessToken.objects.get().pk}"
        first = started(
            lambda: idempotency.once(slow, holder=token, key="k", body_hash="x", now=clock.now())
        )
        try:
            assert begun.wait(20)
            response = send(api, GOOD, HTTP_IDEMPOTENCY_KEY="k")
            assert response.status_code == 409 and not Measurement.objects.exists()
        finally:
            finish.set()
        assert first.result(20) == ({"received": 0}, False)
