"""Words, shares and rules of the pages, without a database."""

from __future__ import annotations

import doctest
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from analysis.values import Calendar
from dashboards.board import hero
from dashboards.board.hero import chosen_span, span_segments
from dashboards.indicator.explanation import Phrasing, sentence
from indicators.aims import way_to
from indicators.models import Indicator, Target
from tests import clock
from verdicts import process
from web.formats import NBSP, NumberFormat
from web.wording import Lens, counted

LENS = Lens(
    now=clock.NOW,
    today=date(2026, 11, 21),
    calendar=Calendar("Europe/Stockholm"),
    locale="en",
)


def test_examples_in_the_documentation_hold() -> None:
    assert doctest.testmod(hero) == (0, doctest.testmod(hero).attempted)


@pytest.mark.parametrize(
    ("kind", "grain", "on", "term"),
    [
        ("standing", "month", "2026-12-01", "Chance to hold it in December"),
        ("standing", "month", "2027-01-01", "Chance to hold it in January 2027"),
        ("standing", "week", "2026-11-16", "Chance to hold it in week 47"),
        ("standing", "day", "2026-11-21", "Chance to hold it today"),
        ("standing", "day", "2026-11-22", "Chance to hold it on 22 Nov"),
        ("reach", "quarter", "2026-10-01", "Chance to reach it in Q4 2026"),
        ("grow", "year", "2027-01-01", "Chance to reach it in 2027"),
        ("accumulate", "month", "2026-12-01", "Chance to reach it by the end of December"),
        ("accumulate", "day", "2026-12-31", "Chance to reach it by the end of 31 Dec"),
        ("reach", "month", None, "Chance to reach it"),
    ],
)
def test_a_chance_says_of_which_period(kind: str, grain: str, on: str | None, term: str) -> None:
    result = {"forecast": {"probability_of_target": 0.6, "probability_on": on}}
    found = hero.chance_term(Target(kind=kind), result, grain, LENS)
    assert found.replace(NBSP, " ") == term


@pytest.mark.parametrize(
    ("start", "grain", "label"),
    [
        (date(2026, 11, 21), "day", "Today"),
        (date(2026, 11, 20), "day", "Yesterday"),
        (date(2026, 11, 2), "day", "2 Nov"),
        (date(2025, 11, 2), "day", "2 Nov 2025"),
        (date(2026, 11, 16), "week", "Week 47"),
        (date(2025, 12, 29), "week", "Week 1"),
        (date(2025, 11, 17), "week", "Week 47, 2025"),
        (date(2026, 10, 1), "month", "October"),
        (date(2025, 10, 1), "month", "October 2025"),
        (date(2026, 10, 1), "quarter", "Q4 2026"),
        (date(2026, 1, 1), "year", "2026"),
        (None, "month", ""),
    ],
)
def test_periods_are_named_as_people_say_them(start: date | None, grain: str, label: str) -> None:
    assert LENS.period(start, grain).replace(NBSP, " ") == label


def test_months_keep_their_capital_inside_a_sentence() -> None:
    assert LENS.in_sentence(date(2026, 10, 1), "month") == "October"
    assert LENS.in_sentence(date(2026, 11, 16), "week") == "week 47"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 21, 11, 59, tzinfo=UTC), "just now"),
        (datetime(2026, 11, 21, 11, 30, tzinfo=UTC), "30 minutes ago"),
        (datetime(2026, 11, 21, 10, 0, tzinfo=UTC), "2 hours ago"),
        (datetime(2026, 11, 20, 8, 0, tzinfo=UTC), "yesterday"),
        (datetime(2026, 11, 11, 8, 0, tzinfo=UTC), "10 days ago"),
        (datetime(2026, 9, 1, 8, 0, tzinfo=UTC), "on 1 Sep"),
    ],
)
def test_ages(moment: datetime, words: str) -> None:
    assert LENS.ago(moment).replace(NBSP, " ") == words


def test_a_day_begins_where_the_organisation_is() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # already the 21st in Stockholm
    assert LENS.days_since(late) == 0
    assert LENS.clock(late).replace(NBSP, " ") == "21 Nov, 00:30"


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2026, 11, 21), "today"),
        (date(2026, 11, 22), "1 day left"),
        (date(2026, 12, 5), "2 weeks left"),
        (date(2027, 5, 21), "6 months left"),
        (date(2026, 11, 18), "3 days ago"),
    ],
)
def test_how_far_ahead(on: date, words: str) -> None:
    assert LENS.ahead(on) == words


