"""Tokens through the door: spellings, life cycle, scopes, teams, and what is kept of them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from teams.access import Scope
from teams.models import AccessToken, AuditEntry, Membership, Team, User, memory
from teams.models.token import LIFETIME, hash_secret, split_key
from tests import clock
from tests.conftest import with_token
from tests.factories import make_team


class Mirror(APIView):
    """Says who called."""

    read_scope = Scope.INDICATORS_READ
    write_scope = Scope.INDICATORS_WRITE

    def get(self, request: Request) -> Response:
        teams = sorted(Team.objects.visible_to(request.user).values_list("name", flat=True))
        return Response({"user": str(request.user), "teams": teams})

    def post(self, request: Request) -> Response:
        return Response({})


class Undeclared(APIView):
    """A view whose author forgot to say who may use it."""

    def get(self, request: Request) -> Response:
        return Response({})


urlpatterns = [
    path("api/v1/mirror/", Mirror.as_view()),
    path("api/v1/undeclared/", Undeclared.as_view()),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
URL = "/api/v1/mirror/"


@pytest.fixture(autouse=True)
def remembering(nothing_remembered: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(memory, "SECONDS", 60)
    yield
    memory.forget()


def issue(user: User, *scopes: Scope, **options: Any) -> tuple[AccessToken, str]:
    return AccessToken.issue(user, name="robot", scopes=scopes or tuple(Scope), **options)


def call(header: str | None, method: str = "get", url: str = URL) -> Any:
    extra = {} if header is None else {"HTTP_AUTHORIZATION": header}
    return getattr(APIClient(), method)(url, **extra)


def basic(name: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


# --- spellings -------------------------------------------------------------------------------


def test_every_spelling_is_understood(alice: User) -> None:
    _, key = issue(alice)
    for header in (f"Bearer {key}", f"bearer  {key} ", f"Token {key}", basic(key)):
        response = call(header)
        assert response.status_code == 200 and response.json()["user"] == "Alice", header


def test_what_is_no_token_is_401_and_says_how(alice: User) -> None:
    token, key = issue(alice)
    other = "x" if key[-7] != "x" else "y"
    forged = [
        None,
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        f"Bearer {key[:-1]}",
        f"Bearer {key[:-7]}{other}{key[-6:]}",
        f"Bearer {key}x",
        f"Bearer kpt_{token.public_id}_{'a' * 42}",
        f"Bearer {key.upper()}",
        "Basic !!!",
        basic("alice@example.org", "correct horse battery"),
        "Basic " + base64.b64encode(b"\xff\xfe:").decode(),
        f"Digest {key}",
    ]
    for header in forged:
        response = call(header)
        assert response.status_code == 401, header
        assert response["WWW-Authenticate"] == 'Bearer realm="KPItrack"'
        assert response["Content-Type"] == "application/problem+json"


def test_a_checksum_tells_mistyped_keys_without_asking_the_database(
    alice: User, django_assert_num_queries: Any
) -> None:
    _, key = issue(alice)
    with django_assert_num_queries(0):
        assert call(f"Bearer {key[:-1]}").status_code == 401


# --- life cycle ------------------------------------------------------------------------------


def test_only_a_hash_is_kept(alice: User) -> None:
    token, key = issue(alice)
    parts = split_key(key)
    assert parts is not None
    assert parts[0] == token.public_id and token.secret_hash == hash_secret(parts[1])
    row = AccessToken.objects.values().get()
    assert parts[1] not in str(row) and parts[1] not in str(AuditEntry.objects.values().get())


def test_a_token_ends_after_90_days(alice: User) -> None:
    token, key = issue(alice)
    assert token.expires_at == token.created_at + LIFETIME
    with time_machine.travel(token.created_at + LIFETIME - timedelta(seconds=2), tick=False):
        assert call(f"Bearer {key}").status_code == 200
    with time_machine.travel(token.created_at + LIFETIME + timedelta(seconds=1), tick=False):
        assert call(f"Bearer {key}").status_code == 401


def test_a_revoked_token_ends_at_once_and_revoking_again_changes_nothing(
    alice: User, dora: User
) -> None:
    token, key = issue(alice, by=alice)
    assert call(f"Bearer {key}").status_code == 200
    token.revoke(clock.now(), by=dora)
    assert call(f"Bearer {key}").status_code == 401
    revoked_at = token.revoked_at
    token.revoke(clock.now(), by=alice)
    assert token.revoked_at == revoked_at
    trail = AuditEntry.objects.order_by("id").values_list("action", "actor__name", "token")
    assert list(trail) == [
        ("token.issued", "Alice", token.pk),
        ("token.revoked", "Dora", token.pk),
    ]


def test_a_person_who_left_calls_no_more(alice: User) -> None:
    _, key = issue(alice)
    assert call(f"Bearer {key}").status_code == 200
    alice.is_active = False
    alice.save()
    assert call(f"Bearer {key}").status_code == 401


def test_a_changed_role_holds_from_the_next_call(alice: User, red_team: Team) -> None:
    _, key = issue(alice)
    assert call(f"Bearer {key}").json()["teams"] == ["Red team"]
    Membership.objects.get(user=alice).delete()
    assert call(f"Bearer {key}").json()["teams"] == []
    Membership.objects.create(user=alice, team=red_team, role="viewer")
    assert call(f"Bearer {key}").json()["teams"] == ["Red team"]


def test_the_last_use_is_kept_to_the_minute(alice: User) -> None:
    token, key = issue(alice)
    noon = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    AccessToken.objects.update(expires_at=None)
    for seconds, kept in ((0, 0), (30, 0), (61, 61), (90, 61)):
        memory.forget()
        with time_machine.travel(noon + timedelta(seconds=seconds), tick=False):
            call(f"Bearer {key}")
        token.refresh_from_db()
        assert token.last_used_at == noon + timedelta(seconds=kept)


def test_a_token_is_looked_up_once_in_some_seconds(
    alice: User, django_assert_num_queries: Any
) -> None:
    _, key = issue(alice)
    call(f"Bearer {key}")
    with django_assert_num_queries(1):  # the teams that the mirror shows
        call(f"Bearer {key}")


# --- scopes and teams ------------------------------------------------------------------------


def test_scopes_part_what_a_token_may_do(alice: User) -> None:
    reader, writer = (
        issue(alice, scope)[1] for scope in (Scope.INDICATORS_READ, Scope.INDICATORS_WRITE)
    )
    found = {
        (name, method): call(f"Bearer {key}", method).status_code
        for name, key in (("reader", reader), ("writer", writer))
        for method in ("get", "post")
    }
    assert found == {
        ("reader", "get"): 200,
        ("reader", "post"): 403,
        ("writer", "get"): 403,
        ("writer", "post"): 200,
    }


def test_a_limited_token_reaches_its_teams_and_those_below(dora: User) -> None:
    sales = make_team("Sales")
    make_team("North", parent=sales)
    make_team("Lab")
    _, key = issue(dora, teams=[sales])
    assert call(f"Bearer {key}").json()["teams"] == ["North", "Sales"]
    _, whole = issue(dora)
    assert call(f"Bearer {whole}").json()["teams"] == ["Lab", "North", "Sales"]


def test_a_limit_never_widens(alice: User) -> None:
    lab = make_team("Lab", visibility=Team.Visibility.MEMBERS)
    _, key = issue(alice, teams=[lab])
    assert call(f"Bearer {key}").json()["teams"] == []


def test_a_view_that_declares_nothing_is_refused(dora: User) -> None:
    _, key = issue(dora)
    assert call(f"Bearer {key}", url="/api/v1/undeclared/").status_code == 403


def test_tokens_are_seen_and_revoked_by_their_person_and_administrators(
    alice: User, bob: User, dora: User
) -> None:
    token, _ = issue(alice)
    assert [AccessToken.objects.editable_by(u).count() for u in (alice, bob, dora)] == [1, 0, 1]
    assert str(token) == f"robot (kpt_{token.public_id}_…)"


def test_a_token_whose_teams_are_gone_opens_nothing(alice: User, red_team: Team) -> None:
    """It was limited; without its teams it must not reach everything its person does."""
    side = make_team("Side team", visibility="members")
    client = with_token(alice, teams=(side,))
    assert client.get(URL).status_code == 200
    side.delete()
    assert client.get(URL).status_code == 401
