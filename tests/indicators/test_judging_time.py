"""What time alone changes: a period ends, a value grows old, at the moment and in the zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from indicators.models import Indicator, StaleMark
from measurements.models import Batch, Measurement
from teams.models import Team
from tests.factories import make_indicator, make_target
from tests.judged import judge_now
from verdicts import judging
from verdicts.models import Verdict

STOCKHOLM = "Europe/Stockholm"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def measured(team: Team, values: dict[datetime, float], **fields: Any) -> Indicator:
    made = make_indicator(team, "calls", timezone=STOCKHOLM, **fields)
    make_target(made, "10")
    batch = Batch.objects.create(door=Batch.Door.API)
    Measurement.objects.bulk_create(
        Measurement(
            indicator=made, at=moment, value=Decimal(str(value)), recorded_at=moment, batch=batch
        )
        for moment, value in values.items()
    )
    return made


def daily(first: str, count: int) -> dict[datetime, float]:
    """Values at noon in UTC of successive days."""
    return {at(first) + timedelta(days=k): 12.0 + k % 3 for k in range(count)}


def judged(indicator: Indicator, moment: datetime) -> Verdict:
    judge_now([indicator.pk], now=moment)
    return Verdict.objects.get(pk=indicator.pk)


# the instant of judging, and the next midnight in Stockholm, where clocks change in between
NIGHTS = [
    ("2026-03-28T12:00:00+00:00", "2026-03-28T23:00:00+00:00"),
    ("2026-03-29T12:00:00+00:00", "2026-03-29T22:00:00+00:00"),
    ("2026-10-24T12:00:00+00:00", "2026-10-24T22:00:00+00:00"),
    ("2026-10-25T12:00:00+00:00", "2026-10-25T23:00:00+00:00"),
]


@pytest.mark.parametrize(("moment", "midnight"), NIGHTS)
def test_a_running_day_is_looked_at_when_it_ends(
    red_team: Team, moment: str, midnight: str
) -> None:
    first = (at(moment) - timedelta(days=9)).isoformat()
    made = measured(red_team, daily(first, 10), period="day")
    running = judged(made, at(moment) + timedelta(hours=1))
    assert running.period == at(moment).date() - timedelta(days=1), "today is provisional"
    assert running.spark_provisional
    assert running.indicator.stale_mark.recheck_at == at(midnight)

    assert StaleMark.objects.set_due(at(midnight) - timedelta(seconds=1)) == 0
    assert StaleMark.objects.set_due(at(midnight)) == 1
    judging.judge_stale(at(midnight))
    over = Verdict.objects.get(pk=made.pk)
    assert (over.period, over.spark_provisional) == (at(moment).date(), False)


def test_a_daily_value_turns_stale_at_noon_and_not_at_the_next_midnight(red_team: Team) -> None:
    made = measured(red_team, daily("2026-06-01T12:00:00+00:00", 10), period="day")
    # the newest day, 10 June, ended at 22:00 UTC; a day and a half later is noon of the 12th there
    fresh = judged(made, at("2026-06-12T09:00:00+00:00"))
    assert fresh.status == "on_track"
    assert fresh.indicator.stale_mark.recheck_at == at("2026-06-12T10:00:01+00:00")
    judging.judge_stale(at("2026-06-12T10:00:00+00:00"))
    assert StaleMark.objects.set_due(fresh.indicator.stale_mark.recheck_at) == 1
    judging.judge_stale(fresh.indicator.stale_mark.recheck_at)
    stale = Verdict.objects.get(pk=made.pk)
    assert stale.status == "stale"
    assert stale.indicator.stale_mark.recheck_at == at("2026-06-12T22:00:00+00:00")


def test_the_day_that_lasts_23_hours_ages_by_its_own_length(red_team: Team) -> None:
    made = measured(red_team, daily("2026-03-18T12:00:00+00:00", 10), period="day")
    # 27 March ended at 23:00 UTC; half of the 29th, which lasts 23 hours, is 11.5 hours
    fresh = judged(made, at("2026-03-29T10:00:00+00:00"))
    assert (fresh.status, fresh.indicator.stale_mark.recheck_at) == (
        "on_track",
        at("2026-03-29T10:30:01+00:00"),
    )
    assert judged(made, at("2026-03-29T10:30:01+00:00")).status == "stale"


def test_a_monthly_value_is_followed_from_provisional_to_no_data(red_team: Team) -> None:
    """Every status that time brings is reached by following `recheck_at` alone."""
    months = {datetime(2026, m, 5, tzinfo=UTC): 12.0 for m in range(1, 7)}
    made = measured(red_team, months, period="month")
    moment = at("2026-06-29T12:00:00+00:00")
    seen: list[tuple[datetime, str, date | None]] = []
    while moment < at("2026-10-05T00:00:00+00:00"):
        verdict = judged(made, moment)
        if not seen or seen[-1][1:] != (verdict.status, verdict.period):
            seen.append((moment, verdict.status, verdict.period))
        assert (
            verdict.indicator.stale_mark.recheck_at is not None
            and verdict.indicator.stale_mark.recheck_at > moment
        )
        moment = verdict.indicator.stale_mark.recheck_at
    assert seen == [
        (at("2026-06-29T12:00:00+00:00"), "on_track", date(2026, 5, 1)),
        (at("2026-06-30T22:00:00+00:00"), "on_track", date(2026, 6, 1)),
        (at("2026-08-16T10:00:01+00:00"), "stale", date(2026, 6, 1)),
        (at("2026-09-30T22:00:01+00:00"), "no_data", date(2026, 6, 1)),
    ]


def test_nothing_measured_is_looked_at_every_midnight(red_team: Team) -> None:
    made = make_indicator(red_team, "nothing", timezone=STOCKHOLM)
    found = judged(made, at("2026-11-21T12:00:00+00:00"))
    assert found.indicator.stale_mark.recheck_at == at("2026-11-21T23:00:00+00:00")
