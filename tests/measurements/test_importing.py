"""Files and the worker: claimed once, taken up again after a death, told when they fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError

from indicators.models import Indicator
from kpitrack.celery import TIMETABLE
from measurements import tasks
from measurements.delivery import deliver_stream
from measurements.files import jobs
from measurements.files.limits import Unreadable
from measurements.files.outcome import UploadOutcome
from measurements.files.reading import Reading
from measurements.models import Batch, Measurement, Superseded, Upload
from measurements.models.upload import KEPT_FOR, LEASE
from measurements.row import Row, Sender
from measurements.undoing import undo
from teams.models import AuditEntry, Team, User
from tests.clock import NOW
from tests.measurements.queue import LINES, SECOND, bring, problem, queued, state
from web import wake


def refused(user: User) -> str:
    """Why the one delivery of this person was refused, as their list of deliveries says."""
    batch = Batch.objects.delivered().visible_to(user).get()
    assert (batch.refused, batch.door, batch.label) == (True, "file", "sales.csv")
    assert (batch.request_id, batch.received_at, batch.is_undoable) == ("r-9", NOW, False)
    return batch.reason


# --- taken in --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_rows_and_the_word_that_they_are_stored_are_one(carl: User, sales: Indicator) -> None:
    upload = queued(carl)
    assert jobs.take_next(NOW)
    assert state(upload) == "done" and bytes(upload.content) == b""
    batch = Batch.objects.get()
    assert (upload.batch, upload.finished_at) == (batch, NOW)
    assert (batch.actor, batch.door, batch.request_id) == (carl, "file", "r-9")
    assert batch.indicator_ids == [sales.pk]
    assert AuditEntry.objects.get(action="measurements.stored").actor_id == carl.pk
    tally = UploadOutcome.of(upload).tally
    assert tally is not None and (tally.received, tally.created) == (2, 2)
    assert not jobs.take_next(NOW)


@pytest.mark.django_db
def test_the_oldest_is_taken_first(carl: User, sales: Indicator) -> None:
    later, earlier = bring(carl), bring(carl)
    assert jobs.commit(earlier, on_error="refuse", request_id="", now=NOW)
    assert jobs.commit(later, on_error="refuse", request_id="", now=NOW + SECOND)
    jobs.take_next(NOW)
    assert (state(earlier), state(later)) == ("done", "queued")


@pytest.mark.django_db
def test_lines_that_contradict_each_other_are_refused_however_far_apart(
    carl: User, sales: Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same number written otherwise is no contradiction, and one unreadable is refused once."""
    monkeypatch.setattr(jobs, "PART", 2)
    lines = ["sales,1990,1", "sales,1991,5", "sales,1992,x", "sales,1991,5.0", "sales,1990,2"]
    upload = queued(carl, "indicator,at,value\n" + "\n".join(lines) + "\n", on_error="skip")
    jobs.take_next(NOW)
    tally = UploadOutcome.of(Upload.objects.get(pk=upload.pk)).tally
    assert tally is not None and (tally.created, tally.updated, tally.rejected) == (2, 0, 2)
    assert tally.contradicts_itself and [one.line for one in tally.refusals] == [4, 6]
    assert {str(m.value) for m in Measurement.objects.all()} == {"1", "5"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("-1", "-2", False),
        ("0", "2305843009213693951", False),
        ("1." + "0" * 29 + "1", "1." + "0" * 29 + "2", False),
        ("-0", "0.0", True),
        ("1e3", "1000", True),
    ],
)
def test_numbers_in_two_parts_are_the_same_by_their_digits(
    sales: Indicator, one: str, other: str, is_same: bool
) -> None:
    rows = [Row(index=k, indicator="sales", at="2026", value=v) for k, v in enumerate((one, other))]
    sender = Sender(actor=None, door=Batch.Door.COMMAND)
    report = deliver_stream([[row] for row in rows], sender, on_error="skip", now=NOW)
    assert report.rejected_count == (0 if is_same else 1)


