"""The audit trail tells of sign-ins, passwords, addresses, tokens and roles."""

from __future__ import annotations

import re
from typing import Any

from django.core import mail
from django.test import Client

from teams.models import AccessToken, AuditEntry, Membership, User
from tests.conftest import signed_in
from tests.factories import PASSWORD

SIGN_IN = "/accounts/login/"
NEW = "another horse battery"


def entries() -> list[tuple[str, str, Any]]:
    rows = AuditEntry.objects.order_by("id").values_list("action", "subject", "actor__email")
    return list(rows)


def test_signing_in_and_out(bob: User) -> None:
    browser = Client(REMOTE_ADDR="203.0.113.9")
    browser.post(SIGN_IN, {"login": "bob@example.org", "password": "wrong"})
    browser.post(SIGN_IN, {"login": "nobody@example.org", "password": "wrong"})
    browser.post(SIGN_IN, {"login": "BOB@example.org", "password": PASSWORD})
    browser.post("/accounts/logout/")
    assert entries() == [
        ("sign_in.failed", "bob@example.org", None),
        ("sign_in.failed", "nobody@example.org", None),
        ("sign_in.succeeded", "bob@example.org", "bob@example.org"),
        ("sign_out", "bob@example.org", "bob@example.org"),
    ]
    assert AuditEntry.objects.exclude(action="sign_out").first().detail["address"] == "203.0.113.9"  # type: ignore[union-attr]
    assert all(entry.request_id for entry in AuditEntry.objects.all())


def test_passwords(bob: User) -> None:
    sent = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    signed_in(bob).post("/accounts/password/change/", sent)
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": bob.email})
    [path] = re.findall(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
    form = browser.get(path, follow=True)
    browser.post(form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    found = [entry for entry in entries() if entry[0].startswith("password")]
    assert found == [
        ("password.changed", bob.email, bob.email),
        ("password.link_sent", bob.email, None),
        ("password.reset", bob.email, bob.email),
    ]
    assert PASSWORD not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_addresses(bob: User) -> None:
    browser = Client()
    browser.post(SIGN_IN, {"login": bob.email, "password": PASSWORD})
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.post("/accounts/email/", {"action_add": "", "email": "robert@example.org"})
    [code] = re.findall(r"^[A-Z0-9]+-[A-Z0-9]+$", str(mail.outbox[-1].body), re.MULTILINE)
    browser.post("/accounts/confirm-email/", {"code": code})
    entry = AuditEntry.objects.get(action="address.changed")
    assert entry.detail == {"before": "bob@example.org", "after": "robert@example.org"}
    assert entry.actor == bob


def test_what_administrators_and_managers_do(dora: User, alice: User, bob: User) -> None:
    changed = {"email": "robert@example.org", "name": bob.name}
    signed_in(dora).post(f"/organisation/people/{bob.pk}/", changed)
    entry = AuditEntry.objects.get(action="person.changed")
    assert entry.detail["before"] == {"email": "bob@example.org", "is_active": True}
    held = Membership.objects.get(user=bob)
    signed_in(alice).post(f"/teams/red-team/members/{held.pk}/", {"role": "manager"})
    entry = AuditEntry.objects.get(action="membership.changed")
    assert entry.detail == {"role": "manager", "before": "viewer"}


def test_tokens(alice: User) -> None:
    browser = signed_in(alice)
    sent = {"name": "Sheet", "scopes": ["measurements:write"], "days": "90"}
    assert browser.post("/integrations/", sent).status_code == 201
    token = AccessToken.objects.get()
    browser.post(f"/integrations/tokens/{token.public_id}/revoke/")
    assert [entry[0] for entry in entries()] == ["token.issued", "token.revoked"]
