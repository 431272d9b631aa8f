"""A verdict repeated from what it was judged from is the same; one that is not is reported."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from indicators.models import Indicator, StaleMark, Target
from measurements.models import Measurement
from teams.models import AuditEntry, Team
from tests import clock
from tests.factories import make_indicator, make_measurements, make_target
from tests.judged import judge_now
from verdicts import judging, verifying
from verdicts.models import Analysis, Verdict
from verdicts.tasks import verify_sample

FIRST = date(2025, 1, 1)
VALUES = [90.0, 91, 90, 92, 91, 90, 92, 91, 90, 91, 92, 91, 93, 92, 91, 93, 94, 92, 93, 94, 93, 92]


@pytest.fixture
def indicator(red_team: Team, now: datetime) -> Indicator:
    """Guarded, judged twice, the second time with a verdict before it."""
    guard = make_indicator(red_team, "cost", direction="down")
    made = make_indicator(red_team, "share", guard=guard)
    fields = {"kind": "reach", "baseline": Decimal(90), "baseline_on": FIRST}
    make_target(made, "95", due_on=date(2027, 6, 30), **fields)
    make_measurements(made, VALUES[:-1], first=FIRST)
    judging.judge_stale(now - timedelta(days=30))
    make_measurements(made, VALUES[-1:], first=date(2026, 10, 1))
    judge_now([made.pk], now=now)
    return made


def places(indicator: Indicator) -> list[str]:
    return next(found for one, found in verifying.judged_again([indicator.pk]) if one == indicator)


def test_previous_and_guard_are_kept(indicator: Indicator) -> None:
    kept = Analysis.objects.get(pk=indicator.pk).steadied_by
    assert kept["previous"]["through"] == "2026-09-01"
    assert kept["guard"] == {"status": "no_data", "signal": "unknown", "name": "Cost"}
    assert verifying.guard_in(kept) is not None


def test_the_same_comes_out_again(indicator: Indicator, now: datetime) -> None:
    assert places(indicator) == []
    assert verifying.verify_random(10, now=now) == []
    assert not AuditEntry.objects.filter(action="verdict.differs").exists()


def test_a_guard_that_changed_since_changes_nothing(indicator: Indicator) -> None:
    Verdict.objects.filter(indicator__key="cost").update(status="off_track")
    assert places(indicator) == []


def test_a_difference_is_logged_and_noted(
    indicator: Indicator, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    Measurement.objects.filter(indicator=indicator, value=Decimal(94)).update(value=Decimal(14))
    assert verifying.verify_random(10, now=now) == ["share"]
    assert "the verdict of share comes out otherwise" in caplog.text
    entry = AuditEntry.objects.get(action="verdict.differs")
    assert (entry.subject, entry.team_id) == ("share", indicator.team_id)
    assert len(entry.detail["places"]) == verifying.NAMED


def test_what_is_stale_is_not_verified(indicator: Indicator, now: datetime) -> None:
    Target.objects.filter(indicator=indicator).update(value=Decimal(200))
    StaleMark.objects.set_for([indicator.pk], now)
    assert verifying.verify_random(10, now=now) == []


def test_what_was_stored_before_this_could_be_is_left_out(
    indicator: Indicator, now: datetime
) -> None:
    Analysis.objects.update(steadied_by={}, result={})
    assert verifying.verify_random(10, now=now) == []


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({"a": 1.0}, {"a": 1.0 + 1e-12}, []),
        ({"a": 1.0}, {"a": 1.001}, ["a"]),
        ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "y"}]}, ["a[1].b"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a"]),
        ({"a": None}, {}, []),
        ({"a": 0}, {"a": None}, ["a"]),
        ({"a": True}, {"a": 1}, []),
    ],
)
def test_differences(one: object, other: object, found: list[str]) -> None:
    assert list(verifying.differences(one, other)) == found


@pytest.mark.django_db
def test_every_verdict_of_the_demo_comes_out_again() -> None:
    call_command("load_demo", password="one for all of them", verbosity=0)
    judging.judge_stale(clock.now())
    judge_now(Verdict.objects.values_list("pk", flat=True), now=clock.now())
    ids = list(Verdict.objects.values_list("pk", flat=True))
    found = {one.key: different for one, different in verifying.judged_again(ids)}
    assert len(found) >= 20
    assert {key: different for key, different in found.items() if different} == {}
    verify_sample()
    assert not AuditEntry.objects.filter(action="verdict.differs").exists()
