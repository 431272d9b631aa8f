"""The page of integrations: making a token, seeing it once, revoking it, and the deliveries."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from measurements.models import Batch
from teams.models import AccessToken, AuditEntry, Team, User
from tests import clock
from tests.conftest import signed_in, with_token
from tests.factories import make_indicator

pytestmark = pytest.mark.django_db
URL = "/integrations/"
ASKED = {"name": "Nightly export", "scopes": ["measurements:write"], "days": "30"}
BODY = '[{"indicator": "sales", "at": "2026-11-20", "value": 3.2}]'


def make(user: User, **changed: Any) -> Any:
    return signed_in(user).post(URL, ASKED | changed)


def key_in(response: Any) -> str:
    found = re.search(r"kpt_[a-z0-9]{10}_[a-z0-9]{42}", response.content.decode())
    assert found is not None
    return found[0]


def test_a_token_is_shown_once_and_works(alice: User, red_team: Team) -> None:
    make_indicator(red_team, "sales")
    response = make(alice, teams=[red_team.pk])
    assert response.status_code == 201 and "no-store" in response["Cache-Control"]
    key = key_in(response)
    sent = Client().post(
        "/api/v1/measurements/",
        BODY,
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )
    assert sent.json()["created"] == 1
    page = signed_in(alice).get(URL).content.decode()
    assert "Nightly export" in page and "Red team" in page
    assert key not in page and key.split("_")[2] not in page
    token = AccessToken.objects.get()
    assert token.scopes == ["measurements:write"] and token.user == alice
    assert AuditEntry.objects.get(action="token.issued").actor == alice


def test_reloading_the_answer_makes_no_second_token(alice: User, bob: User) -> None:
    """Nor does sending the form twice; a name that ended is free again."""
    assert make(alice).status_code == 201
    again = make(alice, name=" nightly EXPORT ")
    assert again.status_code == 422
    assert "You have a token of this name" in again.content.decode()
    assert AccessToken.objects.count() == 1
    assert make(bob).status_code == 201  # of somebody else
    AccessToken.objects.get(user=alice).revoke(clock.now(), by=alice)
    assert make(alice).status_code == 201


def test_what_is_shown_once_can_be_copied(alice: User) -> None:
    page = make(alice).content.decode()
    assert 'data-copy="token-key"' in page and 'id="token-key"' in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": " "}, "required"),
        ({"name": "x" * 81}, "80"),
        ({"scopes": []}, "required"),
        ({"scopes": ["everything"]}, "Choose one of the list"),
        ({"days": "5000"}, "Choose one of the list"),
        ({"teams": ["999999"]}, "Choose one of the list"),
    ],
)
def test_what_cannot_be_made_is_said_beside_the_field(
    alice: User, changed: dict[str, Any], words: str
) -> None:
    response = make(alice, **changed)
    assert response.status_code == 422 and words in response.content.decode()
    assert not AccessToken.objects.exists()


def test_a_team_that_is_not_seen_cannot_be_named(charlie: User, red_team: Team) -> None:
    assert make(charlie, teams=[red_team.pk]).status_code == 422


def test_revoking_ends_it_at_once(alice: User, red_team: Team) -> None:
    make_indicator(red_team, "sales")
    api = with_token(alice)
    token = AccessToken.objects.get()
    url = f"{URL}tokens/{token.public_id}/revoke/"
    response = signed_in(alice).post(url, follow=True)
    assert response.redirect_chain == [(URL, 302)] and "is revoked" in response.content.decode()
    assert api.get("/api/v1/indicators/sales/measurements/").status_code == 401
    assert AuditEntry.objects.get(action="token.revoked").actor == alice


def test_others_neither_see_nor_revoke_it_and_administrators_do(
    alice: User, bob: User, dora: User
) -> None:
    with_token(alice)
    token = AccessToken.objects.get()
    url = f"{URL}tokens/{token.public_id}/revoke/"
    assert token.public_id not in signed_in(bob).get(URL).content.decode()
    assert signed_in(bob).post(url).status_code == 404
    assert signed_in(dora).get(url).status_code == 405
    assert token.public_id in signed_in(dora).get(URL).content.decode()
    assert signed_in(dora).post(url).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_the_last_deliveries_are_shown_with_their_results(
    alice: User, carl: User, red_team: Team
) -> None:
    make_indicator(red_team, "sales")
    api = with_token(alice)
    for number in range(22):
        api.post(
            "/api/v1/measurements/",
            BODY.replace("3.2", str(number)),
            content_type="application/json",
            HTTP_X_REQUEST_ID=f"delivery-{number:02d}",
        )
    page = signed_in(alice).get(URL).content.decode()
    assert "delivery-21" in page and "delivery-02" in page and "delivery-01" not in page
    assert "REST, test" in page and Batch.objects.count() == 22
    assert "delivery-21" not in signed_in(carl).get(URL).content.decode()


def test_the_examples_name_an_indicator_of_one_s_own(
    alice: User, bob: User, red_team: Team
) -> None:
    make_indicator(red_team, "sales")
    page = unescape(signed_in(alice).get(URL).content.decode())
    assert '"indicator": "sales"' in page and 'href="/indicators/sales/integrate/"' in page
    assert '"indicator": "conversion"' in unescape(signed_in(bob).get(URL).content.decode())


def test_a_refused_delivery_says_why(alice: User, red_team: Team) -> None:
    indicator = make_indicator(red_team, "sales")
    make_batch(alice, received=3, rejected=1, refused=True, reason="“soon” is no time.")
    make_batch(alice, received=3, created=2, rejected=1, reason="“later” is no time.")
    make_batch(alice, received=1, unchanged=1)
    make_batch(alice, received=1, created=1)
    page = signed_in(alice).get(URL).content.decode()
    results = re.findall(r"</svg>(Refused|Partly stored|Stored|Unchanged)</span>", page)
    assert results == ["Stored", "Unchanged", "Partly stored", "Refused"]
    assert "“soon” is no time." in page and "“later” is no time." in page
    refused = signed_in(alice).get(f"/indicators/{indicator.key}/integrate/").content.decode()
    assert "“soon” is no time." in refused and "“later” is no time." not in refused


def make_batch(actor: User, **counts: Any) -> Batch:
    return Batch.objects.create(actor=actor, door=Batch.Door.API, **counts)


def test_strangers_must_sign_in(alice: User) -> None:
    for response in (Client().get(URL), Client().post(URL, ASKED)):
        assert response.status_code == 302 and "/accounts/login/" in response["Location"]
    assert Client().post(f"{URL}tokens/abc/revoke/").status_code == 302
    assert signed_in(alice).post(f"{URL}tokens/abc/revoke/").status_code == 404


def test_the_page_takes_the_same_queries_for_one_and_for_many(
    alice: User, red_team: Team, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        AccessToken.issue(alice, name="x", scopes=[], teams=[red_team])
    browser = signed_in(alice)
    browser.get(URL)
    with django_assert_max_num_queries(14):
        browser.get(URL)
