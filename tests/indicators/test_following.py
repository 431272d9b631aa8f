"""What follows from a change: each derived indicator once, after its inputs, whatever crashes."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from indicators import lineage
from indicators.deriving import origin_of
from indicators.models import Indicator, StaleMark
from measurements.models import Measurement, Superseded
from teams.models import Team, User
from tests import clock
from tests.factories import make_indicator, make_team, make_user
from tests.indicators.derived import make_flow, make_formula, months, send, stored
from tests.threads import started
from verdicts import derived, judging
from verdicts.models import Verdict


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of what is computed, in order."""
    keys: list[str] = []
    real = derived.replace_computed

    def noted(indicator: Indicator, *args: Any, **given: Any) -> Any:
        keys.append(indicator.key)
        return real(indicator, *args, **given)

    monkeypatch.setattr(derived, "replace_computed", noted)
    return keys


@pytest.fixture
def chain(red_team: Team) -> Team:
    """Four removes, made in the wrong order, and beside it a diamond: sum of half and double."""
    make_formula(red_team, "fourth", "third + 1", "third")
    make_formula(red_team, "third", "second + 1", "second")
    make_formula(red_team, "second", "first + 1", "first")
    make_formula(red_team, "tip", "half + double", "half", "double")
    make_formula(red_team, "first", "base + 1", "base")
    make_formula(red_team, "half", "base / 2", "base")
    make_formula(red_team, "double", "base * 2", "base")
    make_flow(red_team, "base")
    make_flow(red_team, "beside")
    make_formula(red_team, "apart", "beside", "beside")
    return red_team


def value(key: str) -> Decimal:
    return Measurement.objects.get(indicator__key=key).value or Decimal(0)


def test_a_chain_follows_its_beginning_in_order(
    chain: Team, alice: User, now: datetime, told: list[str]
) -> None:
    judging.judge_stale(now)
    told.clear()
    send(alice, now, ("base", "2026-10", 10))
    assert judging.judge_stale(now) == 8, "the base, and seven that follow it, in one pass"
    assert [value(key) for key in ("first", "second", "third", "fourth")] == [11, 12, 13, 14]
    assert value("tip") == 25
    assert sorted(told) == sorted(["first", "second", "third", "fourth", "half", "double", "tip"])
    place = told.index
    assert place("first") < place("second") < place("third") < place("fourth")
    assert max(place("half"), place("double")) < place("tip")
    for key in told:
        verdict = Verdict.objects.get(indicator__key=key)
        assert verdict.is_fresh and verdict.value == value(key)


def marks() -> list[tuple[int, datetime | None]]:
    rows = StaleMark.objects.order_by("pk")
    return list(rows.values_list("number", "indicator__verdict__computed_at"))


def test_where_nothing_changes_the_rest_is_not_touched(
    chain: Team, alice: User, now: datetime, told: list[str]
) -> None:
    send(alice, now, ("base", "2026-10", 10), ("beside", "2026-10", 1))
    judging.judge_stale(now)
    before = marks()
    told.clear()
    later = now + timedelta(minutes=1)
    send(alice, later, ("base", "2026-10", 10))
    judging.judge_stale(later)
    assert not told
    assert marks() == before
    send(alice, later, ("beside", "2026-10", 2))
    judging.judge_stale(later)
    assert told == ["apart"]


def test_drafts_and_retired_ones_follow_nothing(chain: Team, alice: User, now: datetime) -> None:
    Indicator.objects.filter(key="second").update(state="draft")
    Indicator.objects.filter(key="half").update(state="retired")
    send(alice, now, ("base", "2026-10", 10))
    judging.judge_stale(now)
    assert value("first") == 11 and value("double") == 20
    assert not Measurement.objects.filter(
        indicator__key__in=["second", "third", "fourth", "half", "tip"]
    ).exists()


def test_a_retired_input_gives_no_further_values(
    red_team: Team, alice: User, now: datetime
) -> None:
    ended = make_flow(red_team, "a")
    make_flow(red_team, "b")
    made = make_formula(red_team, "c", "a + b", "a", "b")
    send(alice, now, *months("a", [1, 2]), *months("b", [1, 2]))
    judging.judge_stale(now)
    ended.retire(reason="Replaced", now=now)
    send(alice, now, ("b", "2026-03", 3), ("b", "2026-02", 5))
    judging.judge_stale(now)
    assert list(stored("c").values()) == [2, 7], "what it has is still corrected"
    origin = origin_of(made, [ended])
    assert origin and origin.troubles == ("A is retired: there are no values for later periods.",)


def test_a_changed_input_is_computed_anew(red_team: Team, alice: User, now: datetime) -> None:
    source = make_flow(red_team, "a", period="day")
    make_formula(red_team, "b", "a", "a")
    send(alice, now, ("a", "2026-10-01", 1), ("a", "2026-10-02", 4))
    judging.judge_stale(now)
    assert list(stored("b").values()) == [5]
    Indicator.objects.filter(pk=source.pk).update(rollup="max")
    StaleMark.objects.set_for([source.pk], now)
    judging.judge_stale(now)
    assert list(stored("b").values()) == [4]
    Indicator.objects.filter(pk=source.pk).update(period="quarter")
    StaleMark.objects.set_for([source.pk], now)
    judging.judge_stale(now)
    assert stored("b") == {}, "a quarter says nothing of a month"
    assert Superseded.objects.filter(indicator__key="b", withdrawn=True).count() == 1


