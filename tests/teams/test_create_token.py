"""The command that makes tokens: prints the key alone, and refuses what cannot be meant."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from teams.models import AccessToken, AuditEntry, Team, User
from tests.factories import make_indicator, make_team

pytestmark = pytest.mark.django_db


def create(*arguments: str, **options: Any) -> str:
    out, err = io.StringIO(), io.StringIO()
    call_command("create_token", *arguments, stdout=out, stderr=err, **options)
    assert err.getvalue() == ""
    return out.getvalue()


def test_the_key_alone_is_printed_and_works(alice: User, red_team: Team) -> None:
    make_indicator(red_team, "sales")
    printed = create("--user", "Alice@example.org", "--scope", "measurements:write", "--name", "bi")
    assert printed.count("\n") == 1 and printed.startswith("kpt_")
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {printed.strip()}")
    body = [{"indicator": "sales", "at": "2026-11-20", "value": 3.2}]
    assert api.post("/api/v1/measurements/", body, format="json").json()["created"] == 1
    assert api.get("/api/v1/indicators/sales/measurements/").status_code == 403


def test_scopes_and_teams_may_be_repeated_or_separated_with_commas(
    alice: User, red_team: Team
) -> None:
    make_team("Green", slug="green")
    create(
        *("--user", alice.email, "--name", "bi", "--team", "red-team,green", "--days", "7"),
        *("--scope", "measurements:write,measurements:read", "--scope", "indicators:read"),
        *("--scope", "indicators:read"),
    )
    token = AccessToken.objects.get()
    assert token.scopes == ["indicators:read", "measurements:read", "measurements:write"]
    assert {team.slug for team in token.teams.all()} == {"red-team", "green"}
    assert token.expires_at == token.created_at + timedelta(days=7)
    entry = AuditEntry.objects.get(action="token.issued")
    assert entry.actor is None and entry.token == token and entry.detail["user"] == alice.email


def test_a_token_may_live_for_ever(alice: User) -> None:
    create("--user", alice.email, "--name", "bi", "--scope", "indicators:read", "--days", "0")
    assert AccessToken.objects.get().expires_at is None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"--user": "nobody@example.org"}, "nobody@example.org"),
        ({"--scope": "everything"}, "measurements:write"),
        ({"--scope": ""}, "scope"),
        ({"--team": "no-such"}, "no-such"),
        ({"--name": " "}, "name"),
        ({"--name": "x" * 81}, "80"),
        ({"--days": "-1"}, "--days"),
        ({"--days": "9999"}, "--days"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_makes_nothing(
    alice: User, changed: dict[str, str], words: str
) -> None:
    given = {"--user": alice.email, "--name": "bi", "--scope": "indicators:read"} | changed
    with pytest.raises(CommandError, match=words):
        create(*(part for pair in given.items() for part in pair))
    assert not AccessToken.objects.exists()


def test_somebody_who_left_gets_none(alice: User) -> None:
    alice.is_active = False
    alice.save()
    with pytest.raises(CommandError, match="active"):
        create("--user", alice.email, "--name", "bi", "--scope", "indicators:read")
