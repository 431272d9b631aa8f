"""The board of a team: what it shows, to whom, and with how many queries."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboards.board.board import Board, build_board
from indicators.models import Annotation, Indicator, StaleMark
from indicators.models.sharing import Sharing
from reviews.models import Action, Review, ReviewPlan
from teams.models import Organisation, Team, User
from tests import clock, factories
from tests.conftest import signed_in
from tests.dashboards import rows
from verdicts.models import Verdict

pytestmark = pytest.mark.django_db

MARKUP = "<script>alert(1)</script>"


def page(user: User, team: Team, **query: str) -> str:
    response = signed_in(user).get(f"/teams/{team.slug}/", query)
    assert response.status_code == 200
    return unescape(response.content.decode().replace("\u00a0", " "))


def board(team: Team, user: User) -> Board:
    user.forget_reach()
    return build_board(team, user, now=clock.NOW, organisation=Organisation.current())


def judged(team: Team, key: str, status: str = "on_track", **fields: Any) -> Indicator:
    indicator = factories.make_indicator(team, key, **fields)
    rows.make_status(indicator, status)
    return indicator


def fill(team: Team, user: User, number: int) -> None:
    """A board with everything on it, and so many further tiles."""
    kvi = judged(team, "kvi", kind="kvi")
    rows.make_analysis(kvi, [50.0, 48.0, 47.0])
    factories.make_target(kvi, "40", kind="reach", baseline=Decimal(30), starts_on=date(2026, 1, 1),
                          due_on=date(2026, 12, 31))  # fmt: skip
    Annotation.objects.create(team=team, indicator=kvi, on=date(2026, 9, 1), text="Release")
    plan = ReviewPlan.objects.create(team=team, next_at=clock.NOW)
    plan.attendees.add(user)
    for place in range(number):
        watched = judged(team, f"tile-{place}", is_key=place < 4, owner=user)
        factories.make_target(watched)


# --- what it shows ----------------------------------------------------------------------------


def test_hero_first_then_keys_then_supporting(red_team: Team, bob: User) -> None:
    kvi = judged(red_team, "calls", "at_risk", kind="kvi", name="Calls per 1,000")
    Verdict.objects.filter(pk=kvi.pk).update(reason="1.2 above the milestone.")
    rows.make_analysis(kvi, [50.0, 48.0, 47.0])
    judged(red_team, "conversion", is_key=True)
    judged(red_team, "abandonment")
    html = page(bob, red_team)
    assert "1.2 above the milestone." in html
    assert html.index("Calls per 1,000") < html.index("Key indicators") < html.index("Conversion")
    assert html.index("Supporting metrics") < html.index("Abandonment")
    assert 'class="chart wide"' in html and 'class="chart narrow"' in html


def test_a_chance_beside_a_forecast_further_out_names_its_own_period(
    red_team: Team, bob: User
) -> None:
    kvi = judged(red_team, "calls", kind="kvi")
    factories.make_target(kvi, "45")
    steps = [
        {"period": f"2026-{month}-01", "mean": 46, "low80": 44, "high80": 48} for month in (11, 12)
    ]
    chance = {"probability_of_target": 0.71, "probability_on": "2026-11-01", "points": steps}
    rows.make_analysis(kvi, [50.0, 48.0, 47.0], forecast=chance)
    hero = board(red_team, bob).hero
    assert hero is not None
    assert [(fact.term, fact.figure.replace("\u00a0", " ")) for fact in hero.facts[1:]] == [
        ("Forecast, December", "46.0"),
        ("Chance to hold it in November", "71 %"),
    ]


def test_attention_comes_first(red_team: Team, bob: User) -> None:
    for name, severity in (("calm", 1), ("burning", 9), ("warm", 5)):
        key = judged(red_team, name, is_key=True)
        Verdict.objects.filter(pk=key.pk).update(severity=severity)
    assert [tile.key for tile in board(red_team, bob).keys] == ["burning", "warm", "calm"]


def test_never_more_than_five_keys(red_team: Team, bob: User) -> None:
    for place in range(7):
        judged(red_team, f"key-{place}", is_key=True)
    found = board(red_team, bob)
    assert (len(found.keys), len(found.supporting)) == (5, 2)


def test_the_own_kvi_goes_before_a_shared_one(red_team: Team, bob: User) -> None:
    blue = factories.make_team("Blue")
    shared = judged(blue, "shared-kvi", kind="kvi")
    Sharing.objects.create(indicator=shared, team=red_team, as_kvi=True)
    hero = board(red_team, bob).hero
    assert hero is not None and (hero.tile.name, hero.tile.home) == ("Shared kvi", "Blue")
    judged(red_team, "own-kvi", kind="kvi")
    found = board(red_team, bob)
    assert found.hero is not None and found.hero.tile.name == "Own kvi"
    assert [tile.key for tile in found.supporting] == ["shared-kvi"]


def test_a_shared_indicator_is_watched_and_says_whose_it_is(red_team: Team, bob: User) -> None:
    blue = factories.make_team("Blue")
    shared = judged(blue, "shared", is_key=True)
    Sharing.objects.create(indicator=shared, team=red_team)
    found = board(red_team, bob)
    assert found.keys == () and found.hero is None
    assert found.supporting[0].source == "Blue · monthly"


def test_drafts_and_retired_ones_stay_away(red_team: Team, bob: User) -> None:
    judged(red_team, "sketch", state="draft")
    judged(red_team, "past", state="retired")
    assert board(red_team, bob).is_empty


def test_the_tally_counts_what_stands_beside_it(red_team: Team, bob: User) -> None:
    judged(red_team, "kvi", "off_track", kind="kvi")
    judged(red_team, "one", "on_track", is_key=True)
    judged(red_team, "two", "at_risk", is_key=True)
    judged(red_team, "three", "at_risk", is_key=True)
    tally = [(found.status, found.count) for found in board(red_team, bob).tally]
    assert tally == [("on_track", 1), ("at_risk", 2)]


@pytest.mark.parametrize("status", Verdict.Status.values)
def test_every_status_is_a_word_on_every_kind_of_tile(
    status: str, red_team: Team, bob: User
) -> None:
    kvi = judged(red_team, "kvi", status, kind="kvi")
    rows.make_analysis(kvi, [] if status == "no_data" else [40.0, 41.0])
    judged(red_team, "key", status, is_key=True)
    judged(red_team, "watched", status)
    html = page(bob, red_team)
    word = Verdict.Status(status).label
    assert len(re.findall(rf'<span class="pill [a-z]+">.*?{word}', html)) == 3


def test_unknown_is_a_dash_and_never_zero(red_team: Team, bob: User) -> None:
    judged(red_team, "kvi", "no_data", kind="kvi")
    tile = judged(red_team, "key", "no_data", is_key=True)
    html = page(bob, red_team)
    assert "No measurements yet" in html
    assert "\u2013" in html
    assert not re.search(r'class="(value|big-number)[^>]*>\s*0', html)
    assert str(board(red_team, bob).keys[0].value) == "\u2013"
    assert tile.verdict.value is None


def test_a_stale_tile_says_how_old_and_what_is_expected(red_team: Team, bob: User) -> None:
    judged(red_team, "key", "stale", is_key=True, source="the survey")
    html = page(bob, red_team)
    assert "Stale, 82 days" in html or "Stale, " in html
    found = board(red_team, bob).keys[0]
    assert found.status_label == "Stale, 82 days"
    assert found.freshness == "Last value: August"
    assert found.expected == "Expected monthly, source: the survey"
    assert found.change is None


def test_a_running_period_says_so_far(red_team: Team, bob: User) -> None:
    judged(red_team, "key", "provisional", is_key=True)
    assert board(red_team, bob).keys[0].freshness == "November so far"


def test_noise_is_grey(red_team: Team, bob: User) -> None:
    key = judged(red_team, "key", is_key=True, direction="up")
    change = board(red_team, bob).keys[0].change
    assert change is not None and (change.arrow, change.meaning) == ("up", "good")
    assert change.compared == "vs September"
    Verdict.objects.filter(pk=key.pk).update(signal="steady")
    change = board(red_team, bob).keys[0].change
    assert change is not None and (change.arrow, change.meaning) == ("flat", "flat")


def test_without_target_no_target_is_drawn(red_team: Team, bob: User) -> None:
    judged(red_team, "key", "no_target", is_key=True)
    tile = board(red_team, bob).keys[0]
    assert tile.target == "" and tile.bullet is None
    assert 'class="target"' not in tile.spark


def test_flows_say_per_what_they_are(red_team: Team, bob: User) -> None:
    judged(red_team, "key", is_key=True, rollup="sum", unit_label="calls", period="month")
    assert board(red_team, bob).keys[0].small == "calls per month"


# --- empty places -----------------------------------------------------------------------------


def test_an_empty_board_invites_those_who_define(red_team: Team, alice: User, bob: User) -> None:
    assert "Nothing is measured here yet" in page(bob, red_team)
    found = board(red_team, alice)
    assert found.is_empty and found.rights.define
    assert board(red_team, bob).examples == ()


def test_a_board_without_kvi_still_shows_the_rest(red_team: Team, bob: User) -> None:
    judged(red_team, "key", is_key=True)
    html = page(bob, red_team)
    assert "No key value indicator yet" in html and "Key indicators" in html
    assert "No review planned" in html


# --- honesty ----------------------------------------------------------------------------------


def test_notices_are_told(red_team: Team, bob: User, organisation: Organisation) -> None:
    Team.objects.filter(pk=red_team.pk).update(notice="From the archive.")
    Organisation.objects.update(notice="A trial.")
    red_team.refresh_from_db()
    html = page(bob, red_team)
    assert "From the archive." in html and "A trial." in html


def test_synthetic_numbers_are_said_to_be(red_team: Team, bob: User) -> None:
    judged(red_team, "key", synthetic=True)
    assert "synthetic" in page(bob, red_team).lower()


def test_names_are_text_and_never_markup(red_team: Team, bob: User) -> None:
    kvi = judged(red_team, "kvi", kind="kvi", name=MARKUP, source=MARKUP, unit_label=MARKUP[:30])
    rows.make_analysis(kvi, [1.0, 2.0])
    Annotation.objects.create(team=red_team, indicator=kvi, on=date(2026, 9, 20), text=MARKUP)
    for place, key in enumerate((True, False)):
        tile = judged(red_team, f"t{place}", is_key=key, name=MARKUP, source=MARKUP)
        Verdict.objects.filter(pk=tile.pk).update(reason=MARKUP, needs_talk=True)
    Team.objects.filter(pk=red_team.pk).update(name=MARKUP, purpose=MARKUP, notice=MARKUP)
    ReviewPlan.objects.create(team=red_team, name=MARKUP, next_at=clock.NOW)
    response = signed_in(bob).get(f"/teams/{red_team.slug}/")
    html = response.content.decode()
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert") > 8


def test_nothing_inline(red_team: Team, alice: User) -> None:
    fill(red_team, alice, 6)
    html = signed_in(alice).get(f"/teams/{red_team.slug}/").content.decode()
    assert " style=" not in html and "<style" not in html and " onclick" not in html
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))


# --- what is being computed -------------------------------------------------------------------


def test_a_page_that_waits_asks_again_but_not_for_ever(red_team: Team, bob: User) -> None:
    key = judged(red_team, "key", is_key=True)
    assert "hx-trigger" not in page(bob, red_team)
    StaleMark.objects.filter(pk=key.pk).update(since=clock.now())
    html = page(bob, red_team)
    assert "being recomputed" in html
    assert f'hx-get="/teams/{red_team.slug}/?poll=1"' in html
    client = signed_in(bob)
    part = client.get(f"/teams/{red_team.slug}/?poll=1", headers={"HX-Request": "true"})
    assert b"<html" not in part.content and b'id="tiles"' in part.content
    last = client.get(f"/teams/{red_team.slug}/?poll=3", headers={"HX-Request": "true"})
    assert b"hx-get" not in last.content


# --- the next review --------------------------------------------------------------------------


def test_the_next_date_of_a_plan(red_team: Team, alice: User) -> None:
    at = datetime(2026, 12, 2, 10, tzinfo=UTC)
    plan = ReviewPlan.objects.create(team=red_team, name="November review", next_at=at)
    plan.attendees.add(alice, factories.make_user(viewer=red_team))
    key = judged(red_team, "key", "off_track")
    Verdict.objects.filter(pk=key.pk).update(needs_talk=True, severity=9, reason="Far behind.")
    meeting = board(red_team, alice).meeting
    assert meeting is not None
    assert (meeting["month"], meeting["day"], meeting["title"]) == ("Dec", "2", "November review")
    assert meeting["when"] == "Wednesday 10:00, 45 minutes, 2 people"
    assert [(reason["text"], reason["aside"]) for reason in meeting["reasons"]] == [
        ("Key", "Far behind.")
    ]
    assert not meeting["is_open"]


def test_an_open_review_goes_before_the_next_date(red_team: Team, alice: User) -> None:
    ReviewPlan.objects.create(team=red_team, next_at=clock.NOW, meets_at=time(9))
    review = Review.objects.create(
        team=red_team, title="Today", scheduled_at=clock.NOW, opened_at=clock.NOW
    )
    Action.objects.create(review=review, text="Second", due_on=date(2026, 12, 2), owner=alice)
    Action.objects.create(review=review, text="First", due_on=date(2026, 12, 1), owner=alice)
    Action.objects.create(review=review, text="Done", done_at=clock.NOW)
    meeting = board(red_team, alice).meeting
    assert meeting is not None and meeting["is_open"] and meeting["title"] == "Today"
    assert meeting["url"] == f"/reviews/{review.pk}/"
    promise = meeting["reasons"][-1]
    assert promise["text"] == "2 actions are still open"
    assert promise["aside"] == "Oldest: “First”, Alice"


# --- who --------------------------------------------------------------------------------------


def test_a_viewer_finds_nothing_to_press(red_team: Team, bob: User, alice: User) -> None:
    fill(red_team, alice, 2)
    judged(red_team, "empty", "no_data")
    html = page(bob, red_team)
    html = html[html.index("<main") : html.index("</main>")]
    for words in ("New indicator", "Add note", "Enter a value", "enter a value"):
        assert words not in html


def test_a_stranger_finds_nothing(red_team: Team, charlie: User) -> None:
    assert signed_in(charlie).get(f"/teams/{red_team.slug}/").status_code == 404


def test_a_shared_private_indicator_stays_private(red_team: Team, bob: User, alice: User) -> None:
    judged(red_team, "mine", level="individual", owner=alice)
    assert board(red_team, bob).is_empty
    assert not board(red_team, alice).is_empty


def test_anonymous_signs_in_first(red_team: Team) -> None:
    response = Client().get(f"/teams/{red_team.slug}/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=")


def test_an_unknown_team(bob: User) -> None:
    assert signed_in(bob).get("/teams/nowhere/").status_code == 404


def test_only_reading(red_team: Team, alice: User) -> None:
    assert signed_in(alice).post(f"/teams/{red_team.slug}/").status_code == 405


@pytest.mark.parametrize(
    "query", ["span=13", "span=all", "span=-1", "span=%F0", "poll=x", "poll=9999999"]
)
def test_odd_questions_are_answered(query: str, red_team: Team, alice: User) -> None:
    fill(red_team, alice, 1)
    assert signed_in(alice).get(f"/teams/{red_team.slug}/?{query}").status_code == 200


# --- home -------------------------------------------------------------------------------------


def test_home_is_the_own_board(red_team: Team, bob: User) -> None:
    assert signed_in(bob).get("/")["Location"] == "/teams/red-team/"


def test_home_of_someone_without_a_team_is_the_company(dora: User) -> None:
    assert signed_in(dora).get("/")["Location"] == "/overview/"


def test_home_asks_strangers_to_sign_in(db: None) -> None:
    assert Client().get("/")["Location"].startswith("/accounts/login/")


# --- how much it costs ------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 50])
def test_the_board_takes_four_queries_for_one_tile_or_fifty(
    number: int, red_team: Team, alice: User
) -> None:
    fill(red_team, alice, number)
    alice.reach  # noqa: B018  # read once a request, whatever page
    with CaptureQueriesContext(connection) as queries:
        build_board(red_team, alice, now=clock.NOW, organisation=Organisation.current())
    assert len(queries) == 4


@pytest.mark.parametrize("number", [2, 50])  # with fewer tiles the first steps are looked up
def test_the_page_takes_as_many_queries_for_one_tile_or_fifty(
    number: int, red_team: Team, alice: User
) -> None:
    fill(red_team, alice, number)
    client = signed_in(alice)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/teams/{red_team.slug}/")
    assert len(queries) == 8


# --- totals ------------------------------------------------------------------------------------


def test_a_running_total_compares_what_was_added(red_team: Team, bob: User) -> None:
    key = judged(red_team, "signups", is_key=True, rollup="sum", unit_label="people")
    factories.make_target(
        key, "900", kind="accumulate", starts_on=date(2026, 10, 1), due_on=date(2026, 12, 31)
    )
    Verdict.objects.filter(pk=key.pk).update(
        value=Decimal(450), previous=Decimal(250), spark_values=[100.0, 250.0, 200.0]
    )
    tile = board(red_team, bob).keys[0]
    assert (str(tile.value).replace("\u00a0", " "), tile.small) == ("450 people", "people in total")
    assert tile.change is not None
    assert (tile.change.arrow, tile.change.meaning) == ("down", "bad")  # 200 after 250
    assert tile.way is not None and tile.way.position == 0.5


def test_a_running_period_does_not_count_as_added(red_team: Team, bob: User) -> None:
    key = judged(red_team, "signups", is_key=True, rollup="sum")
    factories.make_target(
        key, "900", kind="accumulate", starts_on=date(2026, 10, 1), due_on=date(2026, 12, 31)
    )
    Verdict.objects.filter(pk=key.pk).update(
        spark_values=[200.0, 250.0, 3.0], spark_provisional=True
    )
    change = board(red_team, bob).keys[0].change
    assert change is not None and change.arrow == "up"
