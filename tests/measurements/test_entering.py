"""Entering: periods as columns, what is due to whom, what a cell shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from analysis.values import Calendar
from indicators.models import Indicator
from measurements.delivery import deliver
from measurements.entry.cells import fingerprint_of, stored_in
from measurements.entry.columns import columns, parse_period, spelled
from measurements.entry.grid import Grid, GridQuery, build_grid
from measurements.entry.saving import CellChange
from measurements.models import Batch, Measurement
from measurements.row import Row, Sender
from teams.models import Team, User
from tests.clock import NOW
from tests.factories import make_measurements, make_team
from tests.measurements.cells import owned, save, stored, value


def grid(user: User, **asked: Any) -> Grid:
    return build_grid(user, GridQuery(**asked), NOW)


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
        assert parse_period(spelled(one.start, "week"), "week", calendar) == one.start


def test_a_text_of_another_grain_is_no_period() -> None:
    for text in ("2026", "2026-W40", "2026-10-01", "2026-13", "soon", ""):
        with pytest.raises(ValueError, match=r"."):
            parse_period(text, "month", Calendar())


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
        assert not build_grid(carl, GridQuery(), monday).due

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
        found = build_grid(carl, GridQuery(show="all"), now)
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
        assert [len(list(found.page)), found.total, found.page.paginator.num_pages] == [25, 71, 3]
        assert len(list(grid(carl, show="all", page="3").page)) == 21


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
        change = CellChange(
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
        deliver(days, Sender(actor=carl, door=Batch.Door.API), now=NOW)
        assert self.cell(carl, "2026-10").together == told
        outcome = save(carl, value("5"))[0]
        assert outcome.state == "refused" and "several values" in outcome.detail
        assert len(stored()) == 3

    def test_the_only_one_is_corrected_where_it_is(self, red_team: Team, carl: User) -> None:
        owned(red_team, carl)
        sent = [Row(index=0, indicator="sales", at="2026-10-15", value="4")]
        deliver(sent, Sender(actor=carl, door=Batch.Door.API), now=NOW)
        assert self.cell(carl, "2026-10").inputs[0].text == "4"
        assert save(carl, value("5", seen=self.cell(carl, "2026-10").seen))[0].state == "corrected"
        assert stored() == {"2026-10-15": "5"}

    def test_very_many_are_not_read(self, red_team: Team, carl: User) -> None:
        sales = owned(red_team, carl)
        make_measurements(sales, range(600), first=date(1970, 1, 1))
        span = (sales.pk, datetime(1970, 1, 1, tzinfo=UTC), NOW)
        assert stored_in([span])[span[:2]].count == 500


def test_a_fingerprint_is_that_of_the_number_and_its_note() -> None:
    one = fingerprint_of((Decimal("3.20"), None, None, ""))
    assert one == fingerprint_of((Decimal("3.2"), None, None, ""))
    others = [(Decimal("3.21"), None, None, ""), (Decimal("3.2"), None, None, "x")]
    many = [(Decimal("1" + "0" * 40), 1), (Decimal("1" + "0" * 39 + "1"), 1)]
    assert len({one, *map(fingerprint_of, others), *map(fingerprint_of, many)}) == 5
