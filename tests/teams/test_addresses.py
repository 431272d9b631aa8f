"""Addresses: one per person, counted once its mailbox has answered or an administrator set it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from teams import staffing
from teams.models import Actor, Membership, Team, User
from tests import factories
from tests.conftest import signed_in
from tests.factories import PASSWORD

SIGN_IN, OWN, CODE = "/accounts/login/", "/accounts/email/", "/accounts/confirm-email/"
RESET = "/accounts/password/reset/"
NEW_PASSWORD = "another horse battery"


def entered(user: User) -> Client:
    """A browser in which the person signed in, and gave their password a moment ago."""
    client = Client()
    answer = client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302 and client.session["_auth_user_id"] == str(user.pk)
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


def ask(browser: Client, email: str) -> Any:
    """Ask for another address of one's own."""
    return browser.post(OWN, {"action_add": "", "email": email})


def sent_code() -> str:
    """The code in the last e-mail."""
    [code] = re.findall(r"^[A-Z0-9]+-[A-Z0-9]+$", str(mail.outbox[-1].body), re.MULTILINE)
    return str(code)


def email_of(user: User) -> str:
    return User.objects.get(pk=user.pk).email


def addresses(user: User) -> list[tuple[str, bool, bool]]:
    rows = EmailAddress.objects.filter(user=user).order_by("email")
    return list(rows.values_list("email", "verified", "primary"))


def test_signing_in_needs_no_working_mail(bob: User) -> None:
    entered(bob)
    assert mail.outbox == []
    assert addresses(bob) == [("bob@example.org", True, True)]


class TestAnotherAddress:
    def test_counts_once_the_code_is_entered(self, bob: User) -> None:
        browser = entered(bob)
        assert ask(browser, "Robert@Example.org")["Location"] == CODE
        assert mail.outbox[-1].to == ["robert@example.org"]
        assert email_of(bob) == "bob@example.org"
        assert browser.post(CODE, {"code": sent_code()}).status_code == 302
        assert email_of(bob) == "robert@example.org"
        assert addresses(bob) == [("robert@example.org", True, True)]
        assert browser.get("/account/").status_code == 200, "still signed in"

    def test_is_nothing_before_that(self, bob: User, alice: User, red_team: Team) -> None:
        """A viewer claims a newcomer's address and wants to catch the role meant for them."""
        browser = entered(bob)
        ask(browser, "newcomer@example.org")
        for act in ("action_primary", "action_send"):
            browser.post(OWN, {act: "", "email": "newcomer@example.org"})
        browser.post(CODE, {"code": "WRONG1"})
        assert email_of(bob) == "bob@example.org"
        assert addresses(bob) == [("bob@example.org", True, True)]
        sent = {"email": "newcomer@example.org", "role": "manager"}
        answer = signed_in(alice).post("/teams/red-team/members/", sent)
        assert answer.status_code == 422, "nobody has this address"
        assert Membership.objects.get(user=bob).role == "viewer"

    @pytest.mark.parametrize("typed", ["carl@example.org", "CARL@Example.ORG", "new@example.org"])
    def test_is_not_that_of_a_person_or_of_somebody_invited(
        self, bob: User, carl: User, dora: User, typed: str
    ) -> None:
        staffing.make_person("new@example.org", name="", actor=Actor(dora))
        answer = ask(entered(bob), typed)
        assert answer.context["form"].errors["email"] == ["Somebody else here has this address."]
        assert mail.outbox == []

    def test_is_refused_where_a_person_got_it_meanwhile(self, bob: User, dora: User) -> None:
        browser = entered(bob)
        ask(browser, "new@example.org")
        code = sent_code()
        made = staffing.make_person("new@example.org", name="", actor=Actor(dora))
        browser.post(CODE, {"code": code})
        assert (email_of(bob), email_of(made)) == ("bob@example.org", "new@example.org")

    def test_code_is_of_no_use_in_another_browser(self, bob: User, carl: User) -> None:
        """Whoever owns the mailbox cannot be talked into confirming it for somebody else."""
        ask(entered(bob), "new@example.org")
        code = sent_code()
        for browser in (entered(carl), Client(), entered(bob)):
            assert browser.post(CODE, {"code": code}).status_code == 302
        assert email_of(bob) == "bob@example.org" and email_of(carl) == "carl@example.org"
        assert not EmailAddress.objects.filter(email="new@example.org").exists()

    def test_code_is_guessed_three_times(self, bob: User) -> None:
        browser = entered(bob)
        ask(browser, "new@example.org")
        code = sent_code()
        for _ in range(3):
            browser.post(CODE, {"code": "WRONG1"})
        browser.post(CODE, {"code": code})
        assert email_of(bob) == "bob@example.org"

    def test_needs_the_password_again_after_a_while(self, bob: User) -> None:
        answer = ask(signed_in(bob), "new@example.org")
        assert answer["Location"].startswith("/accounts/reauthenticate/")
        assert mail.outbox == []

    def test_letters_that_become_others_in_lower_case(self, bob: User, dora: User) -> None:
        """The sign for kelvin is k in lower case: no second person, and no second mailbox."""
        mike = factories.make_user("mike")
        typed = "mi\u212ae@example.org"
        assert ask(entered(bob), typed).status_code == 200
        with pytest.raises(ValidationError):
            staffing.make_person(typed, name="", actor=Actor(dora))
        Client().post(RESET, {"email": typed})
        assert [message.to for message in mail.outbox] == [[mike.email]]

    @pytest.mark.parametrize("typed", ["\u017fam@example.org", "bob@ex\u00e4mple.org"])
    def test_has_plain_letters(self, bob: User, dora: User, typed: str) -> None:
        """Addresses that merely look alike would be two people."""
        assert ask(entered(bob), typed).status_code == 200
        with pytest.raises(ValidationError):
            staffing.make_person(typed, name="", actor=Actor(dora))
        answer = Client().post(RESET, {"email": typed})
        assert answer.status_code == 200 and mail.outbox == []

    def test_claims_of_before_count_for_nothing(self, bob: User, carl: User) -> None:
        """Rows that an earlier version stored without asking the mailbox."""
        EmailAddress.objects.create(user=bob, email="new@example.org", verified=False)
        EmailAddress.objects.create(user=bob, email=carl.email, verified=False)
        browser = entered(bob)
        browser.post(OWN, {"action_primary": "", "email": "new@example.org"})
        assert addresses(bob) == [("bob@example.org", True, True)]
        assert email_of(bob) == "bob@example.org"


