"""Mistakes of a deployment are found, and a laptop has none."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from kpitrack import checks


def ids() -> list[str]:
    return [str(message.id) for message in checks.deployment()]


def test_a_laptop_is_fine(settings: Settings) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"
    assert ids() == []
    assert checks.only_postgresql() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("DEBUG", True, "kpitrack.W001"), ("ALLOWED_HOSTS", ["*"], "kpitrack.W002")],
)
def test_a_mistake_is_named(settings: Settings, name: str, value: object, expected: str) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"
    setattr(settings, name, value)
    assert ids() == [expected]


def test_a_public_site_needs_tls_and_mail_and_knows_its_proxies(settings: Settings) -> None:
    settings.BASE_URL = "http://kpi.example.org"
    settings.HTTPS = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert ids() == ["kpitrack.W003", "kpitrack.W004"]
    settings.HTTPS = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert ids() == ["kpitrack.W005"], "the limits of the sign-in count by address"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert ids() == []


def test_every_hint_leads_somewhere(settings: Settings) -> None:
    settings.DEBUG = True
    assert all(checks.DOCS in str(message.hint) for message in checks.deployment())


def test_another_engine_is_an_error(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    database = settings.DATABASES["default"]
    monkeypatch.setitem(database, "ENGINE", "django.db.backends.sqlite3")
    assert [message.id for message in checks.only_postgresql()] == ["kpitrack.E001"]


@pytest.mark.django_db
def test_a_server_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.recent_postgresql(["default"]) == []
    monkeypatch.setattr(checks, "OLDEST", 990_000)
    assert [message.id for message in checks.recent_postgresql(["default"])] == ["kpitrack.E002"]
    assert checks.recent_postgresql() == [], "without a database nothing is asked"
