"""The pages of annotations, comments, objectives and perspectives."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from indicators.models import Annotation, Comment, Indicator, Objective, Perspective
from teams.models import AuditEntry, Team, User
from tests import factories
from tests.conftest import signed_in

NOTE = "/annotations/new/?indicator=sales"
SAY = "/indicators/sales/comments/"


class TestNotes:
    def test_on_one_indicator_and_on_the_whole_team(self, carl: User, sales: Indicator) -> None:
        browser = signed_in(carl)
        sent = {"on": "2026-11-20", "text": "A release"}
        assert browser.post(NOTE, sent)["Location"] == "/indicators/sales/"
        browser.post(NOTE, sent | {"whole_team": "on"})
        team = browser.post("/annotations/new/?team=red-team", sent)
        assert team["Location"] == "/teams/red-team/"
        places = [(n.indicator_id, n.author) for n in Annotation.objects.order_by("id")]
        assert places == [(sales.pk, carl), (None, carl), (None, carl)]

    def test_removed_by_those_who_enter(self, carl: User, bob: User, sales: Indicator) -> None:
        signed_in(carl).post(NOTE, {"on": "2026-11-20", "text": "A release"})
        url = f"/annotations/{Annotation.objects.get().pk}/delete/"
        assert signed_in(bob).post(url).status_code == 403
        assert signed_in(carl).post(url).status_code == 302
        assert signed_in(carl).post(url).status_code == 404
        assert not Annotation.objects.exists()

    @pytest.mark.parametrize("sent", [{}, {"on": "soon", "text": "x"}, {"on": "2026-11-20"}])
    def test_refusals(self, carl: User, sales: Indicator, sent: dict[str, str]) -> None:
        assert signed_in(carl).post(NOTE, sent).status_code == 422
        assert not Annotation.objects.exists()

    def test_roles(self, bob: User, charlie: User, sales: Indicator) -> None:
        statuses = [signed_in(user).get(NOTE).status_code for user in (bob, charlie)]
        assert statuses == [403, 404]
        assert signed_in(charlie).get("/annotations/new/?team=red-team").status_code == 404
        assert signed_in(bob).get("/annotations/new/").status_code == 404
        assert signed_in(bob).delete(NOTE).status_code == 405
        assert Client().get(NOTE).status_code == 302


class TestComments:
    def test_said_shown_and_taken_back(self, carl: User, alice: User, sales: Indicator) -> None:
        browser = signed_in(carl)
        assert browser.post(SAY, {"text": "Why <b>?", "period": "2026-10-01"}).status_code == 302
        text = signed_in(alice).get(SAY).content.decode()
        assert "Why &lt;b&gt;?" in text and "about 1 Oct 2026" in text
        url = f"/comments/{Comment.objects.get().pk}/delete/"
        assert signed_in(alice).post(url).status_code == 403
        assert browser.post(url).status_code == 302
        assert not Comment.objects.exists()

    def test_nothing_said_is_refused(self, carl: User, sales: Indicator) -> None:
        assert signed_in(carl).post(SAY, {"text": " "}).status_code == 422

    def test_roles(self, bob: User, charlie: User, sales: Indicator) -> None:
        statuses = [signed_in(user).post(SAY, {"text": "x"}).status_code for user in (bob, charlie)]
        assert statuses == [403, 404]
        assert Client().post(SAY).status_code == 302
        assert signed_in(bob).delete(SAY).status_code == 405


class TestObjectives:
    NEW = "/teams/red-team/objectives/new/"

    def test_made_listed_and_changed(self, alice: User, bob: User) -> None:
        sent: dict[str, Any] = {"statement": "Grow by 20 %", "ends_on": "2027-12-31"}
        assert signed_in(alice).post(self.NEW, sent)["Location"] == "/objectives/"
        made = Objective.objects.get()
        assert (made.slug, made.team.slug) == ("grow-by-20", "red-team")
        page = signed_in(bob).get("/objectives/?team=red-team").content.decode()
        assert "Grow by 20 %" in page and "/objectives/grow-by-20/" not in page
        signed_in(alice).post("/objectives/grow-by-20/", sent | {"why": "It pays."})
        made.refresh_from_db()
        assert (made.why, made.slug) == ("It pays.", "grow-by-20")
        assert AuditEntry.objects.filter(action__startswith="objective").count() == 2

    def test_refusals(self, alice: User, red_team: Team) -> None:
        browser = signed_in(alice)
        assert browser.post(self.NEW, {}).status_code == 422
        dates = {"statement": "x", "starts_on": "2027-02-01", "ends_on": "2027-01-01"}
        assert browser.post(self.NEW, dates).status_code == 422
        assert not Objective.objects.exists()
        top = factories.make_objective(red_team, slug="top")
        below = factories.make_objective(red_team, slug="below", parent=top)
        answer = browser.post("/objectives/top/", {"statement": "x", "parent": below.pk})
        assert "parent" in answer.context["form"].errors

    def test_roles(self, bob: User, charlie: User, red_team: Team) -> None:
        factories.make_objective(red_team, "Secret", slug="top")
        for url in (self.NEW, "/objectives/top/"):
            statuses = [signed_in(u).post(url, {}).status_code for u in (bob, charlie)]
            assert statuses == [403, 404]
            assert Client().get(url).status_code == 302
        assert "Secret" not in signed_in(charlie).get("/objectives/").content.decode()
        assert signed_in(charlie).get("/objectives/?team=red-team").status_code == 404
        assert signed_in(bob).post("/objectives/").status_code == 405


class TestPerspectives:
    URL = "/perspectives/"

    def test_administrators_add_and_rename(self, dora: User) -> None:
        browser = signed_in(dora)
        before = Perspective.objects.count()
        browser.post(self.URL, {"name": "Our planet", "position": "9"})
        assert Perspective.objects.count() == before + 1
        browser.post(f"{self.URL}?edit=our-planet", {"name": "The planet", "position": "9"})
        assert Perspective.objects.get(slug="our-planet").name == "The planet"
        assert browser.post(self.URL, {"name": ""}).status_code == 422

    def test_roles(self, bob: User) -> None:
        assert signed_in(bob).get(self.URL).status_code == 200
        assert signed_in(bob).post(self.URL, {"name": "x"}).status_code == 403
        assert Client().get(self.URL).status_code == 302
        assert signed_in(bob).delete(self.URL).status_code == 405
