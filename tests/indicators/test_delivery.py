"""Deliveries checked and stored agree with a plain reference, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators.models import StaleMark
from measurements import storage
from measurements.delivery import deliver, deliver_stream
from measurements.intake import MANY_ASKED, Intake, check, intakes_for
from measurements.models import Batch, Measurement, Superseded
from measurements.moments import Clock
from measurements.row import Accepted, Refusal, Report, Row, Sender
from teams.models import AuditEntry, Organisation, Team, User, memory
from tests.factories import make_indicator

NOW = datetime(2026, 11, 21, tzinfo=UTC)


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

# --- the check -----------------------------------------------------------------------------------

ELEVEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
# Each text with its instant in UTC and in Tokyo; None is refused.
TIMES: dict[str | datetime, tuple[datetime, datetime] | None] = {
    "2026-11-20": (
        datetime(2026, 11, 20, tzinfo=UTC),
        datetime(2026, 11, 19, 15, tzinfo=UTC),
    ),
    "2026-11": (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 10, 31, 15, tzinfo=UTC)),
    "2026-11-20T10:00:00Z": (ELEVEN, ELEVEN),
    "2026-11-20T11:00:00+01:00": (ELEVEN, ELEVEN),
    NOW: (NOW, NOW),
    "soon": None,
    "": None,
}
NUMBERS: dict[str | Decimal | None, Decimal | None] = {
    "1": Decimal(1),
    "1.0": Decimal(1),
    "-2.50": Decimal("-2.5"),
    "+3": Decimal(3),
    "100.1": Decimal("100.1"),
    "1e3": Decimal(1000),
    ".5": Decimal("0.5"),
    Decimal("1.5"): Decimal("1.5"),
    **dict.fromkeys(["", "1\n2", "\n", "NaN", "12 ", "٣", "true"]),
}
ROWS = st.builds(
    Row,
    index=st.just(0),
    indicator=st.sampled_from([*INTAKES, "nowhere", ""]),
    at=st.sampled_from([*TIMES]),
    value=st.none() | st.sampled_from([*NUMBERS]),
    numerator=st.none() | st.just("1"),
    denominator=st.none() | st.just("2"),
    note=st.sampled_from(["", "", "seen", "heard"]),
    problem=st.sampled_from([None, None, None, Refusal(0, None, "invalid", "No.")]),
)
PLAIN_ROWS = st.builds(
    Row,
    index=st.just(0),
    indicator=st.sampled_from(["plain", "elsewhere", "bounded"]),
    at=st.sampled_from(["2026-11-20", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00+01:00"]),
    value=st.sampled_from(["1", "1.0", "+3"]),
    note=st.sampled_from(["", "", "seen", "heard"]),
)
Place = tuple[int, datetime]


def place_of(row: Row) -> Place | None:
    """Where a row belongs, or None where it is refused for itself."""
    into, instants = INTAKES.get(row.indicator), TIMES[row.at]
    if row.problem or into is None or into.key == "drawn-up" or instants is None:
        return None
    place = into.id, instants[into.key == "elsewhere"]
    if into.key == "share":
        return place if (row.value, row.numerator, row.denominator) == (None, "1", "2") else None
    number = NUMBERS.get(row.value)
    if number is None or row.numerator or row.denominator:
        return None
    return None if into.key == "bounded" and not 0 <= number <= 100 else place


def expected(rows: Sequence[Row]) -> tuple[dict[Place, tuple[Decimal | None, str]], set[int], int]:
    """Value and note to store by place, the indexes of refused rows, and how many repeat one."""
    kept: dict[Place, tuple[Decimal | None, str]] = {}
    bad: set[int] = set()
    repeated = 0
    for row in rows:
        place, number = place_of(row), NUMBERS.get(row.value)
        if place is None:
            bad.add(row.index)
            continue
        value, note = kept.get(place, (number, row.note))
        if value != number or (note and row.note not in ("", note)):
            bad.add(row.index)
            continue
        repeated += place in kept
        kept[place] = value, note or row.note
    return kept, bad, repeated


@given(st.lists(ROWS, max_size=5) | st.lists(PLAIN_ROWS | ROWS, max_size=8))
def test_the_check_agrees_with_a_look_at_each_row(found: list[Row]) -> None:
    rows = [numbered(index, row) for index, row in enumerate(found)]
    clock = Clock(NOW)
    clock._organisation = Organisation(timezone="UTC")
    accepted, refused, repeated = check(rows, INTAKES, clock, derived=False)
    kept = {(row.indicator_id, row.at): (row.parts[0], row.note) for row in accepted}
    assert (kept, {one.index for one in refused}, repeated) == expected(rows)
    assert len(accepted) + len(refused) + repeated == len(rows)


def numbered(index: int, row: Row) -> Row:
    """The row with its place in the delivery, which its problem names too."""
    problem = row.problem and msgspec.structs.replace(row.problem, index=index)
    return msgspec.structs.replace(row, index=index, problem=problem)


# --- what is stored ------------------------------------------------------------------------------

SENT = st.tuples(
    st.sampled_from(["one", "other"]),
    st.integers(1, 4),
    st.sampled_from(["1", "1.0", "2", "many"]),
    st.sampled_from(["", "", "seen", "heard"]),
)
Sent = tuple[str, int, str, str]
Held = dict[tuple[str, int], tuple[Decimal, str]]


def rows_of(sent: Sequence[Sent]) -> list[Row]:
    return [
        Row(index=index, indicator=key, at=f"2026-10-{day:02}", value=value, note=note)
        for index, (key, day, value, note) in enumerate(sent)
    ]


def counted(held: Held, past: list[Decimal], sent: Sequence[Sent]) -> tuple[int, int, int, int]:
    """Put a delivery into the reference; created, corrected, unchanged and refused rows."""
    given: Held = {}
    counts = dict.fromkeys(["created", "corrected", "unchanged", "refused"], 0)
    for key, day, text, note in sent:
        value = None if text == "many" else Decimal(text)
        earlier = given.get((key, day))
        if value is None or (
            earlier and (earlier[0] != value or (earlier[1] and note not in ("", earlier[1])))
        ):
            counts["refused"] += 1
        elif earlier:
            counts["unchanged"] += 1
            given[key, day] = value, earlier[1] or note
        else:
            given[key, day] = value, note
    for place, (value, note) in given.items():
        if place not in held:
            counts["created"] += 1
        elif held[place][0] == value and note in ("", held[place][1]):
            counts["unchanged"] += 1
            continue
        else:
            counts["corrected"] += 1
            past.append(held[place][0])
        held[place] = value, note
    return (*counts.values(),)  # type: ignore[return-value]


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [2, 5000])
@settings(max_examples=25, deadline=None, suppress_health_check=[*HealthCheck])
@given(deliveries=st.lists(st.lists(SENT, min_size=1, max_size=8), min_size=1, max_size=4))
def test_deliveries_leave_what_the_reference_says(
    alice: User,
    red_team: Team,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
    deliveries: list[list[Sent]],
) -> None:
    monkeypatch.setattr(storage, "AT_ONCE", at_once)
    sender = Sender(actor=alice, door=Batch.Door.API)
    held: Held = {}
    past: list[Decimal] = []
    with transaction.atomic():
        for key in ("one", "other"):
            make_indicator(red_team, key, timezone="UTC")
        for sent in deliveries:
            report = deliver(rows_of(sent), sender, on_error="skip", now=NOW)
            found = report.created, report.updated, report.unchanged, report.rejected_count
            assert found == counted(held, past, sent)
        kept = Measurement.objects.values_list("indicator__key", "at", "value", "note")
        assert {(key, at.day): (value, note) for key, at, value, note in kept} == held
        former = Superseded.objects.values_list("value", flat=True)
        assert Counter(former) == Counter(past)
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("door", [Batch.Door.API, Batch.Door.FILE])
def test_a_delivery_leaves_its_row_an_audit_entry_and_stale_marks(
    alice: User, red_team: Team, door: Batch.Door
) -> None:
    one, other = (make_indicator(red_team, key, timezone="UTC") for key in ("one", "other"))
    sender = Sender(actor=alice, door=door, label="Test", request_id="r-1")
    deliver(rows_of([("one", 1, "1", ""), ("other", 1, "1", "")]), sender, now=NOW)
    StaleMark.objects.update(since=None)
    sent = [("one", 1, "2", ""), ("other", 1, "1.0", ""), ("one", 2, "3", ""), ("one", 3, "x", "")]
    report = deliver(rows_of(sent), sender, on_error="skip", now=NOW)
    assert report.batch_id is not None
    batch = Batch.objects.get(pk=report.batch_id)
    counts = batch.received, batch.created, batch.updated, batch.unchanged, batch.rejected
    assert counts == (4, 1, 1, 1, 1) and not batch.refused
    assert (batch.actor, batch.door, batch.label, batch.request_id) == (alice, door, "Test", "r-1")
    assert batch.indicator_ids == ([one.pk] if door == Batch.Door.FILE else None)
    entry = AuditEntry.objects.order_by("pk").last()
    assert entry is not None and (entry.subject, entry.team) == ("one", red_team)
    assert entry.detail == {"batch": batch.pk, "door": door, "created": 1, "updated": 1}
    assert list(StaleMark.objects.waiting().values_list("pk", flat=True)) == [one.pk] != [other.pk]


@pytest.mark.django_db
def test_a_delivery_into_several_teams_names_none_of_them(alice: User, red_team: Team) -> None:
    make_indicator(red_team, "one")
    make_indicator(Team.objects.create(name="Green", slug="green", parent=red_team), "other")
    sent = rows_of([("one", 1, "1", ""), ("other", 1, "1", "")])
    deliver(sent, Sender(actor=None, door=Batch.Door.DEMO), now=NOW)
    entry = AuditEntry.objects.get(action="measurements.stored")
    assert (entry.subject, entry.team) == ("2 indicators", None)


def streamed(rows: Sequence[Row], **options: Any) -> Report:
    """Deliver the rows in parts of two."""
    parts = [rows[start : start + 2] for start in range(0, len(rows), 2)]
    return deliver_stream(parts, Sender(actor=None, door=Batch.Door.COMMAND), now=NOW, **options)


@pytest.mark.django_db
def test_parts_are_one_delivery(red_team: Team) -> None:
    one = make_indicator(red_team, "one", timezone="UTC")
    days = [("one", day, "1", "") for day in (1, 2, 3)]
    report = streamed(rows_of([*days, ("one", 1, "1", "")]))
    assert (report.created, report.unchanged, report.received) == (3, 1, 4)
    batch = Batch.objects.get(pk=report.batch_id or 0)
    assert report.changed_indicator_ids == batch.indicator_ids == [one.pk]
    assert Measurement.objects.filter(batch_id=batch.pk).count() == 3
    assert AuditEntry.objects.filter(action="measurements.stored").count() == 1


@pytest.mark.django_db
def test_a_refusal_in_a_later_part_takes_back_the_earlier_ones(red_team: Team) -> None:
    make_indicator(red_team, "one", timezone="UTC")
    days = [("one", day, "many" if day == 3 else "1", "") for day in (1, 2, 3, 4)]
    report = streamed(rows_of(days))
    assert not report.stored and report.batch_id is None and report.rejected_count == 1
    assert report.created == 0 and report.changed_indicator_ids == []
    assert not Measurement.objects.exists() and not Batch.objects.exists()


@pytest.mark.django_db
def test_nothing_good_leaves_nothing(alice: User, red_team: Team) -> None:
    make_indicator(red_team, "one")
    sender = Sender(actor=alice, door=Batch.Door.API)
    sent = rows_of([("one", 1, "many", "")])
    report = deliver(sent, sender, on_error="skip", now=NOW)
    assert report.rejected_count == 1 and report.batch_id is None and report.stored
    assert not Batch.objects.exists() and not AuditEntry.objects.exists()


def test_a_column_without_content_is_not_sent() -> None:
    rows = [Accepted(1, NOW, "1", None, None, ""), Accepted(2, NOW, "2", None, None, 'a "b"')]
    sent = storage.as_arrays(rows)
    assert (sent["values"], sent["numerators"], sent["denominators"]) == ("{1,2}", None, None)
    assert sent["notes"] == '{NULL,"a \\"b\\""}'


# --- intakes are remembered for seconds -----------------------------------------------------------


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
