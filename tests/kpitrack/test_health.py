"""`/healthz` and `/readyz`: each part is asked, and each can be down alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from kpitrack import health, heartbeats


@pytest.fixture(autouse=True)
def alive() -> Iterator[None]:
    client = heartbeats.client()
    heartbeats.write("worker")
    heartbeats.write("errands")
    heartbeats.write("beat")
    yield
    heartbeats.client.cache_clear()
    client.delete(*(heartbeats.PREFIX + name for name in ("worker", "errands", "beat")))


def test_healthz_asks_nobody(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_names_every_part(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json()["parts"]) == set(health.PARTS)
    assert {part["status"] for part in answer.json()["parts"].values()} == {"ok"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["worker", "errands", "beat"])
def test_readyz_is_503_without_a_sign_of_life(client: Client, name: str) -> None:
    heartbeats.client().delete(f"kpitrack:heartbeat:{name}")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    down = [part for part, state in answer.json()["parts"].items() if state["status"] == "down"]
    assert down == [name]


@pytest.mark.django_db
def test_readyz_is_503_while_a_migration_is_missing(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'teams' AND name LIKE '0001%%'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["migrations"]["detail"].startswith("1 not applied, first teams.")


@pytest.mark.django_db
def test_readyz_is_503_without_redis(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeats.client.cache_clear()
    monkeypatch.setattr(settings, "REDIS_URL", "unix:///nowhere/redis.sock")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["redis"] == {"status": "down", "detail": "ConnectionError"}
    assert answer.json()["parts"]["database"] == {"status": "ok"}
    heartbeats.write("worker")  # and nobody who works is disturbed


def test_a_wrong_method_is_refused(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405


def test_a_sign_of_life_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    assert heartbeats.age("worker") in {0, 1}
    assert 0 < heartbeats.client().ttl("kpitrack:heartbeat:worker") <= heartbeats.STALE_AFTER
    assert heartbeats.age("nobody") is None


def test_an_error_of_a_part_is_not_an_error_of_the_page() -> None:
    def broken() -> None:
        raise health.Down("in words")

    assert health.state_of(broken) == {"status": "down", "detail": "in words"}
