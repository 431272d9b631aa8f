"""What the worker and the shell ask for, outside of any transaction of a test."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from indicators.models import Indicator, StaleMark
from measurements import tasks as arriving
from tests import clock
from tests.factories import make_indicator, make_measurements, make_target, make_team
from tests.judged import judge_now
from verdicts import judging, tasks
from verdicts.models import Verdict
from web import wake

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def indicator() -> Indicator:
    made = make_indicator(make_team("Shop"), "sales")
    make_target(made, "10")
    make_measurements(made, [12, 11, 12], first=date(2026, 1, 1))
    return made


def fresh(indicator: Indicator) -> bool:
    return Verdict.objects.get(pk=indicator.pk).is_fresh


def test_the_call_makes_the_worker_judge(indicator: Indicator) -> None:
    tasks.judge_stale()
    assert fresh(indicator)


def test_the_sweep_judges_what_a_lost_call_left(indicator: Indicator) -> None:
    tasks.sweep()
    assert fresh(indicator)


def test_the_sweep_judges_what_time_has_changed(indicator: Indicator) -> None:
    judging.judge_stale(clock.now())
    an_hour_ago = clock.now() - timedelta(hours=1)
    Verdict.objects.update(computed_at=an_hour_ago)
    StaleMark.objects.update(recheck_at=an_hour_ago)
    tasks.sweep()
    computed_at = Verdict.objects.get(pk=indicator.pk).computed_at
    assert computed_at is not None and computed_at > an_hour_ago


def test_running_twice_gives_the_same(indicator: Indicator) -> None:
    tasks.sweep()
    before = Verdict.objects.values().get(pk=indicator.pk)
    tasks.sweep()
    tasks.judge_stale()
    assert Verdict.objects.values().get(pk=indicator.pk) == before


def test_one_call_is_enough_until_the_worker_has_begun() -> None:
    wake.note_worker_awake()
    server = wake.server()
    waiting = server.llen("verdicts")
    wake.wake_worker()
    wake.wake_worker()
    assert server.llen("verdicts") == waiting + 1
    wake.note_worker_awake()
    wake.wake_worker()
    assert server.llen("verdicts") == waiting + 2


def test_a_call_nobody_can_hear_is_no_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> None:
        raise ConnectionError("Redis is away")

    monkeypatch.setattr(wake, "server", away)
    wake.wake_worker()
    assert "Redis is away" in caplog.text


def test_recompute_marks_what_is_named(indicator: Indicator) -> None:
    other = make_indicator(indicator.team, "other")
    judging.judge_stale(clock.now())
    output = StringIO()
    call_command("recompute", "sales", stdout=output)
    assert "1 indicators" in output.getvalue()
    assert not fresh(indicator) and fresh(other)


def test_recompute_all_leaves_out_what_is_retired(indicator: Indicator) -> None:
    retired = make_indicator(indicator.team, "old")
    judging.judge_stale(clock.now())
    retired.retire(reason="Nobody looked", now=clock.now())
    call_command("recompute", "--all", stdout=StringIO())
    assert not fresh(indicator) and fresh(retired)


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["sales", "--all"]])
def test_recompute_refuses_what_it_cannot_mean(indicator: Indicator, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("recompute", *arguments)


def test_recompute_says_when_nobody_judges(indicator: Indicator) -> None:
    with pytest.raises(CommandError, match="worker"):
        call_command("recompute", "--all", "--wait", "--timeout", "0.1", stdout=StringIO())


def test_two_workers_share_the_work(indicator: Indicator) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    for _ in range(20):
        make_indicator(indicator.team)

    def work(now: datetime) -> int:
        try:
            return judging.judge_stale(now)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        judged = list(pool.map(work, [clock.now()] * 2))
    assert sum(judged) == 21
    assert not StaleMark.objects.waiting().exists()


def test_answers_are_forgotten_after_their_time() -> None:
    from measurements.models import IdempotencyKey

    now = clock.now()
    for hours in (47, 49):
        IdempotencyKey.objects.create(
            holder="user:1",
            key=f"{hours} hours old",
            body_hash="x",
            status=200,
            answer={},
            created_at=now - timedelta(hours=hours),
        )
    arriving.forget_answers()
    arriving.forget_answers()
    assert [kept.key for kept in IdempotencyKey.objects.all()] == ["47 hours old"]


def test_changing_a_target_while_it_is_judged_never_deadlocks(indicator: Indicator) -> None:
    """The one locks the indicator and then its verdict, the other the verdict and then its key."""
    from concurrent.futures import ThreadPoolExecutor
    from decimal import Decimal

    from django.db import connection

    from indicators import defining
    from indicators.author import Author
    from indicators.models import Target
    from tests.factories import make_user

    author = Author(make_user("anna", manager=indicator.team))

    def judge() -> None:
        try:
            for _ in range(30):
                judge_now([indicator.pk], now=clock.now())
        finally:
            connection.close()

    def aim() -> None:
        try:
            for value in range(30):
                target = Target(indicator=indicator, value=Decimal(value + 1))
                defining.set_target(indicator, target, author=author, now=clock.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(judge), pool.submit(aim)]:
            done.result()
    assert Target.objects.current().get(gives_status=True).value == Decimal(30)