def test_one_is_not_many() -> None:
    assert counted(1, "day") == "1 day" and counted(0, "day") == "0 days"


def target(**fields: Any) -> Target:
    return Target(**({"kind": "standing", "comparator": "gte", "value": Decimal(100)} | fields))


def test_the_way_from_a_baseline_may_go_down() -> None:
    way = way_to(
        target(kind="reach", comparator="lte", value=Decimal(30), baseline=Decimal(50)),
        Decimal(35),
        Decimal(40),
    )
    assert way is not None
    assert (way.position, way.planned) == (0.75, 0.5)
    assert way.label.replace(NBSP, " ") == (
        "75 % of the way from baseline to target; 50 % planned by now"
    )


def test_the_way_is_never_drawn_beyond_its_ends() -> None:
    reach = target(kind="reach", value=Decimal(30), baseline=Decimal(10))
    ahead, behind = way_to(reach, Decimal(99), None), way_to(reach, Decimal(1), None)
    assert ahead is not None and behind is not None
    assert (ahead.position, behind.position) == (1.0, 0.0)


def test_a_standing_target_is_a_mark_on_a_scale_from_zero() -> None:
    way = way_to(target(), Decimal(80), Decimal(100))
    assert way is not None
    assert 0 < way.position < way.planned < 1
    assert way.label.replace(NBSP, " ") == "80 % of the target"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (target(), None),
        (target(comparator="between", upper=Decimal(120)), Decimal(110)),
        (target(comparator="eq"), Decimal(100)),
        (target(value=Decimal(0)), Decimal(5)),
        (target(), Decimal(-5)),
        (target(kind="reach", value=Decimal(5), baseline=Decimal(5)), Decimal(5)),
    ],
)
def test_without_a_way_there_is_no_bar(given: Target, value: Decimal | None) -> None:
    assert way_to(given, value, None) is None


def test_spans_offer_what_is_there() -> None:
    assert chosen_span("week", "13") == 13
    assert chosen_span("week", "nonsense") == 52
    assert chosen_span("week", "all") is None
    assert chosen_span("year", "") is None
    assert [choice.label for choice in span_segments("week", 52, 40)] == ["13 w", "26 w", "All"]
    assert [choice.current for choice in span_segments("week", 52, 40)] == [False, False, True]
    assert span_segments("month", 24, 9) == []


# --- why --------------------------------------------------------------------------------------

READING = Phrasing(Indicator(period="month", unit="percent"), NumberFormat(unit="percent"), LENS)


@pytest.mark.parametrize(
    ("rule", "inputs", "outcome", "words"),
    [
        ("data", {}, "no value", "There is no measurement to judge."),
        (
            "data",
            {"latest_at": "2026-10-01T00:00:00+02:00", "stale_after": 1.5, "age": 0.7},
            "fresh",
            "The newest measurement is of 1 Oct, which is recent enough: it counts for 1.5 months.",
        ),
        (
            "data",
            {"latest_at": "2026-07-01T00:00:00+02:00", "stale_after": 1.5, "age": 3.66},
            "no_data",
            (
                "The newest measurement is of 1 Jul; its period ended 3.7 months ago, longer than "
                "the 1.5 months for which it counts."
            ),
        ),
        (
            "target",
            {},
            "no target",
            "There is no target to compare with.",
        ),
        ("target", {"starts_on": "2027-01-01"}, "not begun", "The target begins on 1 Jan 2027."),
        (
            "value",
            {
                "period": "2026-10-01",
                "comparator": "gte",
                "actual": 3.2,
                "expected": 3,
                "gap": 0.2,
                "band": 0.3,
            },
            "met",
            (
                "The value of October is 3.2 %; expected by then is at least 3.0 %, which is met "
                "with 0.2 pp to spare."
            ),
        ),
        (
            "value",
            {
                "period": "2026-10-01",
                "comparator": "gte",
                "actual": 2.5,
                "expected": 3,
                "gap": -0.5,
                "band": 0.3,
            },
            "short, beyond the band",
            (
                "The value of October is 2.5 %; expected by then is at least 3.0 %. It is 0.5 pp "
                "short, beyond the band of 0.3 pp that counts as at risk."
            ),
        ),
        (
            "probability",
            {"probability": 0.22, "n": 24, "likely": 0.7, "unlikely": 0.3},
            "off_track",
            (
                "From 24 values the chance to reach the target is 22 %; under 30 % it is off "
                "track, under 70 % at risk."
            ),
        ),
        (
            "guard",
            {"guard": "Return rate", "status": "off_track", "signal": "deteriorating"},
            "harmed",
            (
                "Its guard “Return rate” suffers: it is off track and getting worse. A target met "
                "that way is met at a cost."
            ),
        ),
        (
            "guard",
            {"guard": "NPS", "status": "stale"},
            "no harm",
            "Its guard “NPS” is stale, so it says nothing.",
        ),
        (
            "steady",
            {"previous": "on_track"},
            "kept: too close to call",
            "Too close to call; it stays on track until two months agree.",
        ),
        (
            "verdict",
            {"signal": "steady"},
            "at_risk",
            "So it is at risk, and the process is steady.",
        ),
        ("brand_new", {}, "something", "Brand new: something."),
    ],
)
def test_every_rule_is_a_sentence(
    rule: str, inputs: dict[str, Any], outcome: str, words: str
) -> None:
    step = {"rule": rule, "inputs": inputs, "outcome": outcome}
    assert sentence(step, READING).replace(NBSP, " ") == words


