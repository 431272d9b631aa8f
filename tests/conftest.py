"""The cast: alice manages the red team, bob views it, charlie is a stranger, dora administers."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings
from rest_framework.test import APIClient

from kpitrack.cache import SharedCache
from teams.access import Scope
from teams.models import AccessToken, Organisation, Team, User, memory
from tests import clock, factories

# How long an example takes says how busy the machine is, and nothing about the code.
hypothesis_settings.register_profile(
    "tests", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("tests")


@pytest.fixture(autouse=True)
def quick_settings(settings: Settings) -> None:
    """Static files are named as they are in the checkout, and passwords are hashed quickly."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    backend = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}


@pytest.fixture
def now() -> datetime:
    """The instant for which tests are written: a Saturday in November, noon in UTC."""
    return clock.NOW


@pytest.fixture
def organisation(db: None) -> Organisation:
    """The one organisation, in UTC."""
    return Organisation.current()


@pytest.fixture
def red_team(organisation: Organisation) -> Team:
    """A team that only its members see."""
    return factories.make_team("Red team", visibility=Team.Visibility.MEMBERS)


@pytest.fixture
def alice(red_team: Team) -> User:
    """Edits: manager of the red team."""
    return factories.make_user("alice", manager=red_team)


@pytest.fixture
def carl(red_team: Team) -> User:
    """Enters values: contributor of the red team."""
    return factories.make_user("carl", contributor=red_team)


@pytest.fixture
def bob(red_team: Team) -> User:
    """Looks: viewer of the red team."""
    return factories.make_user("bob", viewer=red_team)


@pytest.fixture
def charlie(organisation: Organisation) -> User:
    """A stranger: member of another team."""
    return factories.make_user("charlie", manager=factories.make_team("Blue team"))


@pytest.fixture
def dora(organisation: Organisation) -> User:
    """An administrator without memberships."""
    return factories.make_user("dora", administrator=True)


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request asks the database who calls, so that counted queries are always the same."""
    monkeypatch.setattr(memory, "SECONDS", 0)


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """No test is limited by what the ones before it have tried from the same address."""
    SharedCache._away_until = 0.0
    cache.clear()


def signed_in(user: User) -> Client:
    """A browser in which the person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def with_token(user: User, *scopes: Scope, teams: tuple[Team, ...] = ()) -> APIClient:
    """A program with a token of the person; every scope where none is named."""
    _, key = AccessToken.issue(user, name="test", scopes=scopes or tuple(Scope), teams=teams)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client
