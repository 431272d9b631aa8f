"""The pages of team settings, members, people and one's own account."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.forms import ResetPasswordForm
from django.core import mail
from django.test import Client

from teams.access import Role, Scope
from teams.models import AccessToken, AuditEntry, Membership, Team, User
from tests import factories
from tests.conftest import signed_in

SETTINGS, ADD = "/teams/red-team/settings/", "/teams/red-team/members/"
PEOPLE = "/organisation/people/"


def team_form(**fields: Any) -> dict[str, Any]:
    return {"name": "Red team", "visibility": "members", **fields}


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


class TestTeam:
    def test_manager_changes_it(self, alice: User, red_team: Team) -> None:
        sent = team_form(purpose="People find it.", lead=alice.pk)
        assert signed_in(alice).post(SETTINGS, sent).status_code == 302
        red_team.refresh_from_db()
        assert (red_team.purpose, red_team.lead, red_team.slug) == (
            "People find it.",
            alice,
            "red-team",
        )
        assert actions() == ["team.changed"]

    def test_refusals_keep_what_was_typed(self, alice: User) -> None:
        answer = signed_in(alice).post(SETTINGS, team_form(name="", purpose="Kept words"))
        assert answer.status_code == 422
        assert "Kept words" in answer.content.decode()

    def test_team_below_is_founded_by_a_manager(self, alice: User, red_team: Team) -> None:
        sent = team_form(name="Pay desk", parent=red_team.pk)
        answer = signed_in(alice).post("/organisation/teams/new/", sent)
        assert answer["Location"] == "/teams/pay-desk/"
        assert Team.objects.get(slug="pay-desk").parent == red_team

    def test_top_is_for_administrators(self, alice: User, dora: User) -> None:
        url, sent = "/organisation/teams/new/", team_form(name="New")
        assert signed_in(alice).post(url, sent).status_code == 422
        assert signed_in(dora).post(url, sent).status_code == 302
        assert Team.objects.get(slug="new").parent is None

    def test_is_not_placed_under_itself_or_where_one_manages_nothing(
        self, alice: User, charlie: User, red_team: Team
    ) -> None:
        below = factories.make_team("Below", parent=red_team)
        blue = Team.objects.get(slug="blue-team")
        for place in (red_team, below, blue):
            answer = signed_in(alice).post(SETTINGS, team_form(parent=place.pk))
            assert "parent" in answer.context["form"].errors

    def test_roles(self, bob: User, carl: User, charlie: User) -> None:
        for user, status in ((bob, 403), (carl, 403), (charlie, 404)):
            assert signed_in(user).get(SETTINGS).status_code == status
            assert signed_in(user).post(SETTINGS, team_form()).status_code == status
        assert signed_in(bob).get("/organisation/teams/new/").status_code == 403
        assert Client().get(SETTINGS)["Location"].startswith("/accounts/login/")
        assert signed_in(bob).delete(SETTINGS).status_code == 405
        assert signed_in(bob).get("/teams/no-such/settings/").status_code == 404


class TestMembers:
    def test_known_person_gets_a_role(self, alice: User, charlie: User, red_team: Team) -> None:
        sent = {"email": "Charlie@example.org", "role": "contributor"}
        assert signed_in(alice).post(ADD, sent).status_code == 302
        assert charlie.reach.role_in(red_team.pk) is Role.CONTRIBUTOR
        assert actions() == ["membership.added"]
        entry = AuditEntry.objects.get()
        assert (entry.subject, entry.team, entry.actor) == ("charlie@example.org", red_team, alice)

    def test_adding_again_changes_the_role(self, alice: User, bob: User, red_team: Team) -> None:
        signed_in(alice).post(ADD, {"email": "bob@example.org", "role": "manager"})
        assert Membership.objects.get(user=bob).role == "manager"
        signed_in(alice).post(ADD, {"email": "bob@example.org", "role": "manager"})
        assert actions() == ["membership.changed"]

    def test_unknown_person_is_made_by_administrators_only(self, alice: User, dora: User) -> None:
        sent = {"email": "new@example.org", "name": "Nina New", "role": "viewer"}
        refused = signed_in(alice).post(ADD, sent)
        assert "email" in refused.context["member_form"].errors
        assert not User.objects.filter(email="new@example.org").exists()
        assert signed_in(dora).post(ADD, sent).status_code == 302
        made = User.objects.get(email="new@example.org")
        assert (made.name, made.has_usable_password()) == ("Nina New", False)
        assert made.memberships.get().role == "viewer"
        assert [message.to for message in mail.outbox] == [["new@example.org"]]

    def test_role_is_changed_and_taken(self, alice: User, bob: User) -> None:
        held = Membership.objects.get(user=bob)
        browser = signed_in(alice)
        browser.post(f"{ADD}{held.pk}/", {"role": "contributor"})
        held.refresh_from_db()
        assert held.role == "contributor"
        browser.post(f"{ADD}{held.pk}/", {"role": "emperor"})
        held.refresh_from_db()
        assert held.role == "contributor"
        browser.post(f"{ADD}{held.pk}/remove/")
        assert not Membership.objects.filter(user=bob).exists()
        assert actions() == ["membership.changed", "membership.removed"]

    def test_members_of_other_teams_are_out_of_reach(self, alice: User, charlie: User) -> None:
        held = Membership.objects.get(user=charlie)
        for act in ("", "remove/"):
            answer = signed_in(alice).post(f"{ADD}{held.pk}/{act}", {"role": "viewer"})
            assert answer.status_code == 404
        assert Membership.objects.get(user=charlie).role == "manager"

    @pytest.mark.parametrize("sent", [{}, {"email": "x", "role": "viewer"}, {"email": "a@b.no"}])
    def test_refusals(self, alice: User, sent: dict[str, str]) -> None:
        assert signed_in(alice).post(ADD, sent).status_code == 422

    def test_roles(self, alice: User, bob: User, charlie: User) -> None:
        held = Membership.objects.get(user=alice)
        for url in (ADD, f"{ADD}{held.pk}/", f"{ADD}{held.pk}/remove/"):
            statuses = [
                signed_in(u).post(url, {"role": "viewer"}).status_code for u in (bob, charlie)
            ]
            assert statuses == [403, 404]
            assert Client().post(url).status_code == 302
            assert signed_in(alice).get(url).status_code == 405
        held.refresh_from_db()
        assert held.role == "manager"


class TestPeople:
    def test_made_with_a_mail_to_set_a_password(self, dora: User) -> None:
        sent = {"email": "New@Example.org", "name": "Nina", "is_administrator": "on"}
        assert signed_in(dora).post(f"{PEOPLE}new/", sent).status_code == 302
        made = User.objects.get(email="new@example.org")
        assert made.is_administrator
        assert "/accounts/password/reset/key/" in str(mail.outbox[0].body)
        assert "Nina" in signed_in(dora).get(PEOPLE).content.decode()

    def test_mail_that_cannot_be_sent_is_said(
        self, dora: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_args: object, **_kwargs: object) -> None:
            raise ConnectionRefusedError

        monkeypatch.setattr(ResetPasswordForm, "save", broken)
        page = signed_in(dora).post(f"{PEOPLE}new/", {"email": "new@example.org"}, follow=True)
        assert "could not be sent" in page.content.decode()
        assert User.objects.filter(email="new@example.org").exists()

    def test_known_address_is_refused(self, dora: User, bob: User) -> None:
        answer = signed_in(dora).post(f"{PEOPLE}new/", {"email": "BOB@example.org"})
        assert answer.status_code == 422

    def test_changed_and_shut_out(self, dora: User, bob: User) -> None:
        url = f"{PEOPLE}{bob.pk}/"
        signed_in(dora).post(url, {"name": "Bob B.", "email": "bob@example.org"})
        bob.refresh_from_db()
        assert (bob.name, bob.is_active) == ("Bob B.", False)
        assert "person.changed" in actions()

    def test_one_administrator_remains(self, dora: User) -> None:
        answer = signed_in(dora).post(f"{PEOPLE}{dora.pk}/", {"name": "D", "is_active": "on"})
        assert answer.status_code == 422
        dora.refresh_from_db()
        assert dora.is_administrator

    def test_for_administrators_only(self, alice: User, bob: User) -> None:
        for url in (PEOPLE, f"{PEOPLE}new/", f"{PEOPLE}{bob.pk}/"):
            assert signed_in(alice).get(url).status_code == 403
            assert Client().get(url).status_code == 302
        assert signed_in(alice).post(f"{PEOPLE}new/", {"email": "x@y.no"}).status_code == 403

    def test_unknown_id_and_wrong_method(self, dora: User) -> None:
        assert signed_in(dora).get(f"{PEOPLE}999999/").status_code == 404
        assert signed_in(dora).post(PEOPLE).status_code == 405


class TestAccount:
    URL = "/account/"

    def test_own_name_zone_and_habits(self, bob: User) -> None:
        sent = {"name": "Bob", "timezone": "Europe/Oslo"}
        assert signed_in(bob).post(self.URL, sent).status_code == 302
        bob.refresh_from_db()
        assert (bob.name, bob.timezone, bob.keyboard_shortcuts) == ("Bob", "Europe/Oslo", False)

    def test_rights_cannot_be_given_to_oneself(self, bob: User) -> None:
        signed_in(bob).post(self.URL, {"name": "Bob", "is_administrator": "on"})
        bob.refresh_from_db()
        assert not bob.is_administrator

    def test_refusal_and_anonymous(self, bob: User) -> None:
        assert signed_in(bob).post(self.URL, {"timezone": "Mars"}).status_code == 422
        assert Client().get(self.URL).status_code == 302
        assert signed_in(bob).delete(self.URL).status_code == 405


def test_the_page_of_tokens_says_which_lost_their_teams(alice: User) -> None:
    side = factories.make_team("Side team")
    AccessToken.issue(alice, name="till", scopes=[Scope.INDICATORS_READ], teams=[side])
    words = "No longer works: its teams were deleted."
    assert words not in signed_in(alice).get("/integrations/").content.decode()
    side.delete()
    assert words in signed_in(alice).get("/integrations/").content.decode()
