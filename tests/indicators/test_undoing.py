"""Undoing a delivery as a whole: what goes back, what stays, what the history keeps of it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from indicators.models import Indicator, StaleMark
from measurements import undoing
from measurements.delivery import deliver, withdraw
from measurements.models import Batch, Measurement, Superseded
from measurements.row import Row, Sender
from measurements.series import entries_of
from measurements.undoing import NotUndoable, Undone, outlook, undo
from teams.models import AuditEntry, Organisation, Team, User
from tests.clock import NOW
from tests.factories import make_indicator, make_team, make_user
from tests.threads import run_together, started

FILE, FORM = Batch.Door.FILE, Batch.Door.FORM
Said = dict[str, str]


def at(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


def bring(
    actor: User, values: Said, *, hours: int = 0, key: str = "sales", door: Batch.Door = FILE
) -> Batch:
    """A delivery of values by month, `hours` after noon."""
    rows = [
        Row(index=index, indicator=key, at=month, value=value)
        for index, (month, value) in enumerate(values.items())
    ]
    report = deliver(rows, Sender(actor=actor, door=door, label="sales.csv"), now=at(hours))
    assert not report.rejected
    return delivery(report.batch_id)


def delivery(batch_id: int | None) -> Batch:
    assert batch_id is not None
    return Batch.objects.get(pk=batch_id)


def known(indicator: Indicator, *, as_of: datetime | None = None) -> Said:
    """What is known of the indicator by month, now or then."""
    rows = entries_of([indicator.pk], as_of=as_of)[indicator.pk]
    return {f"{entry.at:%Y-%m}": f"{entry.value}" for entry in rows}


def counts(undone: Undone) -> tuple[int, int, int]:
    return undone.withdrawn, undone.restored, undone.kept


# --- what goes back --------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_a_file_created_is_taken_back(alice: User, sales: Indicator) -> None:
    batch = bring(alice, {"2026-09": "1.50", "2026-10": "2"})
    assert batch.indicator_ids == [sales.pk] and batch.is_undoable
    undone = undo(batch, actor=alice, request_id="r-1", now=at(1))
    assert counts(undone) == (2, 0, 0) and undone.changed_indicator_ids == (sales.pk,)
    assert known(sales) == {}
    assert known(sales, as_of=at(0)) == {"2026-09": "1.50", "2026-10": "2"}
    past = list(Superseded.objects.order_by("at"))
    assert [(str(p.value), p.withdrawn) for p in past] == [("1.50", True), ("2", True)]
    assert {p.superseded_by_id for p in past} == {undone.batch_id}
    assert {p.superseded_at for p in past} == {at(1)}


@pytest.mark.django_db
def test_what_a_file_corrected_has_its_former_value_again(alice: User, sales: Indicator) -> None:
    first = bring(alice, {"2026-09": "1", "2026-10": "2"}, door=FORM)
    batch = bring(alice, {"2026-10": "20", "2026-11": "30"}, hours=1)
    undone = undo(batch, actor=alice, now=at(2))
    assert counts(undone) == (1, 1, 0)
    assert known(sales) == {"2026-09": "1", "2026-10": "2"}
    assert known(sales, as_of=at(1)) == {"2026-09": "1", "2026-10": "20", "2026-11": "30"}
    assert known(sales, as_of=at(0)) == {"2026-09": "1", "2026-10": "2"}
    back = Measurement.objects.get(at=datetime(2026, 10, 1, tzinfo=UTC))
    assert (back.batch_id, back.recorded_at) == (first.pk, at(2))
    assert Superseded.objects.get(superseded_by=undone.batch_id, withdrawn=False).value == 20


@pytest.mark.django_db
def test_notes_and_the_parts_of_a_ratio_come_back_too(alice: User, red_team: Team) -> None:
    ratio = make_indicator(red_team, "conversion", rollup="ratio", factor=Decimal(100))
    sent = (("3", "100", "By hand"), ("4", "90", "From the file"))
    batch_id = None
    for hours, (top, bottom, note) in enumerate(sent):
        row = Row(
            index=0,
            indicator="conversion",
            at="2026-10",
            numerator=top,
            denominator=bottom,
            note=note,
        )
        batch_id = deliver([row], Sender(actor=alice, door=FILE), now=at(hours)).batch_id
    undo(delivery(batch_id), actor=alice, now=at(2))
    back = Measurement.objects.get(indicator=ratio)
    assert (f"{back.numerator} / {back.denominator}", back.note) == ("3 / 100", "By hand")


@pytest.mark.django_db
def test_what_others_changed_since_stays_and_is_counted(
    alice: User, carl: User, sales: Indicator
) -> None:
    months = {f"2026-0{month}": "1" for month in range(1, 7)}
    batch = bring(alice, months)
    bring(carl, {"2026-01": "5", "2026-02": "6"}, hours=1, door=FORM)
    bring(carl, {"2026-02": "7"}, hours=2, door=FORM)  # twice changed is one value
    march = datetime(2026, 3, 1, tzinfo=UTC)
    assert withdraw(sales, march, Sender(actor=carl, door=FORM), now=at(2))
    foreseen = outlook(batch, actor=alice)
    undone = undo(batch, actor=alice, now=at(3))
    assert counts(undone) == counts(foreseen) == (3, 0, 3)
    assert foreseen.batch_id is None
    assert known(sales) == {"2026-01": "5", "2026-02": "7"}


@pytest.mark.django_db
def test_what_was_known_already_is_not_its_own(alice: User, sales: Indicator) -> None:
    bring(alice, {"2026-09": "1"}, door=FORM)
    batch = bring(alice, {"2026-09": "1.0", "2026-10": "2"}, hours=1)
    assert counts(undo(batch, actor=alice, now=at(2))) == (1, 0, 0)
    assert known(sales) == {"2026-09": "1"}


@pytest.mark.django_db
def test_of_two_files_the_later_is_undone_and_then_the_earlier(
    alice: User, sales: Indicator
) -> None:
    first = bring(alice, {"2026-09": "1", "2026-10": "2"})
    second = bring(alice, {"2026-10": "20"}, hours=1)
    assert counts(undo(second, actor=alice, now=at(2))) == (0, 1, 0)
    assert counts(outlook(first, actor=alice)) == (2, 0, 0)
    assert counts(undo(first, actor=alice, now=at(3))) == (2, 0, 0)
    assert known(sales) == {}
    assert known(sales, as_of=at(1)) == {"2026-09": "1", "2026-10": "20"}
    assert known(sales, as_of=at(2)) == {"2026-09": "1", "2026-10": "2"}


@pytest.mark.django_db
def test_undoing_the_earlier_first_leaves_what_the_later_corrected(
    alice: User, sales: Indicator
) -> None:
    first = bring(alice, {"2026-09": "1", "2026-10": "2"})
    second = bring(alice, {"2026-10": "20"}, hours=1)
    assert counts(undo(first, actor=alice, now=at(2))) == (1, 0, 1)
    assert known(sales) == {"2026-10": "20"}
    assert counts(undo(second, actor=alice, now=at(3))) == (0, 1, 0)
    assert known(sales) == {"2026-10": "2"}  # as before the second; the first kept nothing there


@pytest.mark.django_db
def test_a_value_entered_again_after_an_undo_is_a_new_one(alice: User, sales: Indicator) -> None:
    undo(bring(alice, {"2026-10": "2"}), actor=alice, now=at(1))
    again = bring(alice, {"2026-10": "2"}, hours=2)
    assert again.created == 1 and known(sales) == {"2026-10": "2"}
    assert counts(undo(again, actor=alice, now=at(3))) == (1, 0, 0)
    assert Superseded.objects.count() == 2


@pytest.mark.django_db
def test_a_clock_that_went_back_never_makes_history_end_before_it_began(
    alice: User, sales: Indicator
) -> None:
    bring(alice, {"2026-10": "1"})
    batch = bring(alice, {"2026-10": "2", "2026-09": "3"}, hours=1)
    undo(batch, actor=alice, now=at(-5))
    for past in Superseded.objects.all():
        assert past.superseded_at > past.recorded_at
    assert Measurement.objects.get().recorded_at == at(1) + timedelta(microseconds=1)


@pytest.mark.django_db
def test_many_indicators_are_undone_in_portions(
    alice: User, red_team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "AT_ONCE", 2)
    made = [make_indicator(red_team, f"series-{k}") for k in range(5)]
    rows = [Row(index=k, indicator=one.key, at="2026-10", value="1") for k, one in enumerate(made)]
    batch_id = deliver(rows, Sender(actor=alice, door=FILE), now=NOW).batch_id
    bring(alice, {"2026-10": "9"}, key="series-4", hours=1)
    batch = delivery(batch_id)
    assert counts(outlook(batch, actor=alice)) == (4, 0, 1)
    undone = undo(batch, actor=alice, now=at(2))
    assert counts(undone) == (4, 0, 1)
    assert undone.changed_indicator_ids == tuple(sorted(one.pk for one in made[:4]))
    assert Measurement.objects.count() == 1


# --- what is written beside it ---------------------------------------------------------------


@pytest.mark.django_db
def test_the_undo_is_a_delivery_with_an_audit_entry_and_wakes_the_judge(
    alice: User, sales: Indicator, red_team: Team
) -> None:
    bring(alice, {"2026-10": "1"}, door=FORM)
    batch = bring(alice, {"2026-10": "2", "2026-09": "3"}, hours=1)
    StaleMark.objects.update(since=None)
    undone = undo(batch, actor=alice, request_id="r-7", now=at(2))
    batch.refresh_from_db()
    by = batch.undone_by
    assert by is not None and by.pk == undone.batch_id and not batch.is_undoable
    assert (by.actor, by.label, by.request_id) == (alice, "Undo of sales.csv", "r-7")
    assert (by.received, by.created, by.updated, by.unchanged) == (2, 0, 2, 0)
    assert StaleMark.objects.get(indicator=sales).since == at(2)
    entry = AuditEntry.objects.get(action="measurements.undone")
    assert (entry.actor_id, entry.team_id, entry.request_id) == (alice.pk, red_team.pk, "r-7")
    assert entry.at == at(2)
    assert entry.detail["undone"] == batch.pk and entry.detail["restored"] == 1


@pytest.mark.django_db
def test_where_nothing_is_its_own_any_more_nothing_changes(alice: User, sales: Indicator) -> None:
    batch = bring(alice, {"2026-10": "1"})
    bring(alice, {"2026-10": "2"}, hours=1, door=FORM)
    StaleMark.objects.update(since=None)
    assert counts(undo(batch, actor=alice, now=at(2))) == (0, 0, 1)
    assert StaleMark.objects.get().since is None and known(sales) == {"2026-10": "2"}


# --- what is refused -------------------------------------------------------------------------


def code(batch: Batch, actor: User | None) -> str:
    """Why it cannot be undone, asked and tried; nothing may have changed."""
    before = sorted(Measurement.objects.values_list("indicator_id", "at", "value", "batch_id"))
    with pytest.raises(NotUndoable) as refused:
        undo(batch, actor=actor, now=at(9))
    with pytest.raises(NotUndoable) as foreseen:
        outlook(Batch.objects.get(pk=batch.pk), actor=actor)
    after = sorted(Measurement.objects.values_list("indicator_id", "at", "value", "batch_id"))
    assert refused.value.code == foreseen.value.code and str(refused.value)
    assert before == after
    return refused.value.code


@pytest.mark.django_db
def test_nothing_is_undone_twice_and_no_undo_is_undone(alice: User, sales: Indicator) -> None:
    batch = bring(alice, {"2026-10": "1"})
    undone = undo(batch, actor=alice, now=at(1))
    bring(alice, {"2026-10": "1"}, hours=2)
    assert code(batch, alice) == "undone"
    assert code(delivery(undone.batch_id), alice) == "kind"
    assert known(sales) == {"2026-10": "1"}


@pytest.mark.django_db
@pytest.mark.parametrize("door", [Batch.Door.API, Batch.Door.FORM])
def test_only_what_came_as_a_whole_is_undone(
    alice: User, sales: Indicator, door: Batch.Door
) -> None:
    batch = bring(alice, {"2026-10": "1"}, door=door)
    assert batch.indicator_ids is None and code(batch, alice) == "kind"


@pytest.mark.django_db
def test_a_file_that_changed_nothing_has_nothing_to_undo(alice: User, sales: Indicator) -> None:
    bring(alice, {"2026-10": "1"})
    again = bring(alice, {"2026-10": "1"}, hours=1)
    assert again.unchanged == 1 and code(again, alice) == "kind"


@pytest.mark.django_db
def test_who_may_not_enter_into_all_of_it_any_more_does_not_undo(
    alice: User, red_team: Team, sales: Indicator
) -> None:
    other = make_team("Blue team")
    make_indicator(other, "costs")
    alice.memberships.create(team=other, role="contributor")
    alice = User.objects.get(pk=alice.pk)
    rows = [
        Row(index=0, indicator="sales", at="2026-10", value="1"),
        Row(index=1, indicator="costs", at="2026-10", value="2"),
    ]
    batch_id = deliver(rows, Sender(actor=alice, door=FILE), now=NOW).batch_id
    batch = delivery(batch_id)
    alice.memberships.filter(team=other).update(role="viewer")
    assert code(batch, User.objects.get(pk=alice.pk)) == "forbidden"
    assert counts(undo(batch, actor=None, now=at(1))) == (2, 0, 0)  # the installation may


# --- several at once -------------------------------------------------------------------------


class TestAtOnce(TransactionTestCase):
    """Undoing while somebody else writes, each with a connection of their own."""

    def setUp(self) -> None:
        Organisation.current()
        team = make_team("Red team")
        self.alice = make_user("alice", manager=team)
        self.sales = make_indicator(team, "sales")

    def test_a_correction_under_way_is_waited_for_and_stays(self) -> None:
        batch = bring(self.alice, {"2026-09": "1", "2026-10": "2"})
        written, finish = threading.Event(), threading.Event()

        def correct() -> None:
            with transaction.atomic():
                bring(self.alice, {"2026-10": "20"}, hours=1, door=FORM)
                written.set()
                assert finish.wait(20)

        correcting = started(correct)
        assert written.wait(20)
        undoing_it = started(lambda: undo(batch, actor=self.alice, now=at(2)))
        self.wait_for_a_waiting_lock()
        finish.set()
        correcting.result(20)
        assert counts(undoing_it.result(20)) == (1, 0, 1)
        assert known(self.sales) == {"2026-10": "20"}
        assert Superseded.objects.count() == 2  # the withdrawn one, and the corrected one once

    def test_two_undos_at_once_are_one(self) -> None:
        batch = bring(self.alice, {"2026-10": "2"})

        def work() -> str:
            try:
                undo(batch, actor=self.alice, now=at(1))
            except NotUndoable as problem:
                return problem.code
            return "done"

        assert sorted(run_together(work, work)) == ["done", "undone"]
        assert Superseded.objects.count() == 1 and not Measurement.objects.exists()

    def wait_for_a_waiting_lock(self) -> None:
        """Until another connection waits for a lock of a row."""
        pause = threading.Event()
        for _ in range(400):
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    return
            pause.wait(0.05)
        raise AssertionError("nobody waits")