@pytest.mark.django_db
def test_a_file_in_parts_is_all_or_nothing(
    carl: User, sales: Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PART", 10)
    good = "".join(f"sales,{1980 + k},{k}\n" for k in range(25))
    upload = queued(carl, f"indicator,at,value\n{good}sales,soon,1\n")
    jobs.take_next(NOW)
    assert state(upload) == "failed" and not Measurement.objects.exists()
    assert "Nothing was stored" in problem(upload) and bytes(upload.content)
    tally = UploadOutcome.of(upload).tally
    assert tally is not None and (tally.created, tally.rejected) == (25, 1)
    assert [(one.line, one.field) for one in tally.refusals] == [(27, "at")]
    assert refused(carl).startswith("1 value refused. Line 27, at: “soon”")
    assert jobs.commit(upload, on_error="skip", request_id="", now=NOW)
    jobs.take_next(NOW)
    assert state(upload) == "done" and Measurement.objects.count() == 25


@pytest.mark.django_db
def test_an_import_is_undone_as_a_whole(carl: User, sales: Indicator) -> None:
    upload = queued(carl)
    jobs.take_next(NOW)
    upload.refresh_from_db()
    assert upload.batch is not None
    undone = undo(upload.batch, actor=carl, now=NOW + SECOND)
    assert undone.withdrawn == 2
    assert not Measurement.objects.exists() and Superseded.objects.count() == 2


@pytest.mark.django_db
def test_deciding_twice_counts_once(carl: User, sales: Indicator) -> None:
    upload = bring(carl)
    stale = Upload.objects.get(pk=upload.pk)
    assert jobs.commit(upload, on_error="skip", request_id="", now=NOW)
    assert not jobs.commit(stale, on_error="refuse", request_id="", now=NOW)
    assert not jobs.prepare_upload(stale, Reading.from_json(stale.reading), now=NOW)
    assert not jobs.keep_reading(stale, Reading.from_json(stale.reading))
    assert not jobs.discard(stale)
    assert UploadOutcome.of(Upload.objects.get()).on_error == "skip"


@pytest.mark.django_db
def test_what_was_decided_is_told_to_the_worker(
    carl: User,
    sales: Indicator,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    called: list[str] = []
    monkeypatch.setattr(wake, "start_task", called.append)
    upload = bring(carl)
    assert called == []
    with django_capture_on_commit_callbacks(execute=True):
        jobs.commit(upload, on_error="refuse", request_id="", now=NOW)
    assert called == ["measurements.tasks.take_files"] == [jobs.TASK]
    tasks.take_files()
    assert called == ["measurements.tasks.take_files"] * 2  # there may be another one
    tasks.take_files()
    assert len(called) == 2 and state(upload) == "done"


@pytest.mark.django_db
def test_a_lost_broker_loses_no_file(
    carl: User,
    sales: Indicator,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr("web.wake.current_app.send_task", away)
    upload = bring(carl)
    with django_capture_on_commit_callbacks(execute=True):
        jobs.commit(upload, on_error="refuse", request_id="", now=NOW)
    assert state(upload) == "queued"
    named = {line["task"] for line in TIMETABLE.values()}
    assert {"measurements.tasks.take_files", "measurements.tasks.forget_files"} <= named


# --- between the decision and the worker -----------------------------------------------------


@pytest.mark.django_db
def test_an_indicator_retired_meanwhile_takes_nothing(
    alice: User, carl: User, sales: Indicator
) -> None:
    upload = queued(carl)
    Indicator.objects.filter(pk=sales.pk).update(state="retired")
    jobs.take_next(NOW)
    assert state(upload) == "failed" and not Measurement.objects.exists()
    tally = UploadOutcome.of(upload).tally
    assert tally is not None and tally.rejected == 2


@pytest.mark.django_db
def test_a_role_lost_meanwhile_counts(carl: User, sales: Indicator, red_team: Team) -> None:
    upload = queued(carl, on_error="skip")
    carl.memberships.filter(team=red_team).update(role="viewer")
    jobs.take_next(NOW)
    assert not Measurement.objects.exists()
    upload.refresh_from_db()
    tally = UploadOutcome.of(upload).tally
    assert tally is not None and (tally.created, tally.rejected) == (0, 2)
    assert "into which you may enter" in tally.refusals[0].words


@pytest.mark.django_db
def test_a_closed_account_brings_nothing_in(carl: User, sales: Indicator) -> None:
    upload = queued(carl)
    User.objects.filter(pk=carl.pk).update(is_active=False)
    jobs.take_next(NOW)
    assert state(upload) == "failed" and "account is closed" in problem(upload)
    assert not Measurement.objects.exists()


# --- what goes wrong -------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_worker_that_died_is_followed_by_another_after_its_lease(
    carl: User, sales: Indicator
) -> None:
    upload = queued(carl)
    assert jobs.claimed(NOW) == upload  # and then the power is cut
    assert not jobs.take_next(NOW + LEASE - SECOND)
    assert jobs.take_next(NOW + LEASE + SECOND)
    assert state(upload) == "done" and Measurement.objects.count() == 2


@pytest.mark.django_db
def test_a_file_at_which_workers_die_is_given_up(carl: User, sales: Indicator) -> None:
    upload, other, now = queued(carl), queued(carl), NOW
    Upload.objects.filter(pk=other.pk).update(queued_at=NOW + SECOND)
    for _ in range(jobs.ATTEMPTS):
        assert jobs.claimed(now) == upload
        now += LEASE + SECOND
    assert jobs.take_next(now)  # the other one
    assert (state(upload), state(other)) == ("failed", "done")
    assert "failed three times" in problem(upload)


def broken(kind: BaseException) -> Any:
    """Rows that end in an accident after the first."""

    def rows(*args: object, **kwargs: object) -> Iterator[Row]:
        yield Row(index=1, indicator="sales", at="2026-10", value="1")
        raise kind

    return rows


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Unreadable("line 3 is broken"), "line 3 is broken"),
        (SoftTimeLimitExceeded(), "The import took too long."),
        (RuntimeError("boom"), "Something went wrong on the server."),
    ],
)
def test_an_accident_on_the_way_stores_nothing_and_is_told(
    carl: User,
    sales: Indicator,
    monkeypatch: pytest.MonkeyPatch,
    kind: BaseException,
    words: str,
) -> None:
    upload = queued(carl)
    monkeypatch.setattr(jobs, "PART", 1)
    monkeypatch.setattr("measurements.files.taking.rows_of_file", broken(kind))
    assert jobs.take_next(NOW)
    assert state(upload) == "failed" and words in problem(upload)
    assert not Measurement.objects.exists() and words in refused(carl)
    assert bytes(upload.content) == LINES.encode()


