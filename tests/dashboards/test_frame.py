"""The frame around every page, search, refusals, and the mails of a trial."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch
from pytest_django import Settings

from indicators.models import Indicator
from indicators.models.sharing import Sharing
from reviews.models import ReviewPlan
from teams.models import Organisation, Team, User
from tests import clock, factories
from tests.conftest import signed_in
from tests.dashboards import rows
from web.links import address

pytestmark = pytest.mark.django_db

MARKUP = "<script>alert(1)</script>"


def judged(team: Team, key: str, status: str = "on_track", **fields: Any) -> Indicator:
    indicator = factories.make_indicator(team, key, **fields)
    rows.make_status(indicator, status)
    return indicator


def frame(user: User, url: str) -> Any:
    response = signed_in(user).get(url)
    assert response.status_code == 200
    return response.context["frame"]


# --- the frame ---------------------------------------------------------------------------------


@pytest.mark.at("2026-11-21T12:00Z")
def test_the_own_team_with_its_pages(red_team: Team, alice: User) -> None:
    judged(red_team, "one")
    ReviewPlan.objects.create(team=red_team, next_at=clock.NOW)
    found = frame(alice, "/overview/")
    assert found.team.name == "Red team"
    links = {link.section: (link.url, link.count) for link in found.links}
    assert links["dashboard"] == ("/teams/red-team/", "")
    assert links["indicators"] == ("/teams/red-team/indicators/", "1")
    assert links["reviews"][1].replace("\u00a0", " ") == "21 Nov"
    assert links["overview"][0] == "/overview/"
    assert found.user.initials == "A" and found.user.name == "Alice"
    assert found.shortcuts["indicators"] == "/teams/red-team/indicators/"


def test_the_team_in_view_goes_before_the_own(red_team: Team, charlie: User) -> None:
    green = factories.make_team("Green")
    kvi = judged(green, "kvi", "off_track", kind="kvi")
    found = frame(charlie, "/teams/green/")
    assert (found.team.name, found.team.status) == ("Green", "off_track")
    assert [team.name for team in found.teams] == ["Blue team"]
    assert frame(charlie, f"/indicators/{kvi.key}/").team.name == "Green"
    home = frame(charlie, "/overview/")
    assert home.team.name == "Blue team"
    assert [(team.name, team.status) for team in home.teams] == [("Green", "off_track")]


def test_a_shared_kvi_colours_its_guest(charlie: User) -> None:
    kvi = judged(factories.make_team("Green"), "kvi", "at_risk", kind="kvi")
    Sharing.objects.create(indicator=kvi, team=Team.objects.get(slug="blue-team"), as_kvi=True)
    assert frame(charlie, "/overview/").team.status == "at_risk"


def test_the_frame_shows_no_team_one_may_not_see(red_team: Team, charlie: User) -> None:
    found = frame(charlie, "/overview/")
    assert [team.name for team in (found.team, *found.teams)] == ["Blue team"]


def test_single_keys_can_be_switched_off(alice: User) -> None:
    User.objects.update(keyboard_shortcuts=False)
    response = signed_in(alice).get("/overview/")
    assert response.context["frame"].shortcuts is None
    assert b"data-dashboard" not in response.content


def test_only_those_who_define_find_new(red_team: Team, alice: User, bob: User) -> None:
    assert "new" in [link.section for link in frame(alice, "/overview/").tabs]
    assert "new" not in [link.section for link in frame(bob, "/overview/").tabs]


def test_who_may_finds_new_team_people_and_organisation(alice: User, bob: User, dora: User) -> None:
    def found(user: User) -> set[str]:
        shown = frame(user, "/overview/")
        return {link.section for link in (*shown.links, *shown.foot_links)}

    ours = {"new_team", "people", "organisation"}
    assert found(dora) & ours == ours
    assert found(alice) & ours == {"new_team"}
    assert found(bob) & ours == set()


@pytest.mark.parametrize(
    ("words", "name", "finders"),
    [
        ("new team", "New team", {"alice", "dora"}),
        ("users", "People", {"dora"}),
        ("currency", "Organisation", {"dora"}),
        ("trail", "Audit", {"dora"}),
    ],
)
def test_search_leads_to_pages_that_one_may_open(
    words: str, name: str, finders: set[str], alice: User, bob: User, dora: User
) -> None:
    for user in (alice, bob, dora):
        results = signed_in(user).get("/search/", {"q": words}).context["results"]
        shown = {one.name: one.url for one in results}
        assert (name in shown) is (user.name.lower() in finders), user
        if name in shown:
            assert signed_in(user).get(shown[name]).status_code == 200


def test_whoever_enters_values_finds_the_grid_on_phones(
    red_team: Team, alice: User, bob: User
) -> None:
    def tabs(user: User) -> list[str]:
        return [link.section for link in frame(user, "/overview/").tabs]

    assert tabs(alice) == ["dashboard", "indicators", "reviews", "entry", "new"]
    assert tabs(bob) == ["dashboard", "indicators", "reviews", "overview"]
    red_team.memberships.filter(user=bob).update(role="contributor")
    assert tabs(bob) == ["dashboard", "indicators", "reviews", "entry", "overview"]


def test_the_menu_on_phones_is_the_sidebar(bob: User) -> None:
    html = signed_in(bob).get("/overview/").content.decode()
    assert html.count('popovertarget="menu"') == html.count('id="menu"') == 1
    assert "popovertarget" not in Client().get("/accounts/login/").content.decode()


def test_the_frame_is_one_query_for_many_teams(organisation: Organisation, dora: User) -> None:
    def cost() -> int:
        client = signed_in(dora)
        with CaptureQueriesContext(connection) as queries:
            client.get("/mails/")
        return len(queries)

    factories.make_team("First")
    before = cost()
    for place in range(30):
        judged(factories.make_team(f"Team {place}"), f"kvi-{place}", kind="kvi")
    assert cost() == before == 5
    assert len(frame(dora, "/overview/").teams) == 9


# --- refusals ----------------------------------------------------------------------------------


def test_a_page_that_is_not_there(bob: User) -> None:
    response = signed_in(bob).get("/nothing/here/")
    assert response.status_code == 404
    assert b"Nothing here" in response.content
    assert response["X-Request-Id"].encode() in response.content


def test_a_form_of_an_earlier_session_is_refused_in_our_look(bob: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(bob)
    response = browser.post("/account/", {"name": "Robert"})
    assert response.status_code == 403
    html = response.content.decode()
    assert "nothing was changed" in html and "Allow cookies" in html
    assert "<style" not in html and response["X-Request-Id"] in html
    browser.get("/account/")
    again = browser.post("/account/", {"csrfmiddlewaretoken": "a" * 32}).content.decode()
    assert "You signed in again" in again


def test_the_api_refuses_in_its_own_manner(bob: User) -> None:
    response = signed_in(bob).get("/api/v1/nothing/")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["status"] == 404


# --- search ------------------------------------------------------------------------------------


def found(user: User, q: str, **headers: str) -> str:
    return signed_in(user).get("/search/", {"q": q}, headers=headers).content.decode()


def test_the_palette_gets_eight_results_and_no_page(red_team: Team, bob: User) -> None:
    for place in range(12):
        judged(red_team, f"calls-{place}")
    html = found(bob, "calls", **{"HX-Request": "true"})
    assert html.count("<li>") == 8 and "<html" not in html
    assert 'href="/indicators/calls-0/"' in html and "Red team · On track" in html
    assert found(bob, "calls").count('<a href="/indicators/') == 12


def test_beginnings_go_first_and_retired_ones_last(red_team: Team, bob: User) -> None:
    judged(red_team, "old", state="retired", name="Call costs")
    judged(red_team, "inside", name="All calls")
    judged(red_team, "begins", name="Calls")
    html = found(bob, "call", **{"HX-Request": "true"})
    assert html.index("/begins/") < html.index("/inside/") < html.index("/old/")
    assert "Retired" in html


def test_teams_and_pages_are_found_too(red_team: Team, bob: User) -> None:
    assert 'href="/teams/red-team/"' in found(bob, "red")
    assert 'href="/scorecard/"' in found(bob, "score")
    assert 'href="/teams/red-team/"' in found(bob, "", **{"HX-Request": "true"})


def test_search_finds_nothing_one_may_not_see(red_team: Team, charlie: User) -> None:
    judged(red_team, "hidden-calls")
    html = found(charlie, "calls")
    assert "hidden-calls" not in html and "No results for" in html
    assert 'href="/teams/red-team/"' not in found(charlie, "red")


def test_nothing_found_offers_to_make_it(red_team: Team, alice: User, bob: User) -> None:
    assert "Create indicator" in found(alice, "moonshots")
    assert "Create indicator" not in found(bob, "moonshots")


def test_the_question_is_text(red_team: Team, alice: User) -> None:
    judged(red_team, "any", name=MARKUP)
    for question in (MARKUP, "script"):
        assert "<script>alert" not in found(alice, question)
    assert signed_in(alice).get("/search/", {"q": "x" * 5000}).status_code == 200


def test_the_doors_of_search(bob: User) -> None:
    assert signed_in(bob).post("/search/").status_code == 405
    assert Client().get("/search/?q=a")["Location"].startswith("/accounts/login/")


# --- mails -------------------------------------------------------------------------------------


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """An installation that writes its mails to a folder."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return tmp_path / "mail"


