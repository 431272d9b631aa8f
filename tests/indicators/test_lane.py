"""The fast ways of the core say and store the same as the slow ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from indicators.models import Indicator, StaleMark
from measurements import checking, delivery, lane
from measurements.intake import MANY_ASKED, Intake, intakes_for
from measurements.models import Batch, Measurement, Superseded
from measurements.moments import Clock
from measurements.row import Refusal, Report, Row
from measurements.sender import Sender
from measurements.storage import in_order
from teams.models import AuditEntry, Organisation, Team, User, memory
from tests.factories import make_indicator

NOW = datetime(2026, 11, 21, tzinfo=UTC)
KEYS = ("plain", "elsewhere", "bounded", "share", "drawn-up", "nowhere", "")


def clock() -> Clock:
    found = Clock(NOW)
    found._organisation = Organisation(timezone="UTC")
    return found


def intake(number: int, key: str, **given: Any) -> Intake:
    fields: dict[str, Any] = {
        "state": "active",
        "source_kind": "measured",
        "rollup": "last",
        "factor": Decimal(1),
        "minimum": None,
        "maximum": None,
        "timezone": "UTC",
        "team_id": 1,
    }
    return Intake(id=number, key=key, **fields | given)


INTAKES = {
    found.key: found
    for found in (
        intake(1, "plain"),
        intake(2, "elsewhere", timezone="Asia/Tokyo"),
        intake(3, "bounded", minimum=Decimal(0), maximum=Decimal(100)),
        intake(4, "share", rollup="ratio"),
        intake(5, "drawn-up", state="draft"),
    )
}
NUMBERS = st.sampled_from(
    ["1", "-2.50", "+3", "100", "100.1", "1e3", ".5", "", "1\n2", "\n", "NaN", "12 ", "٣", "true"]
)
TIMES = st.sampled_from(
    ["2026-11-20", "2026-11", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00+01:00", "soon", "", NOW]
)
ROWS = st.builds(
    Row,
    index=st.integers(0, 9),
    indicator=st.sampled_from(KEYS),
    at=TIMES,
    value=st.none() | NUMBERS | st.just(Decimal("1.5")),
    numerator=st.none() | st.just("1"),
    denominator=st.none() | st.just("2"),
    note=st.sampled_from(["", "", "", "seen"]),
    problem=st.sampled_from([None, None, None, Refusal(0, None, "invalid", "No.")]),
)
PLAIN_ROWS = st.builds(
    Row,
    index=st.integers(0, 9),
    indicator=st.sampled_from(KEYS[:3]),
    at=TIMES,
    value=st.sampled_from(["1", "-2.50", "+3", "100", "100.1", "0"]),
)


@given(st.lists(PLAIN_ROWS | ROWS, max_size=4) | st.lists(PLAIN_ROWS, max_size=6))
def test_what_is_checked_as_a_whole_is_what_each_row_says(rows: list[Row]) -> None:
    whole = lane.all_plain(rows, INTAKES, clock(), derived=False)
    accepted, refused, repeated = checking.look_at(rows, INTAKES, clock(), derived=False)
    if whole is not None:
        assert (whole, [], 0) == (in_order(accepted), refused, repeated)


def test_plain_rows_take_the_fast_lane() -> None:
    rows = [
        Row(index=k, indicator=key, at=f"2026-11-{k + 1:02}", value=f"{k}.5")
        for k, key in enumerate(["plain", "elsewhere", "bounded"])
    ]
    found = lane.all_plain(rows, INTAKES, clock(), derived=False)
    assert found is not None and [row.value for row in found] == ["0.5", "1.5", "2.5"]
    assert found[1].at == datetime(2026, 11, 1, 15, tzinfo=UTC), "midnight in Tokyo"


@pytest.mark.parametrize(
    "odd",
    [
        {"value": "101", "indicator": "bounded"},
        {"value": "1e2"},
        {"value": "1\n2"},
        {"value": None},
        {"note": "why"},
        {"indicator": "share"},
        {"indicator": "drawn-up"},
        {"indicator": "nowhere"},
        {"at": "2026-13"},
        {"at": "2026-11-02"},
    ],
)
def test_one_unusual_row_closes_the_lane(odd: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"indicator": "plain", "value": "1", "at": "2026-11-01"}
    rows = [Row(index=0, **usual | {"at": "2026-11-02"}), Row(index=1, **usual | odd)]
    assert lane.all_plain(rows, INTAKES, clock(), derived=False) is None


# --- a small delivery in one statement -----------------------------------------------------------


def both_ways(rows: list[Row], sender: Sender) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a delivery leaves behind when it is stored as a small one, and as a large one."""
    found = []
    for way in (small, large):
        with transaction.atomic():
            report = way(rows, sender)
            found.append(left_behind(report))
            transaction.set_rollback(True)
    return found[0], found[1]


def small(rows: list[Row], sender: Sender) -> Report:
    return delivery.deliver_few(rows, sender, on_error="skip", now=NOW)


