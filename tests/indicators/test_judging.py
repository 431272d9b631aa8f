"""Judging: what is claimed, what is written, and what happens when two do it at once."""

from __future__ import annotations

import gc
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.models import Indicator, StaleMark, Target
from measurements.models import Measurement, Superseded
from measurements.series import entries_of, series_of
from teams.models import Team
from tests.factories import make_indicator, make_measurements, make_target
from tests.judged import judge_now
from verdicts import judging
from verdicts.models import Analysis, Verdict, VerdictChange

FIRST = date(2025, 11, 1)
TWELVE = [90.0, 91, 90, 92, 91, 90, 92, 91, 90, 91, 92, 91]


@pytest.fixture
def indicator(red_team: Team) -> Indicator:
    """Twelve months up to October 2026, against a target of at least 95."""
    made = make_indicator(red_team, "share-on-time", unit="percent")
    make_target(made, "95")
    make_measurements(made, TWELVE, first=FIRST)
    return made


def test_a_stale_indicator_is_judged_and_settled(indicator: Indicator, now: datetime) -> None:
    assert judging.judge_stale(now) == 1

    verdict = Verdict.objects.get(pk=indicator.pk)
    assert verdict.status == "at_risk"
    assert (verdict.value, verdict.previous) == (Decimal(91), Decimal(92))
    assert verdict.expected == Decimal(95)
    assert verdict.period == date(2026, 10, 1)
    assert verdict.measured_through == datetime(2026, 10, 1, tzinfo=UTC)
    assert verdict.spark_values == TWELVE
    assert verdict.spark_starts[0] == FIRST
    assert (verdict.definition_version, verdict.target_version) == (1, 1)
    assert verdict.is_fresh and verdict.indicator.stale_mark.leased_until is None
    assert verdict.indicator.stale_mark.recheck_at == datetime(2026, 11, 22, tzinfo=UTC)


def test_the_whole_judgement_is_stored(indicator: Indicator, now: datetime) -> None:
    judging.judge_stale(now)

    result = Analysis.objects.get(pk=indicator.pk).result
    assert result["indicator"] == "share-on-time"
    assert result["n"] == 12 and len(result["points"]) == 12
    assert result["points"][0]["period"] == "2025-11-01"
    assert result["verdict"]["status"] == "at_risk"
    assert [step["rule"] for step in result["verdict"]["explain"]][-1] == "verdict"


def test_judging_again_changes_nothing_and_announces_nothing(
    indicator: Indicator, now: datetime
) -> None:
    judging.judge_stale(now)
    before = Verdict.objects.values().get(pk=indicator.pk)
    changes = VerdictChange.objects.count()

    assert judging.judge_stale(now) == 0
    assert judge_now([indicator.pk], now=now) == 1

    assert Verdict.objects.values().get(pk=indicator.pk) == before
    assert VerdictChange.objects.count() == changes == 1


def test_a_change_of_the_word_is_an_event(indicator: Indicator, now: datetime) -> None:
    judging.judge_stale(now)
    Measurement.objects.filter(indicator=indicator, at=datetime(2026, 10, 1, tzinfo=UTC)).update(
        value=70
    )
    StaleMark.objects.set_for([indicator.pk], now)
    judging.judge_stale(now)

    newest, first = VerdictChange.objects.filter(indicator=indicator).order_by("-id")
    assert (first.from_status, first.to_status) == ("", "at_risk")
    assert (newest.from_status, newest.to_status) == ("at_risk", "off_track")
    assert newest.period == date(2026, 10, 1)
    assert newest.announced_at is None


@pytest.mark.parametrize("state", ["draft", "retired"])
def test_what_is_not_active_is_judged_but_makes_no_event(
    indicator: Indicator, state: str, now: datetime
) -> None:
    Indicator.objects.filter(pk=indicator.pk).update(state=state)
    judging.judge_stale(now)
    assert Verdict.objects.get(pk=indicator.pk).status == "at_risk"
    assert not VerdictChange.objects.exists()


def test_a_claim_is_not_given_twice_until_its_lease_is_over(
    indicator: Indicator, now: datetime
) -> None:
    assert list(StaleMark.objects.claim(10, now=now)) == [indicator.pk]
    assert StaleMark.objects.claim(10, now=now) == {}
    assert list(StaleMark.objects.claim(10, now=now + timedelta(seconds=61))) == [indicator.pk]


def test_a_mark_during_a_claim_frees_it_and_is_judged_again(
    indicator: Indicator, now: datetime
) -> None:
    taken = StaleMark.objects.claim(10, now=now)
    StaleMark.objects.set_for([indicator.pk], now)
    judging.judge_batch(taken, now=now)

    assert not Verdict.objects.get(pk=indicator.pk).is_fresh, "a newer mark is not settled"
    assert list(StaleMark.objects.claim(10, now=now)) == [indicator.pk]


def test_what_is_stale_and_free_is_not_written_again(indicator: Indicator, now: datetime) -> None:
    def place() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT ctid FROM indicators_stalemark WHERE indicator_id = %s", [pk])
            return str(cursor.fetchone()[0])

    pk = indicator.pk
    before = place()
    assert StaleMark.objects.set_for([pk], now) == 1
    assert place() == before
    StaleMark.objects.take([pk], now=now)
    claimed = place()
    assert StaleMark.objects.set_for([pk], now) == 1
    assert place() != claimed, "the one who took it has to learn of it"