class TestReset:
    @pytest.fixture
    def newcomer(self, dora: User) -> User:
        return staffing.make_person("newcomer@example.org", name="", actor=Actor(dora))

    def test_of_a_claimed_newcomer_leads_to_the_newcomer(self, bob: User, newcomer: User) -> None:
        EmailAddress.objects.create(user=bob, email=newcomer.email, verified=False)
        Client().post(RESET, {"email": "Newcomer@example.org"})
        assert [message.to for message in mail.outbox] == [[newcomer.email]]
        browser = Client()
        [path] = re.findall(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
        form = browser.get(path, follow=True)
        sent = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
        assert browser.post(form.request["PATH_INFO"], sent).status_code == 302
        bob.refresh_from_db()
        newcomer.refresh_from_db()
        assert newcomer.check_password(NEW_PASSWORD) and bob.check_password(PASSWORD)

    def test_goes_to_no_address_that_somebody_asked_for(self, bob: User) -> None:
        ask(entered(bob), "other@example.org")
        mail.outbox.clear()
        Client().post(RESET, {"email": "other@example.org"})
        assert all("/reset/key/" not in str(message.body) for message in mail.outbox)

    def test_link_is_worthless_once_the_address_changed(self, bob: User, dora: User) -> None:
        Client().post(RESET, {"email": bob.email})
        [path] = re.findall(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
        staffing.change_person(bob, {"email": "robert@example.org"}, actor=Actor(dora))
        assert Client().get(path).status_code == 200, "no redirect to the form"


class TestAdministrators:
    def test_address_they_set_counts_at_once(self, dora: User, bob: User) -> None:
        entered(bob)
        sent = {"name": "Bob", "email": "Robert@example.org", "is_active": "on"}
        assert signed_in(dora).post(f"/organisation/people/{bob.pk}/", sent).status_code == 302
        assert email_of(bob) == "robert@example.org"
        bob.refresh_from_db()
        entered(bob)
        assert addresses(bob) == [("robert@example.org", True, True)]
        old = Client().post(SIGN_IN, {"login": "bob@example.org", "password": PASSWORD})
        assert old.status_code == 200, "the old address is nobody's"

    def test_address_of_somebody_else_is_refused(self, dora: User, bob: User, carl: User) -> None:
        sent = {"name": "Bob", "email": "CARL@example.org", "is_active": "on"}
        answer = signed_in(dora).post(f"/organisation/people/{bob.pk}/", sent)
        assert answer.status_code == 422 and email_of(bob) == "bob@example.org"

    def test_manager_adds_people_whatever_the_case(self, alice: User, red_team: Team) -> None:
        erik = factories.make_user("erik")
        sent = {"email": "ERIK@Example.org", "role": "viewer"}
        assert signed_in(alice).post("/teams/red-team/members/", sent).status_code == 302
        assert Membership.objects.get(user=erik).role == "viewer"