@pytest.mark.django_db
def test_a_check_that_fails_is_no_delivery(
    carl: User, sales: Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 0)
    upload = bring(carl)
    monkeypatch.setattr(
        "measurements.files.taking.rows_of_file", broken(Unreadable("line 3 is broken"))
    )
    assert jobs.take_next(NOW)
    assert state(upload) == "failed" and not Batch.objects.exists()


@pytest.mark.django_db
def test_a_database_that_could_not_is_asked_three_times(
    carl: User, sales: Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = queued(carl)
    with monkeypatch.context() as patched:
        patched.setattr(
            "measurements.files.taking.rows_of_file", broken(OperationalError("lock timeout"))
        )
        assert jobs.take_next(NOW)
        assert state(upload) == "queued"
        assert jobs.take_next(NOW + LEASE + SECOND)
    assert jobs.take_next(NOW + 2 * LEASE + 2 * SECOND)
    assert state(upload) == "done" and Measurement.objects.count() == 2
    upload = queued(carl)
    monkeypatch.setattr(
        "measurements.files.taking.rows_of_file", broken(OperationalError("lock timeout"))
    )
    for turn in range(3):
        assert jobs.take_next(NOW + turn * (LEASE + SECOND))
    assert state(upload) == "failed" and "database was not available" in problem(upload)


@pytest.mark.django_db
def test_progress_is_a_courtesy(
    carl: User, sales: Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = queued(carl)
    assert jobs.rows_read(upload.public_id) == 0
    jobs.take_next(NOW)
    assert jobs.rows_read(upload.public_id) == 2
    tries: list[str] = []

    class Away:
        def __getattr__(self, name: str) -> Any:
            def lost(*args: object, **kwargs: object) -> None:
                tries.append(name)
                raise redis.ConnectionError

            return lost

    monkeypatch.setattr(wake, "server", Away)
    upload = queued(carl, LINES.replace("2026", "2025"))
    tries.clear()
    monkeypatch.setattr(jobs, "PART", 1)
    jobs.take_next(NOW)
    assert state(upload) == "done" and len(tries) == 1  # the first failure is the last attempt
    assert jobs.rows_read(upload.public_id) == 0


# --- forgotten -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_files_that_nobody_takes_in_are_deleted_after_a_day(carl: User, sales: Indicator) -> None:
    old, failed, waiting, done = bring(carl), bring(carl), bring(carl), queued(carl)
    jobs.take_next(NOW)
    under_way = queued(carl)
    Upload.objects.filter(pk=failed.pk).update(state="failed")
    Upload.objects.exclude(pk=waiting.pk).update(created_at=NOW - KEPT_FOR - SECOND)
    assert jobs.forget_uploads(NOW) == 2
    left = set(Upload.objects.values_list("pk", flat=True))
    assert left == {waiting.pk, done.pk, under_way.pk} and old.pk not in left
    tasks.forget_files()
    tasks.forget_files()