def large(rows: list[Row], sender: Sender) -> Report:
    return delivery.deliver([rows], sender, on_error="skip", dry_run=False, now=NOW)


def left_behind(report: Report) -> dict[str, Any]:
    assert report.batch_id is not None
    batch = Batch.objects.filter(pk=report.batch_id)
    trail = [
        entry | {"id": None, "detail": entry["detail"] | {"batch": None}}
        for entry in AuditEntry.objects.order_by("pk").values()
    ]
    return {
        "report": report.as_answer(request_id="r") | {"ids": report.changed_indicator_ids},
        "batch": list(batch.values(*[f.name for f in Batch._meta.fields if f.name != "id"])),
        "audit": trail,
        "values": list(Measurement.objects.order_by("pk").values_list("pk", "value", "note")),
        "own": Measurement.objects.filter(batch_id=report.batch_id).count(),
        "past": list(Superseded.objects.order_by("pk").values_list("value", "withdrawn")),
        "stale": list(StaleMark.objects.waiting().values_list("pk", "number")),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("door", [Batch.Door.API, Batch.Door.FILE])
@pytest.mark.parametrize(
    "given",
    [
        [("one", "2026-11-01", "5", "")],
        [("one", "2026-11-02", "5", ""), ("other", "2026-11-02", "6", "with a note")],
        [("one", "2026-10-01", "1.00", "")],
        [("one", "2026-10-01", "2", ""), ("other", "2026-10-01", "1", "only a note")],
        [("one", "2026-10-01", "2", ""), ("other", "2026-13-01", "1", "")],
        [("one", "2026-11-01", "5", ""), ("one", "2026-11-01", "5.0", "")],
    ],
    ids=["new", "two-new", "unchanged", "corrections", "one-refused", "repeated"],
)
def test_small_deliveries_leave_the_same_behind_as_large_ones(
    alice: User, red_team: Team, given: list[tuple[str, str, str, str]], door: Batch.Door
) -> None:
    for key in ("one", "other"):
        make_indicator(red_team, key, timezone="UTC")
    sender = Sender(actor=alice, door=door, label="Test", request_id="r-1")
    known = [Row(index=0, indicator=key, at="2026-10-01", value="1") for key in ("one", "other")]
    large(known, sender)
    StaleMark.objects.update(since=None)
    rows = [
        Row(index=index, indicator=key, at=at, value=value, note=note)
        for index, (key, at, value, note) in enumerate(given)
    ]
    one, other = both_ways(rows, sender)
    assert one == other
    assert one["batch"], "both leave a row in the list of deliveries"


@pytest.mark.django_db
def test_a_small_delivery_of_nothing_good_leaves_nothing(alice: User, red_team: Team) -> None:
    make_indicator(red_team, "one")
    sender = Sender(actor=alice, door=Batch.Door.API)
    bad = [Row(index=0, indicator="one", at="2026-11-01", value="many")]
    report = small(bad, sender)
    assert report.rejected_count == 1 and report.batch_id is None
    assert not Batch.objects.exists() and not Measurement.objects.exists()
    assert Indicator.objects.count() == 1


# --- what may be entered is remembered -----------------------------------------------------------


@pytest.fixture
def remembering(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(memory, "SECONDS", 60)
    yield
    memory.forget()


@pytest.mark.django_db
@pytest.mark.usefixtures("remembering")
def test_many_asked_one_by_one_are_read_together(
    alice: User, charlie: User, red_team: Team, django_assert_num_queries: Callable[..., Any]
) -> None:
    keys = [make_indicator(red_team, f"series-{k}").key for k in range(MANY_ASKED + 5)]
    _ = alice.reach, charlie.reach
    with django_assert_num_queries(MANY_ASKED + 1):
        found = [intakes_for([key], alice) for key in keys]
    assert [list(one) for one in found] == [[key] for key in keys]
    assert intakes_for([keys[-1]], charlie) == {}, "others still ask for themselves"


@pytest.mark.django_db
@pytest.mark.usefixtures("remembering")
def test_what_is_remembered_ends_with_the_role(alice: User, red_team: Team) -> None:
    keys = [make_indicator(red_team, f"series-{k}").key for k in range(MANY_ASKED + 5)]
    for key in keys:
        assert intakes_for([key], alice)
    alice.memberships.get().delete()
    again = User.objects.get(pk=alice.pk)
    assert intakes_for(keys, again) == {}


@pytest.mark.django_db
def test_behind_a_pooler_nothing_is_prepared(
    alice: User, red_team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_indicator(red_team, "one")
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    sender = Sender(actor=alice, door=Batch.Door.API)
    rows = [Row(index=0, indicator="one", at="2026-11-01", value="1")]
    with CaptureQueriesContext(connection) as captured:
        assert small(rows, sender).created == 1
    assert not any("store_few" in query["sql"] for query in captured)
