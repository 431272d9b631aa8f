"""The shared cache: limits of sign-ins hold in all processes, and the site works without Redis."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from django.core.cache import cache, caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client
from pytest_django import Settings

from kpitrack.cache import SharedCache
from teams.models import User
from tests.factories import PASSWORD
from web import wake

SIGN_IN = "/accounts/login/"


@pytest.fixture
def away(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis refuses connections."""
    here = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": here}
    monkeypatch.setattr(SharedCache, "_away_until", 0.0)
    LocMemCache("without-redis", {}).clear()


def attempt(user: User, password: str) -> int:
    sent = {"login": user.email, "password": password}
    return Client(REMOTE_ADDR="203.0.113.9").post(SIGN_IN, sent).status_code


def test_another_process_sees_what_this_one_counts(db: None) -> None:
    cache.set("counted", 3)
    program = (
        "import django; django.setup();"
        "from django.core.cache import cache; print(cache.get('counted'))"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert other.stdout.strip() == b"3"


def test_emptying_it_leaves_the_rest_of_redis_alone() -> None:
    wake.server().set("kpitrack:test:kept", "1")
    cache.set("gone", 1)
    cache.clear()
    assert cache.get("gone") is None
    assert wake.server().delete("kpitrack:test:kept") == 1


def test_without_redis_people_sign_in_and_guessing_is_limited(
    bob: User, away: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "kpitrack.cache"):
        assert attempt(bob, PASSWORD) == 302
    assert len([r for r in caplog.records if r.name == "kpitrack.cache"]) == 1, "asked once"
    assert [attempt(bob, "wrong") for _ in range(8)] == [200] * 8
    assert attempt(bob, PASSWORD) == 200, "slowed down"


def test_everything_a_cache_does_works_without_redis(away: None) -> None:
    there = caches["default"]
    there.set("a", 1)
    assert there.add("a", 2) is False and there.add("b", 2) is True
    assert there.incr("a") == 2 and there.has_key("b") and there.touch("b")
    assert there.set_many({"c": 3}) == [] and there.get_many(["a", "c"]) == {"a": 2, "c": 3}
    there.delete_many(["c"])
    assert there.delete("a") and there.get("a") is None and there.get("c", "none") == "none"
