"""What is sent again, corrected, withdrawn, or sent by several at once; and what history keeps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction
from django.test import TransactionTestCase

from indicators.models import Indicator, StaleMark
from measurements import retries
from measurements.delivery import withdraw
from measurements.models import Batch, Measurement, Superseded
from measurements.row import Report, Sender
from teams.models import AuditEntry, Organisation, Team, User
from tests import clock
from tests.clock import NOW
from tests.factories import make_indicator, make_team, make_user
from tests.indicators.delivering import API, counts, row, rows, send
from tests.threads import run_together


@pytest.fixture
def sales(red_team: Team) -> Indicator:
    return make_indicator(red_team, "sales", minimum=Decimal(0), maximum=Decimal(1000))


# --- the same again, corrections, withdrawals ------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("size", [3, 600])
def test_sending_again_changes_nothing(alice: User, sales: Indicator, size: int) -> None:
    first = date(2025, 1, 1)
    sent = rows(*((str(first + timedelta(days=k)), f"{k}.50") for k in range(size)))
    again = rows(*((str(first + timedelta(days=k)), f"{k}.5") for k in range(size)))
    assert counts(send(sent, alice)) == (size, 0, 0, 0)
    StaleMark.objects.update(since=None)
    assert counts(send(again, alice)) == (0, 0, size, 0)
    assert not Superseded.objects.exists()
    assert StaleMark.objects.get(pk=sales.pk).since is None
    assert AuditEntry.objects.count() == 1
    assert [b.unchanged for b in Batch.objects.order_by("pk")] == [0, size]


@pytest.mark.django_db
@pytest.mark.parametrize("size", [2, 120])
def test_new_corrected_and_known_rows_are_told_apart_in_one_delivery(
    alice: User, sales: Indicator, size: int
) -> None:
    first = date(2025, 1, 1)
    days = [str(first + timedelta(days=k)) for k in range(3 * size)]
    send(rows(*((day, "1") for day in days[: 2 * size])), alice)
    mixed = [(day, "2" if k < size else "1") for k, day in enumerate(days)]
    assert counts(send(rows(*mixed), alice)) == (size, size, size, 0)
    assert Superseded.objects.filter(value=1, withdrawn=False).count() == size
    assert Measurement.objects.filter(value=2).count() == size


@pytest.mark.django_db
def test_a_correction_keeps_before_after_who_and_when(
    alice: User, carl: User, sales: Indicator
) -> None:
    later = NOW + timedelta(hours=1)
    send([row(value="1.50", note="first")], alice)
    send([row(value="2")], carl, now=later)
    now, before = Measurement.objects.get(), Superseded.objects.get()
    assert (str(before.value), before.note) == ("1.50", "first")
    assert (str(now.value), now.note) == ("2", "")
    assert (before.recorded_at, before.superseded_at, now.recorded_at) == (NOW, later, later)
    assert before.batch.actor == alice
    assert before.superseded_by.actor == now.batch.actor == carl
    entry = AuditEntry.objects.get(actor_id=carl.pk)
    assert entry.action == "measurements.stored" and entry.subject == "sales"
    assert entry.team == sales.team and entry.detail["updated"] == 1


@pytest.mark.django_db
def test_a_new_note_is_a_correction_and_a_missing_one_is_none(
    alice: User, sales: Indicator
) -> None:
    send([row(note="as counted")], alice)
    assert send([row()], alice).unchanged == 1
    assert send([row(note="recounted")], alice).updated == 1
    assert Measurement.objects.get().note == "recounted"
    assert Superseded.objects.get().note == "as counted"


@pytest.mark.django_db
def test_a_correction_never_ends_before_what_it_corrects(alice: User, sales: Indicator) -> None:
    send([row(value="1")], alice)
    send([row(value="2")], alice, now=NOW - timedelta(minutes=5))
    before = Superseded.objects.get()
    assert before.recorded_at < before.superseded_at == Measurement.objects.get().recorded_at


@pytest.mark.django_db
def test_what_was_known_at_any_time_can_be_read(alice: User, sales: Indicator) -> None:
    hours = [NOW + timedelta(hours=k) for k in range(4)]
    send([row(value="1")], alice, now=hours[0])
    send([row(value="2")], alice, now=hours[1])
    at = Measurement.objects.get().at
    withdraw(sales, at, Sender(actor=alice, door=API), now=hours[2])
    send([row(value="3")], alice, now=hours[3])

    def known(as_of: datetime) -> list[Decimal | None]:
        current = Measurement.objects.known_at(as_of).values_list("value", flat=True)
        return [*current, *Superseded.objects.known_at(as_of).values_list("value", flat=True)]

    half = timedelta(minutes=30)
    assert known(NOW - half) == []
    assert [known(hour + half) for hour in hours] == [[1], [2], [], [3]]


@pytest.mark.django_db
def test_withdrawing_keeps_the_value_in_the_history(alice: User, sales: Indicator) -> None:
    send([row()], alice)
    at = Measurement.objects.get().at
    StaleMark.objects.update(since=None)
    assert withdraw(sales, at, Sender(actor=alice, door=API), now=NOW)
    assert not Measurement.objects.exists() and Superseded.objects.get().withdrawn
    assert StaleMark.objects.get(pk=sales.pk).since == NOW
    assert AuditEntry.objects.filter(action="measurement.withdrawn", subject="sales").exists()
    assert not withdraw(sales, at, Sender(actor=alice, door=API), now=NOW)
    assert Batch.objects.count() == 2


@pytest.mark.django_db
def test_history_cannot_be_changed(alice: User, sales: Indicator) -> None:
    send([row(value="1")], alice)
    send([row(value="2")], alice)
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        Superseded.objects.update(value=5)


# --- several at once -------------------------------------------------------------------------


class TestSeveralAtOnce(TransactionTestCase):
    """Deliveries in threads of their own, each with its connection."""

    def setUp(self) -> None:
        Organisation.current()
        self.team = make_team("Red team")
        self.alice = make_user("alice", manager=self.team)

    def test_no_correction_of_one_series_is_lost(self) -> None:
        make_indicator(self.team, "sales")
        actor = User.objects.get(pk=self.alice.pk)

        def correct(worker: int) -> Callable[[], object]:
            return lambda: [
                send([row(value=f"{worker * 1000 + k}")], actor, now=clock.now()) for k in range(15)
            ]

        run_together(*(correct(worker) for worker in range(4)))
        history = list(Superseded.objects.order_by("recorded_at"))
        current = Measurement.objects.get()
        assert len(history) + 1 == 60
        known = [str(past.value) for past in history] + [str(current.value)]
        assert len(set(known)) == 60
        ends = [past.superseded_at for past in history]
        assert ends == [past.recorded_at for past in history[1:]] + [current.recorded_at]

    def test_large_deliveries_of_the_same_series_in_other_orders_never_deadlock(self) -> None:
        keys = [make_indicator(self.team, f"series-{k}").key for k in range(30)]
        days = [str(date(2026, 1, 1) + timedelta(days=k)) for k in range(20)]
        sent = [row(day, str(k), key=key) for key in keys for k, day in enumerate(days)]
        actor = User.objects.get(pk=self.alice.pk)
        orders = (sent, sent[::-1], sent[::2] + sent[1::2], sent[::-3] + sent)
        stored = run_together(*(partial(send, order, actor) for order in orders))
        assert sum(report.created for report in stored) == len(sent)
        assert Measurement.objects.count() == len(sent) and not Superseded.objects.exists()

    def test_a_row_that_another_delivery_creates_meanwhile_is_corrected(self) -> None:
        make_indicator(self.team, "sales")
        actor = User.objects.get(pk=self.alice.pk)
        sent = threading.Event()

        def first() -> Report:
            with transaction.atomic():
                report = send([row(value="1")], actor)
                sent.set()
                time.sleep(0.5)  # until the other one waits for this transaction
            return report

        def second() -> Report:
            sent.wait(timeout=10)
            with transaction.atomic():
                return send([row(value="2")], actor)

        assert [counts(report) for report in run_together(first, second)] == [
            (1, 0, 0, 0),
            (0, 1, 0, 0),
        ]
        assert Superseded.objects.get().value == 1 and Measurement.objects.get().value == 2

    def test_a_victim_of_a_deadlock_is_tried_again(self) -> None:
        for key in ("one", "two"):
            make_indicator(self.team, key)
        attempts: list[str] = []
        barrier = threading.Barrier(2)

        def crossing(first: str, second: str) -> Callable[[], object]:
            @retries.transactional
            def work() -> None:
                attempts.append(first)
                Indicator.objects.select_for_update().get(key=first)
                if len(attempts) <= 2:
                    barrier.wait(timeout=10)
                Indicator.objects.select_for_update().get(key=second)

            return work

        run_together(crossing("one", "two"), crossing("two", "one"))
        assert len(attempts) == 3
