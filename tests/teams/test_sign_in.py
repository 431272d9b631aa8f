"""Signing in: by address and password, with the same answer for whoever is not known."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from teams.models import User
from tests.factories import PASSWORD

SIGN_IN = "/accounts/login/"


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """No failures of other tests count."""
    cache.clear()


def attempt(email: str, password: str, address: str = "192.0.2.1") -> int:
    """The status of one attempt: 302 is in, 200 shows the form again."""
    sent = {"login": email, "password": password}
    return Client(REMOTE_ADDR=address).post(SIGN_IN, sent).status_code


def test_it_works_whatever_the_case_of_the_address(bob: User) -> None:
    assert attempt("BOB@example.org", PASSWORD) == 302


@pytest.mark.parametrize(
    ("email", "password"),
    [("bob@example.org", "wrong"), ("nobody@example.org", PASSWORD), ("", ""), ("bob", PASSWORD)],
)
def test_whoever_is_not_known_stays_outside(bob: User, email: str, password: str) -> None:
    assert attempt(email, password) == 200


def test_unknown_people_and_wrong_passwords_look_the_same(bob: User) -> None:
    said = []
    for email in ("bob@example.org", "nobody@example.org"):
        answer = Client().post(SIGN_IN, {"login": email, "password": "wrong"})
        said.append(answer.context["form"].errors.as_text())
    assert said[0] == said[1] != ""


def test_who_may_not_sign_in_any_more_does_not(bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert Client().post(SIGN_IN, {"login": bob.email, "password": PASSWORD}).url != "/"  # type: ignore[attr-defined]


def test_a_stranger_is_slowed_down_and_locks_nobody_out(bob: User) -> None:
    for _ in range(8):
        attempt(bob.email, "wrong", address="203.0.113.9")
    assert attempt(bob.email, PASSWORD, address="203.0.113.9") != 302, "slowed down"
    assert attempt(bob.email, PASSWORD) == 302, "the owner is elsewhere"


def test_one_address_cannot_try_many_accounts(bob: User) -> None:
    for number in range(20):
        attempt(f"somebody{number}@example.org", "wrong", address="203.0.113.9")
    assert attempt(bob.email, PASSWORD, address="203.0.113.9") != 302


def test_the_session_changes_at_sign_in(bob: User) -> None:
    client = Client()
    client.get(SIGN_IN)
    before = client.cookies.get("kpitrack_session")
    client.post(SIGN_IN, {"login": bob.email, "password": PASSWORD})
    after = client.cookies["kpitrack_session"].value
    assert after and (before is None or before.value != after)


def test_nobody_signs_up(organisation: object) -> None:
    client = Client()
    sent = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", sent)
    assert not User.objects.filter(email="new@example.org").exists()