def test_the_guard_is_not_named_to_those_who_may_not_see_it() -> None:
    blind = Phrasing(READING.indicator, READING.fmt, LENS, knows_guard=False)
    step = {
        "rule": "guard",
        "inputs": {"guard": "Secret", "status": "on_track"},
        "outcome": "no harm",
    }
    assert "Secret" not in sentence(step, blind)


# --- process ----------------------------------------------------------------------------------


def judged(values: list[float], *signals: str, kind: str = "common_cause") -> dict[str, Any]:
    points = [
        {
            "period": f"2026-{month:02d}-01",
            "value": value,
            "signals": list(signals) if month == len(values) else [],
            "point_type": kind if month == len(values) else "common_cause",
        }
        for month, value in enumerate(values, start=1)
    ]
    return {
        "points": points,
        "limits": [{"from": "2026-01-01", "centre": 10, "lower": 5, "upper": 15}],
        "variation": "steady",
        "assurance": "hit_or_miss",
    }


def test_noise_is_not_news() -> None:
    found = process.headline(judged([9, 11, 10, 9.5, 10.5, 11]), "month", LENS)
    assert found.title == "The process is steady"
    assert "noise, not signal" in found.text
    assert found.shift_on == ""


def test_a_run_is_a_shift_and_offers_new_limits() -> None:
    low: list[float] = [11, 12, 9, 8, 9, 8, 9, 8, 9]
    found = process.headline(judged(low, "run", kind="improvement"), "month", LENS)
    assert found.title == "The process has shifted down"
    assert found.text == (
        "7 months in a row below the mean since March. It is signal, not noise, and for the better."
    )
    assert found.shift_on == "2026-03-01"


def test_a_single_point_beyond_a_limit() -> None:
    found = process.headline(
        judged([9, 11, 10, 9, 16], "beyond_limit", kind="concern"), "month", LENS
    )
    assert found.title == "May is out of the ordinary"
    assert "upper natural limit" in found.text and "for the worse" in found.text


def test_without_limits_it_says_how_many_values_are_missing() -> None:
    few = judged([9, 11]) | {"limits": [], "variation": "unknown"}
    assert process.headline(few, "month", LENS).title == "Too few values to tell signal from noise"
    none = judged([]) | {"limits": [], "variation": "unknown"}
    assert process.headline(none, "month", LENS).title == "Nothing to see yet"


@pytest.mark.parametrize(
    ("trend", "title"),
    [
        ({"direction": "rising", "good": False, "n": 20}, "Rising, and that is not good"),
        ({"direction": "falling", "good": True, "n": 20}, "Falling, and that is good"),
        ({"direction": "flat", "good": None, "n": 20}, "Level"),
        ({"direction": "unknown", "good": None, "n": 20}, "No clear direction"),
        ({"direction": "unknown", "good": None, "n": 5}, "Too early for a trend"),
        (None, "Too early for a trend"),
    ],
)
def test_the_trend_claims_no_more_than_it_knows(trend: Any, title: str) -> None:
    assert process.trend_headline({"trend": trend}, "month")[0] == title