def test_it_costs_one_query_where_nothing_is_derived(
    red_team: Team, now: datetime, django_assert_num_queries: Any
) -> None:
    marks = {make_indicator(red_team).pk: 0 for _ in range(20)}
    with django_assert_num_queries(1):
        assert derived.compute_downstream(marks, now=now) == marks


# --- when something goes wrong -----------------------------------------------------------------


def test_what_a_crash_left_behind_is_found_again(
    chain: Team, alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging.judge_stale(now)
    send(alice, now, ("base", "2026-10", 10))
    real = derived.bring_up_to_date

    def killed(indicator_id: int, *, now: datetime) -> dict[int, int]:
        if Indicator.objects.get(pk=indicator_id).key == "third":
            raise SystemExit
        return real(indicator_id, now=now)

    monkeypatch.setattr(derived, "bring_up_to_date", killed)
    with pytest.raises(SystemExit):
        judging.judge_stale(now)
    assert value("second") == 12, "what came before the crash is kept"
    assert not Verdict.objects.get(indicator__key="base").is_fresh, "and its cause is not settled"
    assert not Verdict.objects.get(indicator__key="second").is_fresh
    monkeypatch.undo()
    soon = now + timedelta(seconds=61)
    judging.judge_stale(soon)
    assert value("fourth") == 14 and value("tip") == 25
    assert not StaleMark.objects.waiting().exists()
    assert judging.judge_stale(soon) == 0


def test_a_crash_between_computing_and_judging_loses_nothing(
    chain: Team, alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging.judge_stale(now)
    send(alice, now, ("base", "2026-10", 10))
    monkeypatch.setattr(judging, "record_judged", lambda *args, **given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        judging.judge_stale(now)
    monkeypatch.undo()
    assert value("fourth") == 14
    left = StaleMark.objects.waiting()
    assert left.count() == 8, "computed, but not yet judged"
    assert judging.judge_stale(now + timedelta(seconds=61)) == 8
    assert Verdict.objects.get(indicator__key="fourth").value == 14
    assert not left.exists() and not Superseded.objects.exists()


def test_one_that_cannot_be_computed_stays_stale_and_stops_no_other(
    chain: Team, alice: User, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    judging.judge_stale(now)
    Indicator.objects.filter(key="first").update(formula="base +")
    send(alice, now, ("base", "2026-10", 10))
    judging.judge_stale(now)
    assert value("tip") == 25 and "cannot be computed" in caplog.text
    broken = Verdict.objects.get(indicator__key="first")
    assert not broken.is_fresh
    Indicator.objects.filter(key="first").update(formula="base + 1")
    assert judging.judge_stale(now) == 0, "it is tried again, but not at once"
    while judging.judge_stale(now + timedelta(seconds=61)):
        pass
    assert value("fourth") == 14 and not StaleMark.objects.waiting().exists()


def test_a_circle_is_left_out_and_stops_no_other(chain: Team, alice: User, now: datetime) -> None:
    Indicator.objects.filter(key="second").update(formula="third", inputs=["third"])
    send(alice, now, ("base", "2026-10", 10))
    judging.judge_stale(now)
    assert value("tip") == 25 and value("first") == 11
    assert not Measurement.objects.filter(indicator__key__in=["second", "third"]).exists()


@pytest.mark.django_db(transaction=True)
def test_older_inputs_never_overwrite_newer_ones(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = make_team("Red team")
    alice = make_user("alice", manager=team)
    make_flow(team, "a")
    made = make_formula(team, "b", "a", "a")
    send(alice, now, ("a", "2026-10", 1))
    has_read, may_write = threading.Event(), threading.Event()
    real = derived.replace_computed

    def slow(*args: Any, **given: Any) -> Any:
        if not has_read.is_set():  # the older one is the first
            has_read.set()
            may_write.wait(10)
        return real(*args, **given)

    monkeypatch.setattr(derived, "replace_computed", slow)
    later = now + timedelta(seconds=5)
    older = started(lambda: derived.bring_up_to_date(made.pk, now=now))
    assert has_read.wait(10)
    send(alice, later, ("a", "2026-10", 2))
    newer = started(lambda: derived.bring_up_to_date(made.pk, now=later))
    with pytest.raises(TimeoutError):  # it waits, and reads what is known when it is its turn
        newer.result(0.3)
    may_write.set()
    older.result(10)
    newer.result(10)
    assert value("b") == 2
    assert Superseded.objects.filter(indicator=made, value=1).count() == 1


def test_recompute_covers_derived_ones(chain: Team, alice: User, now: datetime) -> None:
    send(alice, now, ("base", "2026-10", 10))
    judging.judge_stale(now)
    Measurement.objects.filter(indicator__key="fourth").delete()
    call_command("recompute", "fourth")
    judging.judge_stale(clock.now())
    assert value("fourth") == 14


# --- who feeds whom ----------------------------------------------------------------------------


def test_order_of_many() -> None:
    made_of = {f"k{k}": [f"k{k - 1}", "k0"] for k in range(1, 200)}
    order = lineage.inputs_first(lineage.downstream({"k0"}, made_of), made_of)
    assert order == [f"k{k}" for k in range(1, 200)]
    assert lineage.downstream({"k198"}, made_of) == {"k198", "k199"}
    assert lineage.downstream({"elsewhere"}, made_of) == set()
    circle = {"a": ["b"], "b": ["a"], "c": ["a", "x"], "d": ["x"]}
    assert "d" in lineage.inputs_first({"a", "b", "c", "d"}, circle)
