"""The page of an indicator: facts, tabs, why, history; and its figure and file."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from indicators.models import Annotation, Comment, DefinitionVersion, Indicator, Milestone
from indicators.models.sharing import Sharing
from measurements.models import Batch, Measurement, Superseded
from reviews.models import Decision, Review, ReviewItem
from teams.models import Team, User
from tests import clock, factories
from tests.conftest import signed_in
from tests.dashboards import rows
from verdicts.models import Verdict

pytestmark = [pytest.mark.django_db, pytest.mark.at("2026-11-21T12:00Z")]

MARKUP = "<script>alert(1)</script>"
VALUES: list[float | None] = [50.0, 48.0, None, 47.0, 46.0, 44.0, 43.0]


@pytest.fixture
def calls(red_team: Team, alice: User) -> Indicator:
    """A judged indicator with a series, limits, a forecast and a target with a milestone."""
    indicator = factories.make_indicator(
        red_team, "calls", name="Calls", direction="down", owner=alice, unit_label="calls"
    )
    rows.make_verdict(indicator, "at_risk", value=Decimal(43), previous=Decimal(44))
    target = factories.make_target(
        indicator,
        "30",
        kind="reach",
        baseline=Decimal(60),
        starts_on=date(2026, 1, 1),
        due_on=date(2026, 12, 31),
        rationale="What others reach.",
    )
    Milestone.objects.create(target=target, on=date(2026, 11, 30), value=Decimal(35))
    rows.make_analysis(indicator, VALUES, **judgement())
    return indicator


def judgement() -> dict[str, Any]:
    """What the worker stores beside the points."""
    return {
        "limits": [
            {"from": "2026-04-01", "to": "2026-10-01", "centre": 46, "lower": 40, "upper": 52,
             "near_lower": 42, "near_upper": 50, "n": 6, "frozen": False}
        ],
        "variation": "improving",
        "trend": {"direction": "falling", "good": True, "n": 12,
                  "line": [{"period": "2026-04-01", "value": 50},
                           {"period": "2026-10-01", "value": 43}]},
        "forecast": {
            "probability_of_target": 0.22,
            "probability_on": "2026-12-01",
            "points": [{"period": f"2026-{month}-01", "mean": mean, "low80": mean - 2,
                        "high80": mean + 2, "low95": mean - 3, "high95": mean + 3}
                       for month, mean in ((11, 44), (12, 42))],
        },
        "projection": {"period": "2026-11-01", "so_far": 20, "projected": 41, "low": 38,
                       "high": 44, "coverage": 0.52},
        "verdict": {
            "gap": -3,
            "explain": [
                {"rule": "target", "inputs": {"starts_on": "2026-01-01"}, "outcome": "not begun"},
                {"rule": "verdict", "inputs": {"signal": "improving"}, "outcome": "at_risk"},
            ],
        },
    }  # fmt: skip


def page(user: User, key: str = "calls", **query: str) -> str:
    response = signed_in(user).get(f"/indicators/{key}/", query)
    assert response.status_code == 200
    return unescape(response.content.decode().replace("\u00a0", " "))


def main(html: str) -> str:
    return html[html.index("<main") : html.index("</main>")]


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# --- the page ---------------------------------------------------------------------------------


def test_facts_say_what_how_much_and_how_far(calls: Indicator, bob: User) -> None:
    summary = text(page(bob).split('class="card summary')[1].split("</dl>")[0])
    assert "October 43.0 calls 3.0 calls short of expected" in summary
    assert "Change −1.0 calls vs September" in summary
    assert "Milestone, 30 Nov 35.0 calls" in summary
    assert "Target, 31 Dec ≤ 30.0 calls 57 % of the way" in summary
    assert "Chance to reach it in December 22 % forecast 42.0 calls ± 2.0" in summary


def test_why_is_told_in_sentences(calls: Indicator, bob: User) -> None:
    why = text(page(bob).split('id="why"')[1].split("</section>")[0])
    assert "The target begins on 1 Jan." in why
    assert "So it is at risk, and the process is improving." in why
    assert "definition version" in why


def test_the_trend_is_the_first_tab(calls: Indicator, bob: User) -> None:
    html = page(bob)
    assert re.search(r'href="\?" aria-current="page">Trend', html)
    assert "Falling, and that is good" in html
    assert 'data-figure-url="/indicators/calls/figure.json?tab=trend&span=24"' in html
    assert "November is not finished: 20.0 calls so far, 52 % of it is covered." in html


def test_the_process_tab_draws_limits(calls: Indicator, bob: User) -> None:
    html = page(bob, tab="process")
    assert "Natural limits" in html and "Moving range, month to month" in html
    assert "The process is steady" in html


def test_the_measurements_tab_is_the_same_as_tables(calls: Indicator, bob: User) -> None:
    html = page(bob, tab="measurements")
    table = text(html.split("Values by month")[-1])
    assert "October 43.0 calls" in table
    for form in ("csv", "xlsx", "ndjson"):
        assert f'href="/indicators/calls/measurements.{form}"' in html
        assert f'href="/indicators/calls/measurements.{form}"' in page(bob)


@pytest.mark.parametrize(
    "query", ["tab=nonsense", "span=x", "page=0", "page=999", "page=x", "span=all"]
)
def test_odd_questions_are_answered(query: str, calls: Indicator, bob: User) -> None:
    for tab in ("trend", "process", "measurements"):
        response = signed_in(bob).get(f"/indicators/calls/?tab={tab}&{query}")
        assert response.status_code == 200


def test_the_definition_and_its_letters(calls: Indicator, bob: User) -> None:
    html = text(page(bob))
    assert "Owner Alice" in html and "Direction Lower is better" in html
    assert "SMARTER" in html and "of 7" in html
    assert "Customers get what they came for." in html


def test_targets_and_versions_keep_their_history(calls: Indicator, alice: User, bob: User) -> None:
    calls.unit_label, calls.source = "calls", "Phone system"
    calls.save()
    calls.record_version(effective_on=date(2026, 9, 1), by=alice, note="New system.")
    old = calls.targets.get()
    old.replace(type(old)(value=Decimal(25), comparator="lte"), now=clock.NOW)
    html = text(page(bob))
    assert "≤ 25.0 calls, every month" in html
    assert "≤ 30.0 calls, from 60.0 calls, by 31 Dec" in html and "What others reach." in html
    assert "source: – → Phone system" in html and "New system." in html
    assert "since 1 Sep" in html


def test_the_timeline_is_newest_first(
    calls: Indicator, red_team: Team, alice: User, bob: User
) -> None:
    Annotation.objects.create(team=red_team, on=date(2026, 9, 14), text="Order status page")
    Comment.objects.create(
        indicator=calls, text="Does it count call-backs?", author=bob, made_at=clock.NOW
    )
    review = Review.objects.create(
        team=red_team, title="October review", scheduled_at=clock.NOW, opened_at=clock.NOW
    )
    item = ReviewItem.objects.create(review=review, indicator=calls)
    Decision.objects.create(
        item=item, kind="keep", reason="41 % ask where it is.", outcome="moved",
        decided_at=datetime(2026, 11, 4, tzinfo=UTC),
    )  # fmt: skip
    timeline = text(page(bob).split('id="timeline"')[1].split("</section>")[0])
    said = timeline.index("Does it count call-backs?")
    kept = timeline.index("41 % ask where it is.")
    noted = timeline.index("Order status page")
    assert said < kept < noted
    assert "October review · 4 Nov · checked: moved beyond limits" in timeline
    assert "Note of the team · 14 Sep" in timeline


def test_a_new_definition_breaks_the_line(calls: Indicator, alice: User, bob: User) -> None:
    assert 'class="break"' not in page(bob)
    calls.record_version(effective_on=date(2026, 8, 1), by=alice)
    assert 'class="break"' in page(bob)


def test_what_nobody_judged_yet(red_team: Team, bob: User) -> None:
    factories.make_indicator(red_team, "fresh")
    html = page(bob, "fresh")
    assert "No measurements yet" in html and "being recomputed" in html
    assert "Not judged yet." in html and "none is set" in html
    for tab in ("process", "measurements"):
        assert "yet" in main(page(bob, "fresh", tab=tab))


@pytest.mark.parametrize("status", Verdict.Status.values)
def test_every_status_has_its_pill(status: str, red_team: Team, bob: User) -> None:
    indicator = factories.make_indicator(red_team, "any")
    rows.make_status(indicator, status)
    rows.make_analysis(indicator, [])
    title = page(bob, "any").split('class="title-line"')[1].split("</div>")[0]
    assert Verdict.Status(status).label in text(title)


def test_a_draft_says_so(red_team: Team, bob: User) -> None:
    factories.make_indicator(red_team, "sketch", state="draft")
    html = page(bob, "sketch")
    assert "This is a draft" in html and ">Draft</span>" in html


def test_a_retired_one_stays_readable(calls: Indicator, red_team: Team, alice: User) -> None:
    successor = factories.make_indicator(red_team, "after", name="What came after")
    calls.retire(reason="Nobody calls any more.", now=clock.NOW, successor=successor)
    html = page(alice)
    assert "Retired on 21 Nov 2026" in html and "Nobody calls any more." in html
    assert "What came after" in html and "Enter value" not in main(html)


def test_synthetic_numbers_are_said_to_be(calls: Indicator, red_team: Team, bob: User) -> None:
    Indicator.objects.filter(pk=calls.pk).update(synthetic=True)
    assert page(bob).lower().count("synthetic data") == 1
    Team.objects.filter(pk=red_team.pk).update(notice="Synthetic data: a shop that is not.")
    assert page(bob).lower().count("synthetic data") == 1


def test_everything_people_wrote_is_text(calls: Indicator, red_team: Team, alice: User) -> None:
    written = ("name", "description", "source", "formula", "customer_impact", "business_value")
    Indicator.objects.filter(pk=calls.pk).update(
        **dict.fromkeys(written, MARKUP), unit_label=MARKUP[:30], tags=[MARKUP]
    )
    Verdict.objects.filter(pk=calls.pk).update(reason=MARKUP, note=MARKUP)
    Annotation.objects.create(team=red_team, indicator=calls, on=date(2026, 9, 1), text=MARKUP)
    Comment.objects.create(indicator=calls, text=MARKUP, author=alice)
    calls.targets.update(rationale=MARKUP)
    DefinitionVersion.objects.filter(indicator=calls).update(note=MARKUP)
    factories.make_measurements(calls, ["1"], first=date(2026, 10, 1))
    Measurement.objects.update(note=MARKUP)
    for tab in ("trend", "process", "measurements"):
        response = signed_in(alice).get(f"/indicators/calls/?tab={tab}")
        html = response.content.decode()
        assert "<script>alert" not in html and html.count("&lt;script&gt;alert") > 8
        assert " style=" not in html and "<style" not in html
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))


# --- history ----------------------------------------------------------------------------------


def corrected(indicator: Indicator, actor: User) -> datetime:
    """October was 40, then 43; September was withdrawn. Returns the instant of October."""
    at, known = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 2, 9, tzinfo=UTC)
    first = Batch.objects.create(door=Batch.Door.API, actor=actor)
    second = Batch.objects.create(door=Batch.Door.FORM, actor=actor)
    Measurement.objects.create(
        indicator=indicator,
        at=at,
        value=Decimal("43.50"),
        recorded_at=known,
        batch=second,
        note="Fixed",
    )
    for when, value, withdrawn in (
        (at, "40", False),
        (datetime(2026, 9, 1, tzinfo=UTC), "7", True),
    ):
        Superseded.objects.create(
            indicator=indicator, at=when, value=Decimal(value), recorded_at=at, batch=first,
            superseded_at=known, superseded_by=second, withdrawn=withdrawn,
        )  # fmt: skip
    return at


def test_corrections_say_who_when_and_what_before(calls: Indicator, alice: User, bob: User) -> None:
    corrected(calls, alice)
    table = text(page(bob, tab="measurements").split("Every measurement")[-1])
    assert "1 Oct 43.50 calls Fixed Was 40.0 calls until 2 Nov, 09:00, changed by" in table
    assert "Alice · Entered by hand" in table
    assert "1 Sep 7.0 calls Withdrawn" in table


def table_of(html: str) -> str:
    return html.rsplit("Every measurement", maxsplit=1)[-1].split("</section>", maxsplit=1)[0]


def test_measurements_come_fifty_a_page(calls: Indicator, alice: User, bob: User) -> None:
    batch = Batch.objects.create(door=Batch.Door.API)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    Measurement.objects.bulk_create(
        Measurement(
            indicator=calls,
            at=first + timedelta(days=day),
            value=day,
            recorded_at=first,
            batch=batch,
        )
        for day in range(120)
    )
    pages = [page(bob, tab="measurements", page=str(number)) for number in (1, 2, 3)]
    rows_of = [table_of(html).count('<th scope="row"') for html in pages]
    assert rows_of == [50, 50, 20]
    assert "page=2" in pages[0] and "page=0" not in pages[0]
    assert "page=4" not in pages[2]


def test_the_figure_is_what_the_chart_shows(calls: Indicator, bob: User) -> None:
    client = signed_in(bob)
    figure = client.get("/indicators/calls/figure.json").json()
    measured = next(trace for trace in figure["data"] if trace.get("name") == "Calls")
    assert measured["y"] == VALUES  # a gap stays a gap
    dark = client.get("/indicators/calls/figure.json?tab=process&theme=dark").json()
    assert dark["layout"] != figure["layout"]


# --- who --------------------------------------------------------------------------------------

ADDRESSES = ("", "figure.json")


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_doors(address: str, calls: Indicator, bob: User, charlie: User, dora: User) -> None:
    url = f"/indicators/calls/{address}"
    assert signed_in(bob).get(url).status_code == 200
    assert signed_in(dora).get(url).status_code == 200
    assert signed_in(charlie).get(url).status_code == 404
    assert signed_in(bob).post(url).status_code == 405
    assert signed_in(bob).get(f"/indicators/unknown/{address}").status_code == 404
    response = Client().get(url)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_a_viewer_finds_nothing_to_press(calls: Indicator, alice: User, bob: User) -> None:
    for tab in ("trend", "process", "measurements"):
        html = main(page(bob, tab=tab))
        for words in (
            "Add note",
            "Enter value",
            "Edit definition",
            "Change target",
            "Recalculate limits",
        ):
            assert words not in html


def test_what_one_may_not_see_is_not_named(
    calls: Indicator, bob: User, alice: User, organisation: object
) -> None:
    secret = factories.make_team("Secret team", visibility="members")
    guard = factories.make_indicator(secret, "guard", name="Hidden guard")
    objective = factories.make_objective(secret, "Hidden objective")
    Indicator.objects.filter(pk=calls.pk).update(
        guard=guard, successor=guard, inputs=["guard"], objective=objective
    )
    Sharing.objects.create(indicator=calls, team=secret)
    html = page(bob)
    assert "Hidden" not in html and "Secret team" not in html
    everything = page(factories.make_user(administrator=True))
    assert "Hidden guard" in everything and "Hidden objective" in everything
    assert "Secret team" in everything


def test_a_private_indicator(red_team: Team, alice: User, bob: User, carl: User) -> None:
    factories.make_indicator(red_team, "mine", level="individual", owner=carl)
    assert signed_in(bob).get("/indicators/mine/").status_code == 404
    assert signed_in(carl).get("/indicators/mine/").status_code == 200
    assert signed_in(alice).get("/indicators/mine/").status_code == 200


def test_a_reader_elsewhere_sees_what_is_shared(calls: Indicator, charlie: User) -> None:
    Sharing.objects.create(indicator=calls, team=Team.objects.get(slug="blue-team"))
    assert signed_in(charlie).get("/indicators/calls/").status_code == 200


# --- how much it costs ------------------------------------------------------------------------


@pytest.mark.parametrize(("tab", "number"), [("trend", 14), ("process", 15), ("measurements", 16)])
@pytest.mark.parametrize("history", [1, 30])
def test_the_number_of_queries_does_not_grow(
    history: int, tab: str, number: int, calls: Indicator, red_team: Team, alice: User
) -> None:
    for place in range(history):
        day = date(2026, 1, 1) + timedelta(days=place)
        calls.record_version(effective_on=day, by=alice)
        Comment.objects.create(indicator=calls, text="?", author=alice)
        Annotation.objects.create(team=red_team, indicator=calls, on=day, text="!")
        held = calls.targets.get(ended_at=None)
        held.replace(type(held)(value=Decimal(30), comparator="lte", made_by=alice), now=clock.NOW)
    corrected(calls, alice)
    client = signed_in(alice)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/indicators/calls/?tab={tab}")
    assert len(queries) == number
