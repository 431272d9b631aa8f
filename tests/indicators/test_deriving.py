"""Derived values: computed from their inputs, corrected and withdrawn with them, and dated."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from indicators.models import Indicator, StaleMark
from measurements.delivery import withdraw
from measurements.models import Batch, Measurement, Superseded
from measurements.series import entries_of, series_of
from teams.models import Organisation, Team, User
from tests.conftest import with_token
from tests.factories import make_indicator
from tests.indicators.derived import (
    make_flow,
    make_formula,
    make_growth,
    make_ratio,
    months,
    send,
    stored,
)
from verdicts import judging
from verdicts.derived import bring_up_to_date

D = Decimal


def periods_of(key: str, now: datetime, *, grain: str | None = None) -> dict[str, Decimal | None]:
    series = series_of(Indicator.objects.get(key=key), now=now, grain=grain)
    return {str(point.period): point.value for point in series}


@pytest.fixture
def shop(red_team: Team, alice: User, now: datetime) -> Team:
    """Orders and visits of four months, both sums."""
    make_flow(red_team, "orders")
    make_flow(red_team, "visits")
    send(
        alice,
        now,
        *months("orders", [30, 40, 60, 50]),
        *months("visits", [1000, 1000, 2000, 1000]),
    )
    return red_team


# --- the three kinds ---------------------------------------------------------------------------


def test_a_ratio_keeps_both_parts_and_coarser_views_are_sum_over_sum(
    shop: Team, now: datetime
) -> None:
    make_ratio(shop, "conversion", "orders", "visits", unit="percent", factor=D(100))
    judging.judge_stale(now)
    assert stored("conversion") == {
        "2026-01-01": (30, 1000),
        "2026-02-01": (40, 1000),
        "2026-03-01": (60, 2000),
        "2026-04-01": (50, 1000),
    }
    assert list(periods_of("conversion", now).values()) == [3, 4, 3, 5]
    quarter = periods_of("conversion", now, grain="quarter")["2026-01-01"]
    assert quarter == D("3.25"), "130 of 4,000, and not the mean of 3, 4 and 3"


def test_a_ratio_without_parts_holds_its_value(shop: Team, now: datetime) -> None:
    make_ratio(shop, "conversion", "orders", "visits", rollup="last", factor=D(1000))
    judging.judge_stale(now)
    assert list(stored("conversion").values()) == [30, 40, 30, 50]


def test_a_formula_is_computed_exactly(shop: Team, now: datetime) -> None:
    make_formula(shop, "mix", "(orders * 0.1 + visits) / 3", "orders", "visits")
    judging.judge_stale(now)
    found = stored("mix")
    assert found["2026-01-01"] == D("334.3333333333333333333333333333333")
    assert found["2026-03-01"] == D("668.6666666666666666666666666666667")


def test_growth_is_this_period_against_the_one_before(shop: Team, now: datetime) -> None:
    make_growth(shop, "order-growth", "orders")
    judging.judge_stale(now)
    found = stored("order-growth")
    assert list(found) == ["2026-02-01", "2026-03-01", "2026-04-01"], "January has none before"
    assert found["2026-03-01"] == 50
    assert found["2026-02-01"] == D("33.33333333333333333333333333333333")


# --- gaps --------------------------------------------------------------------------------------


def test_a_missing_input_is_a_gap_and_never_zero(
    red_team: Team, alice: User, now: datetime
) -> None:
    make_flow(red_team, "a")
    make_flow(red_team, "b")
    make_formula(red_team, "c", "sum(a, b)", "a", "b")
    send(alice, now, *months("a", [1, 2, 3]), *months("b", [1, None, 3]))
    judging.judge_stale(now)
    assert stored("c") == {"2026-01-01": 2, "2026-03-01": 6}
    assert periods_of("c", now)["2026-02-01"] is None


def test_a_division_by_zero_is_a_gap(red_team: Team, alice: User, now: datetime) -> None:
    make_flow(red_team, "a")
    make_flow(red_team, "b")
    make_ratio(red_team, "parts", "a", "b")
    make_ratio(red_team, "value", "a", "b", rollup="last")
    make_formula(red_team, "formula", "a / b", "a", "b")
    send(alice, now, *months("a", [6, 6]), *months("b", [0, 3]))
    judging.judge_stale(now)
    assert stored("value") == {"2026-02-01": 2} == stored("formula")
    assert stored("parts")["2026-01-01"] == (6, 0), "a denominator of 0 counts in longer periods"
    assert periods_of("parts", now)["2026-01-01"] is None
    assert periods_of("parts", now, grain="quarter")["2026-01-01"] == 4


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(100, 0, -100), (0, 5, None), (-10, -5, None), (-10, 5, None), (10, -5, None), (8, 8, 0)],
)
def test_growth_of_nothing_and_over_zero_says_nothing(
    red_team: Team,
    alice: User,
    now: datetime,
    before: int,
    after: int,
    expected: int | None,
) -> None:
    make_flow(red_team, "a")
    make_growth(red_team, "g", "a")
    send(alice, now, *months("a", [before, after]))
    judging.judge_stale(now)
    assert stored("g") == ({} if expected is None else {"2026-02-01": expected})


def test_a_negative_denominator_is_no_part(red_team: Team, alice: User, now: datetime) -> None:
    make_flow(red_team, "a")
    make_flow(red_team, "b")
    make_ratio(red_team, "parts", "a", "b")
    make_ratio(red_team, "value", "a", "b", rollup="last")
    send(alice, now, *months("a", [6]), *months("b", [-3]))
    judging.judge_stale(now)
    assert stored("parts") == {} and stored("value") == {"2026-01-01": -2}


def test_a_value_outside_the_limits_is_a_gap(shop: Team, now: datetime) -> None:
    made = make_ratio(
        shop, "conversion", "orders", "visits", rollup="last", factor=D(100), maximum=D(4)
    )
    judging.judge_stale(now)
    assert list(stored("conversion").values()) == [3, 4, 3], "5 % is above what is possible"
    Indicator.objects.filter(pk=made.pk).update(maximum=D(3))
    StaleMark.objects.set_for([made.pk], now)
    judging.judge_stale(now)
    assert list(stored("conversion").values()) == [3, 3], "and is withdrawn when it becomes so"


# --- corrections, withdrawals, knowledge -------------------------------------------------------


def test_a_correction_of_an_input_corrects_and_keeps_what_was_known(
    shop: Team, alice: User, now: datetime
) -> None:
    made = make_ratio(shop, "conversion", "orders", "visits", rollup="last", factor=D(100))
    judging.judge_stale(now)
    later = now + timedelta(hours=1)
    send(alice, later, ("orders", "2026-03", 80))
    judging.judge_stale(later)
    assert stored("conversion")["2026-03-01"] == 4
    past = Superseded.objects.get(indicator=made)
    assert past.value == 3 and not past.withdrawn
    as_of = {e.at: e.value for e in entries_of([made.pk], as_of=now)[made.pk]}
    assert as_of[datetime(2026, 3, 1, tzinfo=UTC)] == 3
    series = series_of(made, now=later, as_of=now)
    assert [point.value for point in series][2] == 3
    batch = Measurement.objects.get(indicator=made, at=datetime(2026, 3, 1, tzinfo=UTC)).batch
    assert (batch.door, batch.actor, batch.updated) == (Batch.Door.DERIVED, None, 1)


def test_a_withdrawn_input_withdraws_what_was_made_of_it(
    shop: Team, alice: User, now: datetime
) -> None:
    made = make_formula(shop, "mix", "orders + visits", "orders", "visits")
    judging.judge_stale(now)
    orders = Indicator.objects.get(key="orders")
    at = datetime(2026, 2, 1, tzinfo=UTC)
    assert withdraw(orders, at, actor=alice, door=Batch.Door.API, now=now)
    judging.judge_stale(now + timedelta(seconds=1))
    assert "2026-02-01" not in stored("mix") and len(stored("mix")) == 3
    past = Superseded.objects.get(indicator=made)
    assert (past.at, past.withdrawn) == (at, True) and past.value == 1040


def test_what_is_unchanged_writes_nothing(shop: Team, now: datetime) -> None:
    made = make_formula(shop, "mix", "orders / visits", "orders", "visits")
    judging.judge_stale(now)
    batches, marks = Batch.objects.count(), StaleMark.objects.get(pk=made.pk).number
    assert bring_up_to_date(made.pk, now=now + timedelta(hours=1)) == {}
    orders = Indicator.objects.get(key="orders")
    StaleMark.objects.set_for([orders.pk, made.pk], now)
    judging.judge_stale(now)
    assert Batch.objects.count() == batches and not Superseded.objects.exists()
    assert StaleMark.objects.get(pk=made.pk).number == marks + 1, "only what the test marked"


def test_more_than_fifty_values_are_written_and_corrected(
    red_team: Team, alice: User, now: datetime
) -> None:
    make_flow(red_team, "a", period="day")
    make_formula(red_team, "b", "a * 2", "a", period="day", rollup="sum")
    first = date(2026, 8, 1)
    days = [("a", (first + timedelta(k)).isoformat(), k) for k in range(100)]
    send(alice, now, *days)
    judging.judge_stale(now)
    assert list(stored("b").values()) == [k * 2 for k in range(100)]
    send(alice, now, *[(key, at, k + 1) for key, at, k in days])
    judging.judge_stale(now + timedelta(seconds=1))
    assert list(stored("b").values()) == [k * 2 + 2 for k in range(100)]
    assert Superseded.objects.filter(indicator__key="b", withdrawn=False).count() == 100


def test_what_people_entered_before_it_was_computed_stays(
    shop: Team, alice: User, now: datetime
) -> None:
    made = make_flow(shop, "mix", rollup="last")
    send(alice, now, ("mix", "2025-12", 7), ("mix", "2026-02-15", 8))
    judging.judge_stale(now)
    Indicator.objects.filter(pk=made.pk).update(
        source_kind="formula", formula="orders", inputs=["orders"]
    )
    StaleMark.objects.set_for([made.pk], now)
    judging.judge_stale(now)
    found = stored("mix")
    assert found.pop("2025-12-01") == 7, "from before the first computed period"
    assert list(found.values()) == [30, 40, 60, 50], "within, only what is computed"
    assert Superseded.objects.get(indicator=made).withdrawn


# --- provisional -------------------------------------------------------------------------------


def daily(key: str, first: date, days: int, value: object = 1) -> list[tuple[str, str, object]]:
    return [(key, (first + timedelta(k)).isoformat(), value) for k in range(days)]


def test_a_running_sum_is_no_value_yet(red_team: Team, alice: User, now: datetime) -> None:
    for key in ("calls", "mails"):
        make_flow(red_team, key, entry_period="day")
    make_indicator(red_team, "customers", rollup="last")
    make_formula(red_team, "contacts", "calls + mails", "calls", "mails", rollup="sum")
    make_ratio(red_team, "per-customer", "calls", "customers")
    make_ratio(red_team, "mail-share", "mails", "calls")
    make_growth(red_team, "call-growth", "calls")
    make_growth(red_team, "customer-growth", "customers")
    october = date(2026, 10, 1)
    rows = [*daily("calls", october, 51, 2), *daily("mails", october, 51)]
    customers = [("customers", "2026-10-01", 100), ("customers", "2026-11-01", 110)]
    send(alice, now, *rows, *customers)
    judging.judge_stale(now)

    assert stored("contacts") == {"2026-10-01": 93}
    assert stored("per-customer") == {"2026-10-01": (62, 100)}
    assert stored("call-growth") == {}, "November so far is no November"
    assert stored("mail-share")["2026-11-01"] == (20, 40), "both so far: comparable"
    assert stored("customer-growth") == {"2026-11-01": 10}
    point = series_of(Indicator.objects.get(key="mail-share"), now=now).points[-1]
    assert point.provisional, "because the month is not over"

    december = datetime(2026, 12, 20, tzinfo=UTC)
    StaleMark.objects.set_due(december)
    judging.judge_stale(december)
    assert stored("contacts")["2026-11-01"] == 60, "final by time alone"


def test_an_incomplete_past_period_is_a_gap_until_it_is_final(
    red_team: Team, alice: User, now: datetime
) -> None:
    make_flow(red_team, "calls", entry_period="day")
    make_formula(red_team, "double", "calls * 2", "calls", rollup="sum")
    send(alice, now, *daily("calls", date(2026, 9, 1), 55))  # until 25 October
    early = datetime(2026, 11, 5, tzinfo=UTC)
    judging.judge_stale(early)
    assert stored("double") == {"2026-09-01": 60}, "entries may still come for half a month"
    late = datetime(2026, 11, 20, tzinfo=UTC)
    assert StaleMark.objects.set_due(late)
    judging.judge_stale(late)
    assert stored("double") == {"2026-09-01": 60, "2026-10-01": 50}


def test_the_future_is_not_computed(red_team: Team, alice: User, now: datetime) -> None:
    make_indicator(red_team, "plan")
    make_formula(red_team, "half", "plan / 2", "plan")
    send(alice, now, ("plan", "2026-10", 4), ("plan", "2026-12", 8), ("plan", "2027-05", 8))
    judging.judge_stale(now)
    assert stored("half") == {"2026-10-01": 2}


# --- calendars ---------------------------------------------------------------------------------


def test_instants_fall_into_the_periods_of_the_derived_calendar(
    red_team: Team, alice: User, now: datetime
) -> None:
    make_flow(red_team, "sales", timezone="UTC")
    make_formula(red_team, "here", "sales", "sales", timezone="Europe/Stockholm", rollup="sum")
    make_formula(red_team, "there", "sales", "sales", timezone="America/New_York", rollup="sum")
    send(
        alice,
        now,
        ("sales", "2026-08-31T23:30:00Z", 1),  # September in Stockholm
        ("sales", "2026-09-15T12:00:00Z", 10),
        ("sales", "2026-10-01T02:00:00Z", 100),  # September in New York
        ("sales", "2026-10-15T12:00:00Z", 1000),
    )
    judging.judge_stale(now)
    assert stored("here") == {"2026-08-31": 11, "2026-09-30": 1100}, "midnights of Stockholm"
    assert list(stored("there").values()) == [1, 110, 1000]
    assert periods_of("here", now) == {"2026-09-01": 11, "2026-10-01": 1100}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles", "UTC"])
def test_a_value_of_a_month_is_of_that_month_everywhere(
    red_team: Team, alice: User, now: datetime, zone: str
) -> None:
    make_flow(red_team, "sales", timezone=zone)
    make_formula(red_team, "here", "sales", "sales", timezone="Europe/Stockholm")
    send(alice, now, *months("sales", [1, 2, 3]))
    judging.judge_stale(now)
    found = periods_of("here", now)
    assert list(found)[:3] == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert list(found.values())[:3] == [1, 2, 3]


def test_inputs_are_rolled_up_by_their_own_rules(
    red_team: Team, alice: User, now: datetime
) -> None:
    Organisation.objects.update(week_start=7)
    make_flow(red_team, "calls", period="day")
    make_indicator(red_team, "staff", period="day", rollup="mean")
    make_ratio(red_team, "load", "calls", "staff", period="week", rollup="last")
    sunday = date(2026, 11, 1)
    rows = [
        *daily("calls", sunday, 14, 10),
        *daily("staff", sunday, 7, 4),
        *daily("staff", sunday + timedelta(7), 7, 5),
    ]
    send(alice, now, *rows)
    judging.judge_stale(now)
    assert stored("load") == {"2026-11-01": D("17.5"), "2026-11-08": 14}, "weeks from Sunday"


@pytest.mark.django_db
def test_it_is_not_fresh_while_an_input_at_any_remove_is_not(
    shop: Team, alice: User, now: datetime
) -> None:
    """Who waits for `fresh` after a delivery must not be told of the value before it."""
    make_ratio(shop, "rate", "orders", "visits")
    make_growth(shop, "pace", "rate")
    make_flow(shop, "calls")
    send(alice, now, *months("orders", [1, 2]), *months("visits", [10, 10]))
    judging.judge_stale(now)
    api = with_token(alice)

    def fresh() -> dict[str, bool]:
        rows = api.get("/api/v1/indicators/").json()["results"]
        listed = {row["key"]: row["verdict"]["fresh"] for row in rows}
        for key, found in listed.items():
            analysis = api.get(f"/api/v1/indicators/{key}/analysis/").json()
            one = api.get(f"/api/v1/indicators/{key}/").json()
            assert analysis["fresh"] is analysis["verdict"]["fresh"] is found, key
            assert one["verdict"]["fresh"] is found, key
        return listed

    assert set(fresh().values()) == {True}
    send(alice, now, ("visits", "2026-02", "5"))
    assert {key for key, found in fresh().items() if not found} == {"visits", "rate", "pace"}
    judging.judge_stale(now)
    assert set(fresh().values()) == {True}
