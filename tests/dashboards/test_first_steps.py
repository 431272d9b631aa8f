"""The first steps: who sees them, what ticks them off, and when they are gone."""

from __future__ import annotations

from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboards.board.first_steps import MOST_TEAMS, FirstSteps
from indicators.models import Indicator
from indicators.models.sharing import Sharing
from reviews.models import ReviewPlan
from teams.models import AuditEntry, Organisation, Team, User
from tests import factories
from tests.clock import NOW
from tests.conftest import signed_in
from tests.dashboards import rows

pytestmark = pytest.mark.django_db

OVERVIEW, BOARD = "/overview/", "/teams/red-team/"


def steps(user: User, url: str) -> FirstSteps | None:
    response = signed_in(user).get(url)
    assert response.status_code == 200
    found: FirstSteps | None = response.context["first_steps"]
    return found


def next_of(user: User, url: str) -> tuple[str, list[str]]:
    """The next step's name, and where its links lead."""
    found = steps(user, url)
    assert found is not None and found.next is not None
    return found.next.name, [link.url for link in found.next.links]


def page(user: User, url: str) -> str:
    html = unescape(signed_in(user).get(url).content.decode())
    return html[html.index("<main") : html.index("</main>")]


def make_kvi(team: Team) -> Indicator:
    kvi = factories.make_indicator(team, "calls", kind="kvi")
    rows.make_status(kvi, "no_data")
    return kvi


def fill(kvi: Indicator) -> None:
    """Everything that the list asks for after the number itself."""
    factories.make_measurements(kvi, [90], first=date(2026, 10, 1))
    rows.make_status(kvi, "on_track")
    factories.make_target(kvi)
    ReviewPlan.objects.create(team=kvi.team, next_at=NOW)


# --- the installation ---------------------------------------------------------------------------


def test_an_administrator_is_led_from_the_organisation_to_the_review(
    organisation: Organisation, dora: User
) -> None:
    assert signed_in(dora).get("/")["Location"] == OVERVIEW
    assert next_of(dora, OVERVIEW) == ("Set up the organisation", ["/organisation/"])
    Organisation.objects.update(name="Lumen")
    assert next_of(dora, OVERVIEW) == ("Create the first team", ["/organisation/teams/new/"])
    team = factories.make_team("Red team")
    assert next_of(dora, OVERVIEW) == ("Add the people", ["/organisation/people/new/"])
    factories.make_user("alice", manager=team)
    assert next_of(dora, OVERVIEW) == (
        "Choose the one number",
        [f"{BOARD}indicators/library/?kind=kvi", f"{BOARD}indicators/new/?kind=kvi"],
    )
    kvi = make_kvi(team)
    assert next_of(dora, OVERVIEW) == (
        "Enter the first value",
        ["/indicators/calls/values/", "/imports/?indicator=calls"],
    )
    factories.make_measurements(kvi, [90], first=date(2026, 10, 1))
    assert next_of(dora, OVERVIEW) == ("Set a target", ["/indicators/calls/target/"])
    factories.make_target(kvi)
    assert next_of(dora, OVERVIEW) == (
        "Plan the first review",
        [f"{BOARD}review-plans/new/"],
    )
    ReviewPlan.objects.create(team=team, next_at=NOW)
    assert steps(dora, OVERVIEW) is None


def test_a_saved_organisation_counts_even_under_its_first_name(dora: User) -> None:
    AuditEntry.record("organisation.changed", actor=dora)
    assert next_of(dora, OVERVIEW)[0] == "Create the first team"


def test_steps_that_need_a_team_have_no_button_before_there_is_one(dora: User) -> None:
    found = steps(dora, OVERVIEW)
    assert found is not None
    assert [bool(step.links) for step in found.steps] == [True] * 3 + [False] * 4
    html = page(dora, OVERVIEW)
    assert html.count("button primary") == 1 and "0 of 7 done" in html


def test_an_installation_with_many_teams_is_not_at_its_beginning(dora: User) -> None:
    for place in range(MOST_TEAMS + 1):
        factories.make_team(f"Team {place}")
    assert steps(dora, OVERVIEW) is None


