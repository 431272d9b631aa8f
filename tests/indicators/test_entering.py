"""Entering: what is due to whom, cells saved over what was seen, notes, undoing, races."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase

from indicators.analysis.values import Calendar
from indicators.author import Author
from indicators.entering import Asked, Change, Grid, Outcome, Saved, build_grid, save_cells
from indicators.entering.cells import fingerprint, locked_in, stored_in
from indicators.entering.columns import columns, read, spelled
from indicators.ingestion import Row, ingest
from indicators.models import Batch, Indicator, Measurement, Superseded, Verdict
from teams.models import AuditEntry, Organisation, Team, User
from tests.factories import make_indicator, make_measurements, make_team, make_user

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def owned(team: Team, owner: User | None, key: str = "sales", **fields: Any) -> Indicator:
    return make_indicator(team, key, owner=owner, **({"created_at": LONG_AGO} | fields))


def save(user: User, *changes: Change, **more: Any) -> list[Outcome]:
    return saved(user, *changes, **more).outcomes


def saved(user: User, *changes: Change, **more: Any) -> Saved:
    given: dict[str, Any] = {"door": Batch.Door.FORM, "now": NOW} | more
    return save_cells(changes, author=Author(user, request_id="r1"), **given)


def value(text: str | None, *, key: str = "sales", period: str = "2026-10", **more: Any) -> Change:
    number = None if text is None else Decimal(text)
    return Change(key=key, period=period, value=number, **more)


def stored(key: str = "sales") -> dict[str, str]:
    """What is stored, by day."""
    rows = Measurement.objects.filter(indicator__key=key).order_by("at")
    return {f"{row.at:%Y-%m-%d}": str(row.value) for row in rows}


def grid(user: User, **asked: Any) -> Grid:
    return build_grid(user, Asked(**asked), NOW)


def due_cells(found: Grid) -> list[str]:
    return [
        f"{row.indicator.key} {cell.column.text}"
        for group in found.groups
        for row in group.rows
        for cell in row.cells
        if cell.is_due
    ]


# --- periods ---------------------------------------------------------------------------------

SPELLED = [
    ("day", ["2026-11-20", "2026-11-21"], ["20 Nov", "21 Nov"], "21 Nov 2026"),
    ("week", ["2026-W46", "2026-W47"], ["Week 46", "Week 47"], "Week 47, 2026"),
    ("month", ["2026-10", "2026-11"], ["October", "November"], "November 2026"),
    ("quarter", ["2026-Q3", "2026-Q4"], ["Q3", "Q4"], "Q4 2026"),
    ("year", ["2025", "2026"], ["2025", "2026"], "2026"),
]


@pytest.mark.parametrize(("grain", "texts", "headings", "label"), SPELLED)
def test_columns_are_the_newest_periods_and_the_last_one_runs(
    grain: Any, texts: list[str], headings: list[str], label: str
) -> None:
    found = columns(grain, Calendar(), NOW)
    assert len(found) == 6
    assert [one.text for one in found[-2:]] == texts
    assert [one.short for one in found[-2:]] == headings
    assert [one.is_running for one in found] == [False] * 5 + [True]
    assert found[-1].label == label and found[-1].begins_at <= NOW < found[-1].ends_at


@pytest.mark.parametrize("week_start", range(1, 8))
def test_a_week_is_read_as_it_was_written_wherever_it_begins(week_start: int) -> None:
    calendar = Calendar(week_start=week_start)
    for one in columns("week", calendar, datetime(2027, 1, 6, tzinfo=UTC), 60):
        assert read(spelled(one.start, "week"), "week", calendar) == one.start


def test_a_text_of_another_grain_is_no_period() -> None:
    for text in ("2026", "2026-W40", "2026-10-01", "2026-13", "soon", ""):
        with pytest.raises(ValueError, match=r"."):
            read(text, "month", Calendar())


# --- what is due to whom ---------------------------------------------------------------------


@pytest.mark.django_db
class TestDue:
    def test_to_the_owner_until_the_value_is_there(self, alice: User, carl: User) -> None:
        team = alice.memberships.get().team
        owned(team, carl)
        assert due_cells(grid(carl)) == ["sales 2026-10"]
        assert due_cells(grid(alice)) == []
        save(carl, value("5"))
        assert due_cells(grid(carl)) == []
        assert grid(carl).show == "all" and grid(carl).due == 0

    def test_not_before_the_indicator_was_made(self, red_team: Team, carl: User) -> None:
        owned(red_team, carl, created_at=datetime(2026, 11, 2, tzinfo=UTC))
        assert due_cells(grid(carl)) == []

    def test_only_the_newest_period_and_its_own_grain(self, red_team: Team, carl: User) -> None:
        owned(red_team, carl, "a", period="quarter", entry_period="month")
        owned(red_team, carl, "b", period="day")
        found = grid(carl)
        assert due_cells(found) == ["b 2026-11-20", "a 2026-10"]
        assert [group.heading for group in found.groups] == ["Days", "Months"]

    def test_the_running_period_where_it_is_evaluated_within_it(
        self, red_team: Team, carl: User
    ) -> None:
        owned(red_team, carl, "a", evaluate_every="weekly")
        owned(red_team, carl, "b", evaluate_every="monthly")
        make_measurements(Indicator.objects.get(key="a"), [1], first=date(2026, 10, 1))
        make_measurements(Indicator.objects.get(key="b"), [1], first=date(2026, 10, 1))
        assert due_cells(grid(carl)) == ["a 2026-11"]
        monday = datetime(2026, 11, 1, 12, tzinfo=UTC)  # no week of November is over
        assert not build_grid(carl, Asked(), monday).due

    def test_drafts_retired_and_computed_ones_are_not_entered(
        self, red_team: Team, carl: User
    ) -> None:
        owned(red_team, carl, "draft", state="draft")
        owned(red_team, carl, "retired", state="retired")
        owned(red_team, carl, "computed", source_kind="formula")
        assert grid(carl).total == 0 and not grid(carl).groups

    def test_what_is_due_stands_first_and_alone_when_nothing_is_asked(
        self, red_team: Team, carl: User
    ) -> None:
        owned(red_team, None, "alpha")
        owned(red_team, carl, "zulu")
        keys = [[r.indicator.key for g in found.groups for r in g.rows] for found in (
            grid(carl), grid(carl, show="all"), grid(carl, show="due"),
        )]  # fmt: skip
        assert keys == [["zulu"], ["zulu", "alpha"], ["zulu"]]

    def test_a_team_is_one_of_those_one_enters_into(self, red_team: Team, carl: User) -> None:
        blue = make_team("Blue team")
        carl.memberships.create(team=blue, role="contributor")
        green = make_team("Green team")  # everybody sees it, carl does not enter
        for team, key in ((red_team, "red"), (blue, "blue"), (green, "green")):
            owned(team, None, key)
        carl = User.objects.get(pk=carl.pk)
        found = grid(carl)
        assert found.teams == [("Blue team", "blue-team"), ("Red team", "red-team")]
        assert found.total == 2
        assert [r.indicator.key for r in grid(carl, team=blue).groups[0].rows] == ["blue"]

    def test_periods_begin_where_the_indicator_is_counted(self, red_team: Team, carl: User) -> None:
        """In Auckland it is December while it is November in UTC."""
        now = datetime(2026, 11, 30, 12, tzinfo=UTC)
        owned(red_team, carl, "here")
        owned(red_team, carl, "there", timezone="Pacific/Auckland")
        found = build_grid(carl, Asked(show="all"), now)
        newest = {g.rows[0].indicator.key: g.columns[-1].text for g in found.groups}
        assert newest == {"here": "2026-11", "there": "2026-12"}
        save(carl, value("5", key="there", period="2026-12"), now=now)
        row = Measurement.objects.get()
        assert row.at == datetime(2026, 11, 30, 11, tzinfo=UTC)

    def test_one_without_a_calendar_is_left_out(self, red_team: Team, carl: User) -> None:
        owned(red_team, carl, "bad", timezone="Nowhere/Land")
        owned(red_team, carl, "good")
        assert [r.indicator.key for g in grid(carl).groups for r in g.rows] == ["good"]

    def test_the_number_of_queries_does_not_grow(
        self, red_team: Team, carl: User, django_assert_num_queries: Any
    ) -> None:
        owned(red_team, carl, "first")
        carl.reach  # noqa: B018  # read once a request
        with django_assert_num_queries(5):
            assert len(list(grid(carl).page)) == 1
        for k in range(70):
            owned(
                red_team, carl if k % 2 else None, f"one-{k}", period=("month", "week")[k % 3 == 0]
            )
        with django_assert_num_queries(5):
            found = grid(carl, show="all")
        assert [len(list(found.page)), found.total, found.page.paginator.num_pages] == [50, 71, 2]
        assert len(list(grid(carl, show="all", page="2").page)) == 21


# --- what a cell shows -----------------------------------------------------------------------


@pytest.mark.django_db
class TestCells:
    def cell(self, user: User, period: str) -> Any:
        rows = grid(user, show="all").groups[0].rows
        return next(cell for cell in rows[0].cells if cell.column.text == period)

    def test_stored_digits_with_separators(self, red_team: Team, carl: User) -> None:
        owned(red_team, carl)
        save(carl, value("1234567.50", note="Counted twice"))
        cell = self.cell(carl, "2026-10")
        assert (cell.inputs[0].text, cell.inputs[0].shown) == ("1234567.50", "1,234,567.50")
        assert (cell.note, cell.label) == ("Counted twice", "Sales, October 2026")

    def test_a_ratio_has_two(self, red_team: Team, carl: User) -> None:
        owned(red_team, carl, rollup="ratio", unit="percent")
        change = Change(
            key="sales", period="2026-10", numerator=Decimal(9), denominator=Decimal(280)
        )
        assert save(carl, change)[0].state == "created"
        found = [(i.part, i.text, i.label) for i in self.cell(carl, "2026-10").inputs]
        assert found == [
            ("numerator", "9", "Sales, October 2026, numerator"),
            ("denominator", "280", "Sales, October 2026, denominator"),
        ]

    @pytest.mark.parametrize(
        ("rollup", "told"), [("sum", "6.0"), ("mean", "2.0"), ("last", "3.0"), ("max", "3.0")]
    )
    def test_several_are_shown_together_and_not_entered_here(
        self, red_team: Team, carl: User, rollup: str, told: str
    ) -> None:
        owned(red_team, carl, rollup=rollup)
        days = [
            Row(index=k, indicator="sales", at=f"2026-10-0{k}", value=str(k)) for k in (1, 2, 3)
        ]
        ingest(days, actor=carl, door=Batch.Door.API, now=NOW)
        assert self.cell(carl, "2026-10").together == told
        outcome = save(carl, value("5"))[0]
        assert outcome.state == "refused" and "several values" in outcome.detail
        assert len(stored()) == 3

    def test_the_only_one_is_corrected_where_it_is(self, red_team: Team, carl: User) -> None:
        owned(red_team, carl)
        ingest(
            [Row(index=0, indicator="sales", at="2026-10-15", value="4")],
            actor=carl, door=Batch.Door.API, now=NOW,
        )  # fmt: skip
        assert self.cell(carl, "2026-10").inputs[0].text == "4"
        assert save(carl, value("5", seen=self.cell(carl, "2026-10").seen))[0].state == "updated"
        assert stored() == {"2026-10-15": "5"}

    def test_very_many_are_not_read(self, red_team: Team, carl: User) -> None:
        sales = owned(red_team, carl)
        make_measurements(sales, range(600), first=date(1970, 1, 1))
        span = (sales.pk, datetime(1970, 1, 1, tzinfo=UTC), NOW)
        assert stored_in([span])[span[:2]].count == 500


def test_a_fingerprint_is_that_of_the_number_and_its_note() -> None:
    one = fingerprint((Decimal("3.20"), None, None, ""))
    assert one == fingerprint((Decimal("3.2"), None, None, ""))
    others = [(Decimal("3.21"), None, None, ""), (Decimal("3.2"), None, None, "x")]
    many = [(Decimal("1" + "0" * 40), 1), (Decimal("1" + "0" * 39 + "1"), 1)]
    assert len({one, *map(fingerprint, others), *map(fingerprint, many)}) == 5


# --- saving ----------------------------------------------------------------------------------


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
        assert (again.state, second.state) == ("unchanged", "updated")
        assert second.stored is not None and stored() == {"2026-10-01": "6"}
        gone = save(carl, value(None, seen=second.stored.seen))[0]
        assert gone.state == "withdrawn" and gone.stored is None and stored() == {}
        past = Superseded.objects.order_by("superseded_at")
        assert [(str(p.value), p.withdrawn) for p in past] == [("5", False), ("6", True)]
        assert save(carl, value(None, seen=""))[0].state == "unchanged"

    def test_it_goes_through_the_one_core(self, carl: User) -> None:
        Verdict.objects.update(stale_since=None)
        found = saved(carl, value("5"), value("6", period="2026-09"))
        batch = Batch.objects.get(pk=found.batch_id or 0)
        assert (batch.door, batch.actor, batch.created, batch.request_id) == ("form", carl, 2, "r1")
        assert AuditEntry.objects.filter(action="measurements.stored").count() == 1
        assert Verdict.objects.get().stale_since is not None

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
        assert save(carl, value("6", seen=outcome.stored.seen))[0].state == "updated"

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
        assert outcome.state == "updated" and outcome.stored is not None
        assert (Measurement.objects.get().note, outcome.stored.note) == ("", "")
        assert save(carl, value("7", note=""))[0].state == "updated"

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
        assert [one.state for one in found] == ["updated", "created", "refused"]
        assert save(carl, value(None), dry_run=True)[0].state == "withdrawn"
        assert stored() == {"2026-10-01": "5"} and Batch.objects.count() == batches

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
        self.found: list[Outcome] = []
        self.problems: list[BaseException] = []

    def run_together(self, *works: Callable[[], list[Outcome]]) -> None:
        barrier = threading.Barrier(len(works))

        def run(work: Callable[[], list[Outcome]]) -> None:
            try:
                barrier.wait(timeout=10)
                self.found += work()
            except BaseException as problem:  # noqa: BLE001  # shown by the assertion below
                self.problems.append(problem)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert not self.problems

    def states(self) -> list[str]:
        return sorted(one.state for one in self.found)

    def test_one_of_those_who_fill_the_same_empty_cell_wins(self) -> None:
        for round_ in range(5):
            period, self.found = f"2026-0{round_ + 1}", []
            self.run_together(*(
                lambda k=k, user=user: save(user, value(str(k), period=period, seen=""))  # noqa: B023
                for k, user in enumerate(self.people)
            ))  # fmt: skip
            assert self.states() == ["conflict"] * 3 + ["created"], period
        assert not Superseded.objects.exists()

    def test_one_of_those_who_correct_what_they_saw_wins(self) -> None:
        seen = save(self.people[0], value("5"))[0].stored
        assert seen is not None
        self.run_together(*(
            lambda k=k, user=user: save(user, value(str(k + 10), seen=seen.seen))
            for k, user in enumerate(self.people)
        ))  # fmt: skip
        assert self.states() == ["conflict"] * 3 + ["updated"]
        assert Superseded.objects.count() == 1

    def test_a_program_that_is_faster_is_not_overwritten(self) -> None:
        """The value is stored after the look at the empty cell and before the writing."""
        program = self.people[1]

        def looked(spans: Any) -> Any:
            found = locked_in(spans)
            if not Measurement.objects.exists():
                thread = threading.Thread(target=deliver)
                thread.start()
                thread.join(timeout=30)
            return found

        def deliver() -> None:
            rows = [Row(index=0, indicator="sales", at="2026-10", value="7")]
            ingest(rows, actor=program, door=Batch.Door.API, now=NOW)
            connection.close()

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("indicators.entering.saving.locked_in", looked)
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
        self.run_together(*(
            lambda k=k, o=order: save(
                self.people[k],
                *(replace(c, value=Decimal(k)) for c in dict.fromkeys(o)),
                now=NOW + timedelta(seconds=k),
            )
            for k, order in enumerate(orders)
        ))  # fmt: skip
        assert set(self.states()) <= {"created", "updated", "unchanged"}
        assert Measurement.objects.count() == 50
