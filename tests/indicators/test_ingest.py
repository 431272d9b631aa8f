"""The ingestion core: what is taken, what is refused, and what history and audit keep of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from indicators.models import Indicator, StaleMark
from measurements.delivery import deliver
from measurements.models import Batch, Measurement, Superseded
from measurements.row import Sender
from teams.models import AuditEntry, Organisation, Team, User
from tests.clock import NOW
from tests.factories import make_indicator, make_team
from tests.indicators.delivering import API, counts, row, rows, send


@pytest.fixture
def sales(red_team: Team) -> Indicator:
    return make_indicator(red_team, "sales", minimum=Decimal(0), maximum=Decimal(1000))


@pytest.fixture
def ratio(red_team: Team) -> Indicator:
    return make_indicator(
        red_team, "conversion", rollup="ratio", factor=Decimal(100), maximum=Decimal(100)
    )


# --- what is taken ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_rows_are_stored_with_every_digit(alice: User, sales: Indicator) -> None:
    report = send(rows(("2026-11-19", "1.50"), ("2026-11-20", "0.1000000000000000055")), alice)
    assert counts(report) == (2, 0, 0, 0) and report.changed_indicator_ids == [sales.pk]
    kept = [str(m.value) for m in Measurement.objects.order_by("at")]
    assert kept == ["1.50", "0.1000000000000000055"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20t10:00:00.25+01:00", datetime(2026, 11, 20, 9, 0, 0, 250_000, tzinfo=UTC)),
        (datetime(2026, 11, 20, 10, tzinfo=UTC), datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("2026-07-20", datetime(2026, 7, 19, 22, tzinfo=UTC)),
        ("2026-11", datetime(2026, 10, 31, 23, tzinfo=UTC)),
        ("2026-W47", datetime(2026, 11, 15, 23, tzinfo=UTC)),
        ("2026-Q4", datetime(2026, 9, 30, 22, tzinfo=UTC)),
        ("2026", datetime(2025, 12, 31, 23, tzinfo=UTC)),
    ],
)
def test_times_and_periods_mean_an_instant_in_the_zone_of_the_indicator(
    alice: User, red_team: Team, text: Any, instant: datetime
) -> None:
    make_indicator(red_team, "sales", timezone="Europe/Stockholm")
    assert send([row(text)], alice).created == 1
    assert Measurement.objects.get().at == instant


@pytest.mark.django_db
def test_without_a_zone_of_its_own_the_organisation_s_zone_and_week_hold(
    alice: User, sales: Indicator
) -> None:
    Organisation.objects.update(timezone="America/New_York", week_start=7)
    send([row("2026-W47")], alice)
    assert Measurement.objects.get().at == datetime(2026, 11, 15, 5, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "kept"),
    [("1e2", "100"), ("-0", "0"), ("+7", "7"), (".5", "0.5"), ("1.5E-3", "0.0015"), ("007", "7")],
)
def test_numbers_may_be_written_in_other_ways(
    alice: User, red_team: Team, text: str, kept: str
) -> None:
    make_indicator(red_team, "sales")
    send([row(value=text)], alice)
    assert str(Measurement.objects.get().value) == kept


@pytest.mark.django_db
def test_a_ratio_keeps_its_parts_and_a_denominator_of_zero(alice: User, ratio: Indicator) -> None:
    sent = [
        row("2026-10", None, key="conversion", numerator="32", denominator="1000"),
        row("2026-11", None, key="conversion", numerator="0", denominator="0"),
    ]
    assert counts(send(sent, alice)) == (2, 0, 0, 0)
    parts = Measurement.objects.order_by("at").values_list("value", "numerator", "denominator")
    assert list(parts) == [(None, Decimal(32), Decimal(1000)), (None, Decimal(0), Decimal(0))]


# --- what is refused -------------------------------------------------------------------------

HOSTILE: list[tuple[dict[str, Any], str, str]] = [
    ({"at": ""}, "at", "required"),
    ({"at": "yesterday"}, "at", "invalid"),
    ({"at": "2026-11-20T10:00:00"}, "at", "offset_required"),
    ({"at": datetime(2026, 11, 20)}, "at", "offset_required"),  # noqa: DTZ001
    ({"at": "2026-02-30"}, "at", "invalid"),
    ({"at": "2026-13"}, "at", "invalid"),
    ({"at": "2026-W54"}, "at", "invalid"),
    ({"at": "2026-Q5"}, "at", "invalid"),
    ({"at": "2026-11-20T25:00:00Z"}, "at", "invalid"),
    ({"at": "2026-11-20T10:00:00+99:00"}, "at", "invalid"),
    ({"at": "٢٠٢٦-١١-٢٠"}, "at", "invalid"),
    ({"at": "20261120"}, "at", "invalid"),
    ({"at": "1764000000"}, "at", "invalid"),
    ({"at": "1969-12-31"}, "at", "out_of_range"),
    ({"at": "0000"}, "at", "invalid"),
    ({"at": "9999-W52"}, "at", "out_of_range"),
    ({"at": "2031-11-23"}, "at", "out_of_range"),
    ({"at": "0001-01-01T00:00:00+14:00"}, "at", "out_of_range"),
    ({"at": "9999-12-31T23:59:59-14:00"}, "at", "out_of_range"),
    ({"at": "2026-11-20\x00"}, "at", "invalid"),
    ({"value": None}, "value", "required"),
    ({"value": ""}, "value", "invalid"),
    ({"value": "true"}, "value", "invalid"),
    ({"value": "NaN"}, "value", "invalid"),
    ({"value": "Infinity"}, "value", "invalid"),
    ({"value": Decimal("NaN")}, "value", "invalid"),
    ({"value": "1_000"}, "value", "invalid"),
    ({"value": "1,5"}, "value", "invalid"),
    ({"value": " 1"}, "value", "invalid"),
    ({"value": "١٢"}, "value", "invalid"),
    ({"value": "0x10"}, "value", "invalid"),
    ({"value": "--1"}, "value", "invalid"),
    ({"value": "1e400"}, "value", "out_of_range"),
    ({"value": "9" * 5000}, "value", "invalid"),
    ({"value": "1e-400"}, "value", "out_of_range"),
    ({"value": "-0.01"}, "value", "too_small"),
    ({"value": "1000.01"}, "value", "too_large"),
    ({"numerator": "1"}, "numerator", "unexpected"),
    ({"denominator": "1"}, "denominator", "unexpected"),
    ({"note": "x" * 501}, "note", "too_long"),
    ({"note": "a\x00b"}, "note", "not_text"),
    ({"note": "\ud800"}, "note", "not_text"),
    ({"key": ""}, "indicator", "required"),
    ({"key": "no-such"}, "indicator", "unknown"),
    ({"key": "sales\x00"}, "indicator", "unknown"),
    ({"key": "x" * 5000}, "indicator", "unknown"),
    ({"key": "conversion"}, "value", "unexpected"),
    ({"key": "conversion", "value": None}, "numerator", "required"),
    ({"key": "conversion", "value": None, "numerator": "1"}, "denominator", "required"),
    (
        {"key": "conversion", "value": None, "numerator": "1", "denominator": "-1"},
        "denominator",
        "too_small",
    ),
    (
        {"key": "conversion", "value": None, "numerator": "1", "denominator": "nan"},
        "denominator",
        "invalid",
    ),
    (
        {"key": "conversion", "value": None, "numerator": "3", "denominator": "2"},
        "numerator",
        "too_large",
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize("case", HOSTILE)
def test_a_bad_row_is_refused_with_field_and_code(
    alice: User, sales: Indicator, ratio: Indicator, case: tuple[dict[str, Any], str, str]
) -> None:
    fields, field, code = case
    good = row("2026-11-01", "1", index=0)
    report = send([good, row(**{"index": 1, **fields})], alice)
    [refusal] = report.rejected
    assert (refusal.index, refusal.field, refusal.code) == (1, field, code)
    assert refusal.detail.endswith(".") and "\x00" not in refusal.detail
    assert not Measurement.objects.exists() and not Batch.objects.exists()
    assert not AuditEntry.objects.exists() and not report.stored


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["draft", "retired"])
def test_an_indicator_that_does_not_count_takes_nothing(
    alice: User, red_team: Team, state: str
) -> None:
    make_indicator(red_team, "sales", state=state)
    [refusal] = send([row()], alice).rejected
    assert (refusal.field, refusal.code) == ("indicator", "not_active")


@pytest.mark.django_db
def test_computed_indicators_take_values_from_the_computation_alone(
    alice: User, red_team: Team, sales: Indicator
) -> None:
    make_indicator(red_team, "growth", source_kind="growth")
    assert send([row(key="growth")], alice).rejected[0].code == "derived"
    derived = Batch.Door.DERIVED
    assert deliver([row(key="growth")], Sender(actor=None, door=derived), now=NOW).created == 1
    assert deliver([row()], Sender(actor=None, door=derived), now=NOW).rejected[0].code == "derived"


@pytest.mark.django_db
def test_only_what_is_good_is_stored_when_bad_rows_are_skipped(
    alice: User, sales: Indicator
) -> None:
    sent = rows(("2026-11-01", "1"), ("nonsense", "2"), ("2026-11-03", "3"))
    report = send(sent, alice, on_error="skip")
    assert counts(report) == (2, 0, 0, 1) and report.rejected[0].index == 1
    assert Measurement.objects.count() == 2
    assert Batch.objects.get().rejected == 1


# --- the gate --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_unknown_invisible_and_readable_indicators_are_refused_in_the_same_words(
    sales: Indicator, bob: User, charlie: User
) -> None:
    def words(actor: User, key: str) -> str:
        [refusal] = send([row(key=key)], actor).rejected
        assert refusal.code == "unknown"
        return refusal.detail.replace(key, "…")

    assert words(charlie, "sales") == words(charlie, "nothing") == words(bob, "sales")


@pytest.mark.django_db
def test_contributors_enter_and_individual_indicators_are_private(
    carl: User, alice: User, red_team: Team
) -> None:
    make_indicator(red_team, "sales")
    make_indicator(red_team, "mine", level="individual", owner=alice)
    assert send([row()], carl).created == 1
    assert send([row(key="mine")], carl).rejected[0].code == "unknown"
    assert send([row(key="mine")], alice).created == 1


@pytest.mark.django_db
def test_a_narrowed_reach_narrows_the_gate(alice: User, sales: Indicator) -> None:
    other = make_team("Green team")
    alice.limit_to([other.pk])
    assert send([row()], alice).rejected[0].code == "unknown"


@pytest.mark.django_db
def test_only_the_installation_itself_acts_without_a_person(sales: Indicator) -> None:
    with pytest.raises(ValueError, match="somebody"):
        deliver([row()], Sender(actor=None, door=API), now=NOW)
    assert deliver([row()], Sender(actor=None, door=Batch.Door.DEMO), now=NOW).created == 1


# --- one delivery ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_row_repeated_in_a_delivery_counts_once_and_a_contradiction_is_refused(
    alice: User, sales: Indicator
) -> None:
    same = rows(("2026-11-01", "1.5"), ("2026-11-01T00:00:00Z", "1.50"))
    assert counts(send(same, alice)) == (1, 0, 1, 0)
    against = rows(("2026-11-02", "1"), ("2026-11-02", "2"))
    [refusal] = send(against, alice).rejected
    assert (refusal.index, refusal.field, refusal.code) == (1, "at", "duplicate")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "second", "kept"), [("", "late", "late"), ("early", "", "early"), ("as", "as", "as")]
)
def test_no_note_of_a_repeated_row_is_lost(
    alice: User, sales: Indicator, first: str, second: str, kept: str
) -> None:
    one, other = rows(("2026-11-01", "1.5"), ("2026-11-01", "1.50"))
    sent = [msgspec.structs.replace(one, note=first), msgspec.structs.replace(other, note=second)]
    assert counts(send(sent, alice)) == (1, 0, 1, 0)
    assert Measurement.objects.get().note == kept


@pytest.mark.django_db
def test_two_notes_for_one_value_contradict_each_other(alice: User, sales: Indicator) -> None:
    one, other = rows(("2026-11-01", "1.5"), ("2026-11-01", "1.5"))
    sent = [msgspec.structs.replace(one, note="a"), msgspec.structs.replace(other, note="b")]
    [refusal] = send(sent, alice).rejected
    assert (refusal.index, refusal.field, refusal.code) == (1, "note", "duplicate")
    assert not Measurement.objects.exists()


@pytest.mark.django_db
def test_a_dry_run_counts_and_stores_nothing(alice: User, sales: Indicator) -> None:
    send(rows(("2026-11-01", "1"), ("2026-11-02", "2")), alice)
    mixed = rows(("2026-11-01", "1"), ("2026-11-02", "3"), ("2026-11-03", "4"), ("x", "5"))
    report = send(mixed, alice, dry_run=True, on_error="skip")
    assert counts(report) == (1, 1, 1, 1) and report.batch_id is None
    assert Measurement.objects.count() == 2 and not Superseded.objects.exists()
    assert Batch.objects.count() == 1 and AuditEntry.objects.count() == 1


@pytest.mark.django_db
def test_only_changed_indicators_are_marked_and_the_worker_is_rung_once(
    alice: User,
    red_team: Team,
    sales: Indicator,
    django_capture_on_commit_callbacks: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung: list[int] = []
    monkeypatch.setattr("web.wake.wake_worker", lambda: rung.append(1))
    make_indicator(red_team, "costs")
    StaleMark.objects.update(since=None)
    send([row("2026-11-01"), row("2026-11-01", key="costs")], alice)
    StaleMark.objects.update(since=None)
    with django_capture_on_commit_callbacks(execute=True):
        report = send([row("2026-11-01"), row("2026-11-01", "9", key="costs")], alice)
    assert counts(report) == (0, 1, 1, 0)
    stale = StaleMark.objects.waiting().get()
    assert stale.indicator.key == "costs" and stale.since == NOW and rung == [1]


@pytest.mark.django_db
def test_the_number_of_statements_does_not_grow_with_the_rows(
    alice: User, red_team: Team, django_assert_num_queries: Callable[..., Any]
) -> None:
    for k in range(60):
        make_indicator(red_team, f"series-{k}", timezone="UTC")
    _ = alice.reach
    start = datetime(2026, 1, 1, tzinfo=UTC)
    few = [row(start, key="series-0")]
    many = [row(start + timedelta(days=1), key=f"series-{k}") for k in range(40)]
    # a savepoint and its end, the gate, values with history, batch with audit entry and marks
    with django_assert_num_queries(5):
        send(few, alice)
    with django_assert_num_queries(5):
        send(many, alice)


@pytest.mark.django_db
def test_notes_survive_the_statement(alice: User, sales: Indicator) -> None:
    odd = 'a "quoted", {braced}\tnote\\n with\nlines\r and NULL \\N 日本 =1+1'
    notes = [odd, "", '"', "\\", "{}", ","]
    sent = [row(f"2026-11-{k + 1:02}", note=note, index=k) for k, note in enumerate(notes)]
    send(sent, alice)
    assert list(Measurement.objects.order_by("at").values_list("note", flat=True)) == notes