def test_a_mark_while_it_is_judged_at_once_is_not_lost(indicator: Indicator, now: datetime) -> None:
    taken = StaleMark.objects.take([indicator.pk], now=now)
    StaleMark.objects.set_for([indicator.pk], now)
    judging.judge_batch(taken, now=now)
    assert not Verdict.objects.get(pk=indicator.pk).is_fresh
    judge_now([indicator.pk], now=now)
    assert Verdict.objects.get(pk=indicator.pk).is_fresh


def test_an_older_computation_never_overwrites_a_newer_one(
    indicator: Indicator, now: datetime
) -> None:
    older = StaleMark.objects.claim(10, now=now)
    StaleMark.objects.set_for([indicator.pk], now)
    newer = StaleMark.objects.claim(10, now=now)
    judging.judge_batch(newer, now=now + timedelta(seconds=2))
    judging.judge_batch(older, now=now + timedelta(seconds=1))

    verdict = Verdict.objects.get(pk=indicator.pk)
    assert verdict.computed_at == now + timedelta(seconds=2)
    assert verdict.is_fresh


def test_one_bad_row_does_not_stop_the_others(
    indicator: Indicator, red_team: Team, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    bad = make_indicator(red_team, "bad")
    Indicator.objects.filter(pk=bad.pk).update(timezone="No/Such_Zone")
    assert judging.judge_stale(now) == 1
    assert Verdict.objects.get(pk=indicator.pk).is_fresh
    assert StaleMark.objects.get(pk=bad.pk).since is not None
    assert "indicator bad cannot be judged" in caplog.text


def test_more_than_one_batch_in_one_pass(
    red_team: Team, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "BATCH", 2)
    for _ in range(5):
        make_indicator(red_team)
    assert judging.judge_stale(now) == 5
    assert not StaleMark.objects.waiting().exists()


def test_time_alone_asks_for_a_new_judgement(indicator: Indicator, now: datetime) -> None:
    judging.judge_stale(now)
    assert StaleMark.objects.set_due(now) == 0
    later = now + timedelta(days=120)
    assert StaleMark.objects.set_due(later) == 1
    judging.judge_stale(later)
    assert Verdict.objects.get(pk=indicator.pk).status == "no_data"


def test_a_failing_guard_is_seen_on_what_it_guards(indicator: Indicator, now: datetime) -> None:
    Target.objects.update(value=90)
    guard = make_indicator(indicator.team, "cost", direction="down")
    make_target(guard, "10")
    make_measurements(guard, [9] * 11 + [50], first=FIRST)
    Indicator.objects.filter(pk=indicator.pk).update(guard=guard)

    while judging.judge_stale(now):
        pass

    assert Verdict.objects.get(pk=indicator.pk).status == "met_at_cost"


def test_statements_do_not_grow_with_the_batch(
    red_team: Team, now: datetime, django_assert_max_num_queries: object
) -> None:
    counts = []
    for size in (1, 20):
        for _ in range(size):
            made = make_indicator(red_team)
            make_target(made, "95")
            make_measurements(made, TWELVE, first=FIRST)
        taken = StaleMark.objects.claim(100, now=now)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            judging.judge_batch(taken, now=now)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_what_was_known_at_a_time_is_read_again(indicator: Indicator, now: datetime) -> None:
    at = datetime(2026, 10, 1, tzinfo=UTC)
    row = Measurement.objects.get(indicator=indicator, at=at)
    known, corrected = now - timedelta(days=9), now - timedelta(days=1)
    Measurement.objects.filter(indicator=indicator).update(recorded_at=known)
    Superseded.objects.create(
        indicator=indicator,
        at=at,
        value=row.value,
        recorded_at=known,
        batch=row.batch,
        superseded_at=corrected,
        superseded_by=row.batch,
    )
    Measurement.objects.filter(indicator=indicator, at=at).update(value=99, recorded_at=corrected)

    def last(as_of: datetime | None) -> Decimal | None:
        return series_of(indicator, now=now, as_of=as_of).points[-1].value

    assert last(None) == 99
    assert last(corrected) == 99
    assert last(corrected - timedelta(seconds=1)) == 91
    assert not entries_of([indicator.pk], as_of=known - timedelta(seconds=1))


def test_collecting_garbage_is_put_off_and_taken_up_again() -> None:
    assert gc.isenabled()
    with judging.collecting_later():
        assert not gc.isenabled()
        with judging.collecting_later():
            pass
        assert not gc.isenabled(), "the outer one still holds"
    assert gc.isenabled()


@pytest.mark.django_db(transaction=True)
def test_a_verdict_that_cannot_be_kept_keeps_no_other_out(
    red_team: Team, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = [make_indicator(red_team, key) for key in ("first", "bad", "last")]
    for one in made:
        make_measurements(one, [1, 2, 3], first=date(2026, 8, 1))
    plain = judging.fill_verdict

    def beyond_all_columns(row: Verdict, one: judging.Judged, **more: Any) -> None:
        plain(row, one, **more)
        if one.indicator.key == "bad":
            row.value = Decimal("1e-20000")

    monkeypatch.setattr(judging, "fill_verdict", beyond_all_columns)
    assert judging.judge_stale(now) == 2
    judged = Verdict.objects.exclude(computed_at=None).values_list("indicator__key", flat=True)
    assert sorted(judged) == ["first", "last"]
    assert "the verdict of bad cannot be kept" in caplog.text
    monkeypatch.setattr(judging, "fill_verdict", plain)
    assert judging.judge_stale(now + timedelta(minutes=2)) == 1, "it is tried again"
