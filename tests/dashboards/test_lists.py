"""The list of a team's indicators, the company overview, and the scorecard."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboards.board.first_steps import MOST_TEAMS
from dashboards.company.overview import MOST_CARDS, build_overview
from indicators.models import Indicator, Perspective
from indicators.models.sharing import Sharing
from teams.models import Organisation, Team, User
from tests import clock, factories
from tests.conftest import signed_in
from tests.dashboards import rows
from verdicts.models import Verdict

pytestmark = pytest.mark.django_db

MARKUP = "<script>alert(1)</script>"


def judged(team: Team, key: str, status: str = "on_track", **fields: Any) -> Indicator:
    indicator = factories.make_indicator(team, key, **fields)
    rows.make_status(indicator, status)
    return indicator


def page(user: User, url: str, **query: str) -> str:
    response = signed_in(user).get(url, query)
    assert response.status_code == 200
    html = unescape(response.content.decode().replace("\u00a0", " "))
    return html[html.index("<main") : html.index("</main>")]


def names(html: str) -> list[str]:
    return re.findall(r'<th class="name" scope="row">\s*<a [^>]*>\s*([^<]+?)\s*</a>', html)


# --- the list ----------------------------------------------------------------------------------

LIST = "/teams/red-team/indicators/"


@pytest.fixture
def some(red_team: Team, alice: User) -> None:
    """Three indicators that differ in everything, a draft and a retired one."""
    judged(red_team, "calls", "off_track", kind="kvi", owner=alice)
    judged(red_team, "abandonment", "on_track", is_key=True, source="Web shop")
    judged(red_team, "outages", "no_data", kind="kri")
    Verdict.objects.filter(indicator__key="calls").update(severity=9)
    judged(red_team, "sketch", state="draft")
    judged(red_team, "past", state="retired")


def test_what_needs_attention_comes_first(some: None, bob: User) -> None:
    html = page(bob, LIST)
    assert names(html) == ["Calls", "Abandonment", "Outages"]
    assert "3 of 3" in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "call"}, ["Calls"]),
        ({"q": "SHOP"}, ["Abandonment"]),
        ({"q": "alice"}, ["Calls"]),
        ({"q": "alice shop"}, []),
        ({"q": "%"}, []),
        ({"status": "off_track"}, ["Calls"]),
        ({"status": "nonsense"}, ["Calls", "Abandonment", "Outages"]),
        ({"kind": "key"}, ["Abandonment"]),
        ({"kind": "kri"}, ["Outages"]),
        ({"kind": "kri", "status": "off_track"}, []),
        ({"state": "draft"}, ["Sketch"]),
        ({"state": "retired"}, ["Past"]),
        ({"sort": "name"}, ["Abandonment", "Calls", "Outages"]),
        ({"sort": "status"}, ["Abandonment", "Calls", "Outages"]),
        ({"sort": "owner"}, ["Calls", "Abandonment", "Outages"]),
        ({"sort": "kind"}, ["Calls", "Abandonment", "Outages"]),
    ],
)
def test_filters_search_and_order(
    query: dict[str, str], found: list[str], some: None, bob: User
) -> None:
    assert names(page(bob, LIST, **query)) == found


def test_chips_count_and_keep_the_rest_of_the_question(some: None, bob: User) -> None:
    html = page(bob, LIST, q="a", kind="kvi")
    chip = re.search(r'href="([^"]*)"[^>]*>(?:(?!</a>).)*Off track', html, re.DOTALL)
    assert chip is not None and chip[1] == "?q=a&status=off_track&kind=kvi"
    off = re.search(r'href="([^"]*)" aria-current="true">\s*KVI', html)
    assert off is not None and off[1] == "?q=a"


def test_retired_ones_are_offered_only_where_there_are_some(
    red_team: Team, some: None, bob: User, alice: User
) -> None:
    assert "Retired" in page(bob, LIST)
    other = factories.make_team("Other", visibility="organisation")
    judged(other, "one")
    assert "Retired" not in page(bob, "/teams/other/indicators/")


def test_shared_ones_are_on_the_list(red_team: Team, bob: User) -> None:
    shared = judged(factories.make_team("Blue"), "shared")
    Sharing.objects.create(indicator=shared, team=red_team)
    html = page(bob, LIST)
    assert names(html) == ["Shared"] and "Blue · monthly" in html


@pytest.mark.parametrize("status", Verdict.Status.values)
def test_every_status_is_on_the_list(status: str, red_team: Team, bob: User) -> None:
    judged(red_team, "any", status)
    html = page(bob, LIST)
    word = re.escape(str(Verdict.Status(status).label))
    assert len(re.findall(rf"</svg>\s*{word}", html)) == 2  # a chip and a pill


def test_empty_lists_say_what_to_do(red_team: Team, alice: User, bob: User) -> None:
    assert "No indicators yet" in page(bob, LIST)
    assert "New indicator" not in page(bob, LIST)
    assert "Start with the one number" in page(alice, LIST)
    assert "No matches" in page(bob, LIST, q="nothing")


def test_list_names_are_text(red_team: Team, alice: User) -> None:
    judged(red_team, "any", name=MARKUP, source=MARKUP)
    Team.objects.update(name=MARKUP, notice=MARKUP)
    for url in (LIST, f"{LIST}?q={MARKUP}", "/overview/", "/scorecard/"):
        html = signed_in(alice).get(url).content.decode()
        assert "<script>alert" not in html and " style=" not in html


@pytest.mark.parametrize("number", [1, 50])
def test_the_list_takes_as_many_queries_for_one_or_fifty(
    number: int, red_team: Team, alice: User
) -> None:
    for place in range(number):
        factories.make_target(judged(red_team, f"tile-{place}", owner=alice))
    client = signed_in(alice)
    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)
    assert len(queries) == 7


# --- the company -------------------------------------------------------------------------------


def test_teams_stand_side_by_side_under_their_parents(
    red_team: Team, organisation: Organisation, dora: User
) -> None:
    company = factories.make_team("Company")
    sales = factories.make_team("Sales", parent=company)
    judged(sales, "revenue", "at_risk", kind="kvi")
    judged(sales, "leads", "on_track")
    found = build_overview(dora, now=clock.NOW, organisation=Organisation.current())
    shown = [(group.name, [card.name for card in group.cards]) for group in found["groups"]]
    assert ("Company", ["Company", "Sales"]) in shown and ("", ["Red team"]) in shown
    card = next(card for group in found["groups"] for card in group.cards if card.name == "Sales")
    assert card.tile is not None and card.tile.name == "Revenue"
    assert [(one.status, one.count) for one in card.tally] == [("on_track", 1), ("at_risk", 1)]
    assert [(one.status, one.count) for one in found["tally"]] == [("on_track", 1), ("at_risk", 1)]


def test_a_shared_kvi_shows_whose_it_is(organisation: Organisation, dora: User) -> None:
    home, guest = factories.make_team("Home"), factories.make_team("Guest")
    Sharing.objects.create(indicator=judged(home, "one", kind="kvi"), team=guest, as_kvi=True)
    found = build_overview(dora, now=clock.NOW, organisation=Organisation.current())
    cards = [card for group in found["groups"] for card in group.cards]
    assert [(card.name, card.tile.home if card.tile else None) for card in cards] == [
        ("Guest", "Home"),
        ("Home", ""),
    ]


def test_a_team_without_kvi_says_so(red_team: Team, bob: User) -> None:
    html = page(bob, "/overview/")
    assert "No KVI yet" in html and "No indicators of its own" in html


@pytest.mark.parametrize("status", Verdict.Status.values)
def test_every_status_is_on_the_overview(status: str, red_team: Team, bob: User) -> None:
    judged(red_team, "kvi", status, kind="kvi")
    assert Verdict.Status(status).label in page(bob, "/overview/")


def test_nobody_sees_the_teams_of_others(
    red_team: Team, charlie: User, alice: User, bob: User
) -> None:
    judged(red_team, "kvi", kind="kvi", name="Hidden number")
    html = page(charlie, "/overview/")
    assert "Blue team" in html and "Red team" not in html and "Hidden number" not in html
    nobody = factories.make_user("nobody")
    assert "You do not belong to a team yet" in page(nobody, "/overview/")


@pytest.mark.parametrize("number", [MOST_TEAMS, MOST_CARDS + 10])
def test_the_overview_takes_as_many_queries_for_many_teams(
    number: int, organisation: Organisation, dora: User
) -> None:
    parent = factories.make_team("Parent")
    for place in range(number):
        team = factories.make_team(f"Team {place}", parent=parent)
        factories.make_target(judged(team, f"kvi-{place}", kind="kvi"))
    client = signed_in(dora)
    with CaptureQueriesContext(connection) as queries:
        html = client.get("/overview/").content.decode()
    assert len(queries) == 8
    assert ("<table" in html) is (number > MOST_CARDS)  # many teams are rows
    assert html.count(">On track</span>") == number


# --- the scorecard -----------------------------------------------------------------------------


def test_objectives_by_perspective(red_team: Team, bob: User) -> None:
    customer = Perspective.objects.create(slug="p1", name="Customers first", position=1)
    solved = factories.make_objective(red_team, "Solve it", perspective=customer)
    factories.make_objective(red_team, "Nobody measures this")
    judged(red_team, "calls", "off_track", objective=solved)
    judged(red_team, "stray")
    html = page(bob, "/scorecard/")
    assert html.index("Customers first") < html.index("Solve it") < html.index("Calls")
    assert html.index("Without a perspective") < html.index("Nobody measures this")
    assert "No indicator measures it yet" in html
    assert "1 active indicator serves no objective." in " ".join(html.split())


def test_an_objective_with_many_indicators_shows_the_urgent_ones(red_team: Team, bob: User) -> None:
    goal = factories.make_objective(red_team, "Goal")
    for place in range(8):
        row = judged(red_team, f"n-{place}", objective=goal)
        Verdict.objects.filter(pk=row.pk).update(severity=place)
    html = page(bob, "/scorecard/")
    assert "N 7" in html and "N 0" not in html and "and 2 more" in html


def test_without_objectives_it_says_what_they_are(bob: User, charlie: User, red_team: Team) -> None:
    factories.make_objective(red_team, "Hidden goal")
    html = page(charlie, "/scorecard/")
    assert "No objectives yet" in html and "Hidden goal" not in html


@pytest.mark.parametrize("number", [1, 40])
def test_the_scorecard_takes_as_many_queries_for_many(
    number: int, red_team: Team, alice: User
) -> None:
    for place in range(number):
        goal = factories.make_objective(red_team, f"Goal {place}")
        judged(red_team, f"n-{place}", objective=goal, owner=alice)
    client = signed_in(alice)
    with CaptureQueriesContext(connection) as queries:
        client.get("/scorecard/")
    assert len(queries) == 8


# --- the doors ---------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [LIST, "/overview/", "/scorecard/"])
def test_the_doors(url: str, red_team: Team, alice: User, bob: User, charlie: User) -> None:
    assert signed_in(alice).get(url).status_code == 200
    assert signed_in(bob).get(url).status_code == 200
    assert signed_in(charlie).get(url).status_code == (404 if url == LIST else 200)
    assert signed_in(bob).post(url).status_code == 405
    response = Client().get(url)
    assert response.status_code == 302 and response["Location"].startswith("/accounts/login/")
    assert signed_in(bob).get("/teams/unknown/indicators/").status_code == 404


@pytest.mark.parametrize("url", [LIST, "/overview/", "/scorecard/", "/search/?q=private"])
def test_what_is_private_is_neither_named_nor_counted(
    url: str, red_team: Team, alice: User, bob: User, carl: User
) -> None:
    goal = factories.make_objective(red_team, "Goal")
    judged(red_team, "private", "off_track", level="individual", owner=carl, objective=goal)
    seen, unseen = page(carl, url), page(bob, url)
    assert "Private" in seen or "off track" in seen.lower()
    assert "/private/" not in unseen and "off track" not in unseen.lower()
