"""Adding people: a first role, and a link to set a password where no mail is sent."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from teams.access import Role
from teams.models import AuditEntry, Team, User
from tests import factories
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

PEOPLE, NEW = "/organisation/people/", "/organisation/people/new/"
WORD = "a long and fine password"


@pytest.fixture
def no_mail(settings: Settings, tmp_path: Any) -> None:
    """As in an installation without a mail server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path


def link_in(html: str) -> str:
    found = re.search(r'id="sign-in-link">http://testserver(/[^<]+)<', html)
    assert found is not None, html
    return found[1]


def set_password(link: str) -> Client:
    """Follow the link as the person does."""
    browser = Client()
    form = browser.get(link, follow=True)
    where = form.redirect_chain[-1][0] if form.redirect_chain else link
    browser.post(where, {"password1": WORD, "password2": WORD})
    return browser


class TestNewPerson:
    def test_gets_a_role_in_a_team(self, dora: User, red_team: Team) -> None:
        sent = {"email": "new@example.org", "name": "Nina", "team": "red-team", "role": "manager"}
        assert signed_in(dora).post(NEW, sent)["Location"] == PEOPLE
        made = User.objects.get(email="new@example.org")
        assert made.reach.role_in(red_team.pk) is Role.MANAGER
        assert [message.to for message in mail.outbox] == [["new@example.org"]]
        told = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
        assert told == ["person.created", "password.link_sent", "membership.added"]

    @pytest.mark.parametrize("sent", [{"team": "no-such"}, {"role": "emperor"}, {"email": "x"}])
    def test_refusals_make_nobody(self, sent: dict[str, str], dora: User, red_team: Team) -> None:
        answer = signed_in(dora).post(NEW, {"email": "new@example.org", "team": "red-team"} | sent)
        assert answer.status_code == 422
        assert not User.objects.filter(name="", email__startswith="new").exists()

    def test_without_mail_the_link_is_shown_once_and_lets_them_in(
        self, no_mail: None, dora: User, red_team: Team
    ) -> None:
        browser = signed_in(dora)
        sent = {"email": "new@example.org", "team": "red-team", "role": "contributor"}
        shown = browser.post(NEW, sent)
        assert shown.status_code == 201 and "no-store" in shown["Cache-Control"]
        link = link_in(shown.content.decode())
        set_password(link)
        made = User.objects.get(email="new@example.org")
        assert made.check_password(WORD)
        assert Client().login(email="new@example.org", password=WORD)
        again = Client().get(link, follow=True).content.decode()
        assert "password1" not in again  # it works once
        assert link not in browser.get(f"{PEOPLE}{made.pk}/").content.decode()

    def test_a_member_who_is_new_here_is_told_of_without_mail(
        self, no_mail: None, dora: User, red_team: Team
    ) -> None:
        sent = {"email": "new@example.org", "name": "Nina", "role": "viewer"}
        page = signed_in(dora).post("/teams/red-team/members/", sent, follow=True)
        assert "make a sign-in link" in page.content.decode()


class TestLink:
    def test_somebody_known_gets_one_and_the_trail_says_so(self, dora: User, bob: User) -> None:
        shown = signed_in(dora).post(f"{PEOPLE}{bob.pk}/link/")
        set_password(link_in(shown.content.decode()))
        bob.refresh_from_db()
        assert bob.check_password(WORD)
        entry = AuditEntry.objects.get(action="person.link_issued")
        assert (entry.action, entry.subject) == ("person.link_issued", "bob@example.org")

    def test_not_for_those_who_may_not_sign_in(self, dora: User, bob: User) -> None:
        User.objects.filter(pk=bob.pk).update(is_active=False)
        page = signed_in(dora).post(f"{PEOPLE}{bob.pk}/link/", follow=True).content.decode()
        assert "may not sign in" in page and "sign-in-link" not in page
        assert not AuditEntry.objects.exists()

    def test_who_may(self, dora: User, alice: User, bob: User) -> None:
        url = f"{PEOPLE}{bob.pk}/link/"
        for user in (alice, bob):
            assert signed_in(user).post(url).status_code == 403
        assert Client().post(url)["Location"].startswith("/accounts/login/")
        assert signed_in(dora).get(url).status_code == 405
        assert signed_in(dora).post(f"{PEOPLE}999999/link/").status_code == 404


class TestList:
    def test_found_by_name_or_address(self, dora: User, alice: User, bob: User) -> None:
        def names(asked: str) -> list[str]:
            page = signed_in(dora).get(PEOPLE, {"q": asked}).context["people"]
            return [one.name for one in page]

        assert names("") == ["Alice", "Bob", "Dora"]
        assert names("ALI") == ["Alice"]
        assert names("bob@") == ["Bob"]
        assert names("%") == []

    def test_pages_of_a_hundred(self, dora: User) -> None:
        for _ in range(100):
            factories.make_user()
        page = signed_in(dora).get(PEOPLE, {"q": "example&x"})
        assert page.status_code == 200 and not page.context["people"].object_list
        html = signed_in(dora).get(PEOPLE, {"q": "@example"}).content.decode()
        assert 'href="?q=%40example&amp;page=2"' in html