def send(subject: str, body: str) -> None:
    mail = EmailMultiAlternatives(subject, body, "kpitrack@example.org", ["alice@example.org"])
    mail.attach_alternative("<p>HTML</p>", "text/html")
    mail.send()


def test_administrators_read_what_was_written(folder: Path, dora: User) -> None:
    send("Calls are off track – week 47", f"See https://example.org/x\n{MARKUP}\nGrüße")
    html = signed_in(dora).get("/mails/").content.decode()
    assert "Calls are off track – week 47" in html and "alice@example.org" in html
    (file,) = folder.glob("*.log")
    html = signed_in(dora).get(f"/mails/{file.name}/0/").content.decode()
    assert "Grüße" in html and 'href="https://example.org/x"' in html
    assert "<script>alert" not in html and "<p>HTML</p>" not in html


def test_no_mail_yet(folder: Path, dora: User) -> None:
    assert b"No e-mails yet" in signed_in(dora).get("/mails/").content


def test_mails_are_for_administrators(folder: Path, alice: User, dora: User) -> None:
    for url in ("/mails/", "/mails/a.log/0/"):
        assert signed_in(alice).get(url).status_code == 403
        assert Client().get(url).status_code == 302
        assert signed_in(dora).post(url).status_code == 405


@pytest.mark.parametrize("name", ["..log", "a.txt", "..%2Fsecret_key", "unknown.log", "%2e%2e.log"])
def test_only_mails_of_the_folder_are_shown(name: str, folder: Path, dora: User) -> None:
    folder.mkdir()
    (folder.parent / "secret_key").write_text("secret")
    (folder / "a.txt").write_text("secret")
    assert signed_in(dora).get(f"/mails/{name}/0/").status_code == 404


def test_an_installation_that_sends_mails_shows_none(settings: Settings, dora: User) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert signed_in(dora).get("/mails/").status_code == 404
    assert "mails" not in [link.section for link in frame(dora, "/overview/").foot_links]


def test_a_folder_full_of_rubbish_is_listed_without_failing(folder: Path, dora: User) -> None:
    folder.mkdir()
    (folder / "broken.log").write_bytes(b"\xff\xfe\x00 not a mail\n" + b"-" * 79 + b"\n")
    assert signed_in(dora).get("/mails/").status_code == 200


def test_a_misspelt_route_is_an_error() -> None:
    """An empty address made the link disappear, and nobody noticed."""
    with pytest.raises(NoReverseMatch):
        address("team_bord", "red-team")