def test_the_list_of_an_installation_is_for_administrators(alice: User) -> None:
    assert steps(alice, OVERVIEW) is None


def test_all_done_costs_one_query(red_team: Team, alice: User, dora: User) -> None:
    Organisation.objects.update(name="Lumen")
    client = signed_in(dora)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(OVERVIEW)
        return len(queries)

    fill(make_kvi(red_team))
    assert cost() == 9
    for place in range(MOST_TEAMS):
        factories.make_team(f"Team {place}")
    assert cost() == 8


# --- a team -------------------------------------------------------------------------------------


def test_a_manager_is_led_from_the_purpose_to_the_members(red_team: Team, alice: User) -> None:
    settings = f"{BOARD}settings/"
    assert next_of(alice, BOARD) == ("Say what the team is there for", [f"{settings}#team"])
    Team.objects.update(purpose="People find it.")
    assert next_of(alice, BOARD)[0] == "Choose the one number"
    html = page(alice, BOARD)
    assert "?kind=kvi&template=conversion" in html and "Supporting metrics" not in html
    kvi = make_kvi(red_team)
    assert next_of(alice, BOARD)[0] == "Enter the first value"
    assert "All steps" in page(alice, BOARD)  # the board is there, the list is folded
    fill(kvi)
    assert next_of(alice, BOARD) == ("Add the members", [f"{settings}#add-member"])
    factories.make_user("eve", viewer=red_team)
    assert steps(alice, BOARD) is None


def test_a_team_with_more_on_its_board_is_not_new(red_team: Team, alice: User) -> None:
    for place in range(3):
        rows.make_status(factories.make_indicator(red_team, f"one-{place}"), "on_track")
    assert steps(alice, BOARD) is None


def test_members_of_the_teams_above_are_members(red_team: Team, alice: User, bob: User) -> None:
    below = factories.make_team("Below", parent=red_team)
    found = steps(alice, "/teams/below/")
    assert found is not None and found.steps[-1].done
    assert not below.memberships.exists()


def test_a_team_that_looks_at_the_kvi_of_another_is_not_told_to_choose(
    red_team: Team, alice: User
) -> None:
    shared = factories.make_indicator(factories.make_team("Blue"), "shared", kind="kvi")
    rows.make_status(shared, "on_track")
    Sharing.objects.create(indicator=shared, team=red_team, as_kvi=True)
    assert steps(alice, BOARD) is None


def test_others_read_who_may_begin(red_team: Team, alice: User, bob: User, carl: User) -> None:
    for user in (bob, carl):
        assert steps(user, BOARD) is None
        html = page(user, BOARD)
        assert "Nothing is measured here yet" in html and "Alice" in html
        assert "/indicators/new/" not in html and "/settings/" not in html


def test_somebody_without_a_team_reads_whom_to_ask(alice: User, dora: User) -> None:
    nobody = factories.make_user("nobody")
    assert signed_in(nobody).get("/")["Location"] == OVERVIEW
    html = page(nobody, OVERVIEW)
    assert "You do not belong to a team yet" in html
    assert "Dora" in html and "mailto:dora@example.org" in html
    assert "New team" not in html


ALONE = ["/overview/", "/scorecard/", "/objectives/", "/entry/", "/reviews/"]


@pytest.mark.parametrize("url", ALONE)
def test_every_page_says_what_somebody_without_a_team_can_do(url: str, dora: User) -> None:
    html = page(factories.make_user("nobody"), url)
    assert "You do not belong to a team yet" in html and "mailto:dora@example.org" in html


@pytest.mark.parametrize("url", ALONE[1:])
def test_every_page_of_an_empty_installation_leads_to_the_first_team(url: str, dora: User) -> None:
    html = page(dora, url)
    assert "There is no team yet" in html and 'href="/organisation/teams/new/"' in html


@pytest.mark.parametrize("url", ["/objectives/", "/reviews/", f"{BOARD}reviews/"])
def test_a_viewer_is_not_told_to_do_what_others_do(url: str, bob: User) -> None:
    assert "The managers of a team" in page(bob, url)
