"""Saving cells: over what was seen and not over others, notes, undoing, several at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext

from indicators.models import Indicator, StaleMark
from measurements.delivery import deliver
from measurements.entry.cells import locked_in
from measurements.entry.saving import CellOutcome
from measurements.models import Batch, Measurement, Superseded
from measurements.row import Row, Sender
from teams.models import AuditEntry, Organisation, Team, User
from tests.clock import NOW
from tests.factories import make_team, make_user
from tests.measurements.cells import owned, save, saved, stored, value
from tests.threads import run_together, started


@pytest.mark.django_db
class TestSaving:
    @pytest.fixture(autouse=True)
    def _sales(self, red_team: Team, carl: User) -> None:
        self.sales = owned(red_team, carl)

    def test_created_corrected_unchanged_withdrawn(self, carl: User) -> None:
        first = save(carl, value("5", seen=""))[0]
        assert first.state == "created" and first.stored is not None
        again = save(carl, value("5.0", seen=first.stored.seen))[0]
        second = save(carl, value("6", seen=first.stored.seen))[0]
        assert (again.state, second.state) == ("unchanged", "corrected")
        assert second.stored is not None and stored() == {"2026-10-01": "6"}
        gone = save(carl, value(None, seen=second.stored.seen))[0]
        assert gone.state == "withdrawn" and gone.stored is None and stored() == {}
        past = Superseded.objects.order_by("superseded_at")
        assert [(str(p.value), p.withdrawn) for p in past] == [("5", False), ("6", True)]
        assert save(carl, value(None, seen=""))[0].state == "unchanged"

    def test_it_goes_through_the_one_core(self, carl: User) -> None:
        StaleMark.objects.update(since=None)
        found = saved(carl, value("5"), value("6", period="2026-09"))
        batch = Batch.objects.get(pk=found.batch_id or 0)
        assert (batch.door, batch.actor, batch.created, batch.request_id) == ("form", carl, 2, "r1")
        assert AuditEntry.objects.filter(action="measurements.stored").count() == 1
        assert StaleMark.objects.get().since is not None

    def test_what_somebody_else_stored_meanwhile_is_not_overwritten(
        self, carl: User, alice: User
    ) -> None:
        seen = save(carl, value("5"))[0].stored
        assert seen is not None
        save(alice, value("7"))
        outcome = save(carl, value("6", seen=seen.seen))[0]
        assert (outcome.state, outcome.by, outcome.now) == ("conflict", "Alice", "7")
        assert stored() == {"2026-10-01": "7"}
        assert outcome.stored is not None
        assert save(carl, value("6", seen=outcome.stored.seen))[0].state == "corrected"

    @pytest.mark.parametrize("change", ["5", None])
    def test_neither_where_the_cell_was_empty_or_is_now(
        self, carl: User, alice: User, change: str | None
    ) -> None:
        save(alice, value("7"))
        assert save(carl, value(change, seen=""))[0].state == "conflict"
        save(alice, value(None))
        assert save(carl, value(change, seen="0123456789abcdef"))[0].state == "conflict"
        assert stored() == {}

    def test_a_new_note_of_somebody_else_is_a_change_too(self, carl: User, alice: User) -> None:
        seen = save(carl, value("5"))[0].stored
        assert seen is not None
        save(alice, value("5", note="Estimated"))
        assert save(carl, value("6", seen=seen.seen))[0].state == "conflict"

    def test_a_note_stays_until_another_one_or_none_is_given(self, carl: User) -> None:
        save(carl, value("5", note="Estimated"))
        save(carl, value("6"))
        assert Measurement.objects.get().note == "Estimated"
        save(carl, value("6", note="Counted"))
        assert Measurement.objects.get().note == "Counted"
        outcome = save(carl, value("6", note=""))[0]
        assert outcome.state == "corrected" and outcome.stored is not None
        assert (Measurement.objects.get().note, outcome.stored.note) == ("", "")
        assert save(carl, value("7", note=""))[0].state == "corrected"

    def test_a_note_is_not_lost_with_a_value_that_could_not_come_back(self, carl: User) -> None:
        save(carl, value("500", note="Estimated"))
        Indicator.objects.update(maximum=100)
        outcome = save(carl, value("500", note=""))[0]
        assert outcome.state == "refused"
        assert (Measurement.objects.get().note, stored()) == ("Estimated", {"2026-10-01": "500"})

    def test_undoing_a_save_is_saving_what_was(self, carl: User) -> None:
        before = save(carl, value("5", note="Estimated"))[0].stored
        after = save(carl, value("6", note="Counted"))[0].stored
        assert before is not None and after is not None
        back = save(carl, value("5", note="Estimated", seen=after.seen))[0]
        assert back.stored is not None and back.stored.seen == before.seen

    def test_one_bad_cell_does_not_stop_the_others(self, carl: User) -> None:
        Indicator.objects.update(maximum=100)
        found = save(
            carl,
            value("500", period="2026-06"),
            value("5", period="2026-07"),
            value("5", period="2026-7"),
            value("5", period="2026-12"),
            value("5", key="nothing"),
            value("5", period="2026-08", problem="Write a number."),
            value("5", period="2026-09", problem="1234 or 1.234?", is_question=True),
            value("6", period="2026-07"),
            value("5", period="9999-12"),
        )
        assert [one.state for one in found] == [
            "refused", "created", "refused", "refused", "refused", "refused", "asked", "refused",
            "refused",
        ]  # fmt: skip
        assert "never above 100" in found[0].detail
        assert stored() == {"2026-07-01": "5"}

    def test_a_rehearsal_stores_nothing(self, carl: User) -> None:
        save(carl, value("5"))
        batches = Batch.objects.count()
        found = save(
            carl, value("6"), value("5", period="2026-09"), value(None), dry_run=True,
        )  # fmt: skip
        assert [one.state for one in found] == ["corrected", "created", "refused"]
        assert save(carl, value(None), dry_run=True)[0].state == "withdrawn"
        assert stored() == {"2026-10-01": "5"} and Batch.objects.count() == batches

    def test_the_number_of_queries_does_not_grow(self, carl: User) -> None:
        months = [f"2026-{month:02d}" for month in range(1, 11)]
        counts = []
        for periods in (months[:1], months):
            with CaptureQueriesContext(connection) as asked:
                found = save(carl, *(value("5", period=one, seen=None) for one in periods))
            assert {one.state for one in found} <= {"created", "unchanged"}
            counts.append(len(asked))
        assert counts[1] <= counts[0]

    def test_nobody_else_may(self, bob: User, charlie: User, dora: User) -> None:
        assert [save(user, value("5"))[0].state for user in (bob, charlie)] == ["refused"] * 2
        missing = save(charlie, value("5", key="nothing"))[0].detail
        assert save(charlie, value("5"))[0].detail == missing
        assert stored() == {}
        assert save(dora, value("5"))[0].state == "created"

    @pytest.mark.parametrize("fields", [{"state": "retired"}, {"source_kind": "formula"}])
    def test_what_takes_no_values_takes_none(self, carl: User, fields: dict[str, Any]) -> None:
        Indicator.objects.update(**fields)
        assert save(carl, value("5"))[0].state == "refused"

    @pytest.mark.parametrize("key", ["", "\x00", "a" * 200, "Sales", "\ud800"])
    def test_hostile_keys_are_unknown(self, carl: User, key: str) -> None:
        assert save(carl, value("5", key=key))[0].state == "refused"

    def test_a_hostile_note_is_refused(self, carl: User) -> None:
        for note in ("x" * 501, "a\x00b", "\ud800"):
            assert save(carl, value("5", note=note))[0].state == "refused"


# --- several at once -------------------------------------------------------------------------


class TestSeveralAtOnce(TransactionTestCase):
    """People in threads of their own, each with its connection."""

    def setUp(self) -> None:
        Organisation.current()
        self.team = make_team("Red team")
        self.people = [make_user(f"p{k}", contributor=self.team) for k in range(4)]
        owned(self.team, self.people[0])

    def states(self, *works: Callable[[], list[CellOutcome]]) -> list[str]:
        """What became of the cells that several saved at the same moment."""
        return sorted(one.state for found in run_together(*works) for one in found)

    def test_one_of_those_who_fill_the_same_empty_cell_wins(self) -> None:
        for round_ in range(5):
            period = f"2026-0{round_ + 1}"
            found = self.states(*(
                partial(save, user, value(str(k), period=period, seen=""))
                for k, user in enumerate(self.people)
            ))  # fmt: skip
            assert found == ["conflict"] * 3 + ["created"], period
        assert not Superseded.objects.exists()

    def test_one_of_those_who_correct_what_they_saw_wins(self) -> None:
        seen = save(self.people[0], value("5"))[0].stored
        assert seen is not None
        found = self.states(*(
            partial(save, user, value(str(k + 10), seen=seen.seen))
            for k, user in enumerate(self.people)
        ))  # fmt: skip
        assert found == ["conflict"] * 3 + ["corrected"]
        assert Superseded.objects.count() == 1

    def test_a_program_that_is_faster_is_not_overwritten(self) -> None:
        """The value is stored after the look at the empty cell and before the writing."""
        program = self.people[1]

        def looked(spans: Any) -> Any:
            found = locked_in(spans)
            if not Measurement.objects.exists():
                started(send_faster).result(30)
            return found

        def send_faster() -> None:
            rows = [Row(index=0, indicator="sales", at="2026-10", value="7")]
            deliver(rows, Sender(actor=program, door=Batch.Door.API), now=NOW)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("measurements.entry.saving.locked_in", looked)
            outcome = save(self.people[0], value("6", seen=""))[0]
        assert (outcome.state, outcome.now, stored()) == ("conflict", "7", {"2026-10-01": "7"})

    def test_blocks_in_other_orders_never_deadlock(self) -> None:
        for k in range(5):
            owned(self.team, None, f"more-{k}")
        cells = [
            value("1", key=f"more-{k}", period=f"2026-{m:02d}")
            for k in range(5)
            for m in range(1, 11)
        ]
        orders = [cells, cells[::-1], cells[::2] + cells[1::2], cells[::-3]]
        found = self.states(*(
            partial(
                save,
                self.people[k],
                *(replace(c, value=Decimal(k)) for c in dict.fromkeys(order)),
                now=NOW + timedelta(seconds=k),
            )
            for k, order in enumerate(orders)
        ))  # fmt: skip
        assert set(found) <= {"created", "corrected", "unchanged"}
        assert Measurement.objects.count() == 50
