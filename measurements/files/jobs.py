"""From a decision to stored rows: files are queued, claimed under a lease, checked or imported."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import redis
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, transaction

from measurements.delivery import deliver_stream, note_refused
from measurements.files import taking
from measurements.files.bringing import known_for, source_of
from measurements.files.limits import Unreadable
from measurements.files.outcome import OnError, Tally, UploadOutcome
from measurements.files.reading import Reading
from measurements.models import Batch, Upload
from measurements.retries import is_transient
from measurements.row import Report, Row, Sender
from web import wake

logger = logging.getLogger(__name__)

TASK = "measurements.tasks.take_files"
PART = 5000  # rows
ATTEMPTS = 3
AT_ONCE = 256 * 1024  # bytes that are checked while somebody waits; the worker checks the others

State = Upload.State


def prepare_upload(upload: Upload, reading: Reading, *, now: datetime) -> bool:
    """Keep how the file is read and count what it would do; False where it is under way already.

    A large file is counted by the worker. `Unreadable` where it cannot be read so.
    """
    outcome = UploadOutcome(indicator=UploadOutcome.of(upload).indicator, purpose="check")
    upload.reading, upload.outcome = reading.as_json(), outcome.as_json()
    if upload.size > AT_ONCE:
        outcome.expected = rows_expected(upload, reading)
        upload.outcome = outcome.as_json()
        return queued(upload, now)
    outcome.purpose, outcome.tally = "", Tally.of(deliver_upload(upload, now=now, dry_run=True))
    upload.outcome, upload.state = outcome.as_json(), State.WAITING
    return is_saved(upload, "reading", "table", "outcome", "state")


def rows_expected(upload: Upload, reading: Reading) -> int:
    """About how many rows a text has; 0 for a workbook, which tells only when it is read."""
    if reading.form != "text":
        return 0
    wide = sum(role.startswith(("key:", "numerator:", "period:")) for role in reading.columns)
    return bytes(upload.content).count(b"\n") * max(wide, 1)


def keep_reading(upload: Upload, reading: Reading) -> bool:
    """Keep how the file is to be read, which counts nothing yet; False where it is under way."""
    upload.reading, upload.state = reading.as_json(), State.WAITING
    upload.outcome = UploadOutcome(indicator=UploadOutcome.of(upload).indicator).as_json()
    return is_saved(upload, "reading", "table", "outcome", "state")


def commit(upload: Upload, *, on_error: OnError, request_id: str, now: datetime) -> bool:
    """Hand a file to the worker; False where it is under way, imported or gone already."""
    outcome = UploadOutcome.of(upload)
    outcome.purpose, outcome.on_error, outcome.attempts = "store", on_error, 0
    outcome.request_id, outcome.problem = request_id, ""
    upload.outcome = outcome.as_json()
    return queued(upload, now)


def queued(upload: Upload, now: datetime) -> bool:
    """Put a file into the queue and wake the worker, once."""
    upload.state, upload.queued_at, upload.claimed_at = State.QUEUED, now, None
    Counter(upload.public_id).add(0)
    with transaction.atomic():
        if not is_saved(upload, "reading", "table", "outcome", "state", "queued_at", "claimed_at"):
            return False
        wake.start_task_on_commit(TASK)
    return True


def is_saved(upload: Upload, *fields: str) -> bool:
    """Save a file that waits for its person; False, and nothing saved, where it waits no more."""
    values = {name: getattr(upload, name) for name in fields}
    return bool(Upload.objects.undecided().filter(pk=upload.pk).update(**values))


def discard(upload: Upload) -> bool:
    """Delete a file that nobody takes in; False where it is under way or done."""
    return bool(Upload.objects.undecided().filter(pk=upload.pk).delete()[0])


def forget_uploads(now: datetime) -> int:
    """Delete the files that waited too long for somebody to take them in."""
    return Upload.objects.forgotten(now).delete()[0]


# --- the worker ------------------------------------------------------------------------------


def take_next(now: datetime) -> bool:
    """Check or take in one file that is queued; False where there is none.

    Whatever goes wrong is written with the file; what may pass is tried again, three times in all.
    """
    upload = claimed(now)
    if upload is None:
        return False
    try:
        work(upload.pk, now)
    except Unreadable as problem:
        fail(upload, f"The file cannot be read further: {problem}", now)
    except SoftTimeLimitExceeded:
        fail(
            upload,
            "The import took too long. Nothing was stored; split the file and try again.",
            now,
        )
    except OperationalError as problem:
        again(upload, problem, now)
    except Exception:
        logger.exception("a file could not be imported: %s", upload.public_id)
        fail(
            upload,
            "Something went wrong on the server. Nothing was stored; the log has the details.",
            now,
        )
    return True


@transaction.atomic
def claimed(now: datetime) -> Upload | None:
    """The next file, for us alone; one at which workers died again and again is given up."""
    while upload := Upload.objects.claim(now):
        outcome = UploadOutcome.of(upload)
        outcome.attempts += 1
        upload.outcome = outcome.as_json()
        if outcome.attempts <= ATTEMPTS:
            upload.save(update_fields=["outcome"])
            return upload
        fail(upload, "The import failed three times. Split the file and try again.", now)
    return None


@transaction.atomic
def work(upload_id: int, now: datetime) -> None:
    """What a file was queued for, in one transaction with the word that it is done.

    The row stays locked: no other worker claims the file of one that lives, and when this one dies
    everything is as it was before. It is waited for, because another one that looks for work may
    lock it for a moment to find that it is claimed.
    """
    found = Upload.objects.select_related("user").select_for_update(of=("self",))
    upload = found.filter(pk=upload_id, state=State.QUEUED).first()
    if upload is None:
        return
    if not upload.user.is_active:
        fail(upload, "Your account is closed. Nothing was stored.", now)
        return
    outcome = UploadOutcome.of(upload)
    is_check = outcome.purpose == "check"
    on_error: OnError = "skip" if is_check else outcome.on_error
    report = deliver_upload(upload, now=now, dry_run=is_check, on_error=on_error)
    settle(upload, outcome, report, now)


def settle(upload: Upload, outcome: UploadOutcome, report: Report, now: datetime) -> None:
    """Write down what came of it; the content is kept only where somebody may still need it."""
    upload.state = State.WAITING
    is_refused = outcome.on_error == "refuse" and bool(report.rejected_count)
    if outcome.purpose == "store":
        upload.state = State.FAILED if is_refused else State.DONE
    if upload.state == State.DONE:
        upload.content, upload.table, upload.finished_at = b"", b"", now
        upload.batch_id = report.batch_id
    elif upload.state == State.FAILED:
        outcome.problem = "Nothing was stored, because some rows were refused."
        note_refused(sender_of_upload(upload), Tally.of(report).reason, now=now, report=report)
        # What the good lines would do, where the bad ones kept them out.
        report = deliver_upload(upload, now=now, dry_run=True)
    outcome.purpose, outcome.tally = "", Tally.of(report)
    upload.outcome, upload.claimed_at = outcome.as_json(), None
    changed = ("state", "content", "table", "finished_at", "batch", "outcome", "claimed_at")
    upload.save(update_fields=changed)


@transaction.atomic
def fail(upload: Upload, words: str, now: datetime) -> None:
    """Give a file back to its person with the reason, which the list of deliveries tells too."""
    outcome = UploadOutcome.of(upload)
    is_check, outcome.purpose, outcome.problem = outcome.purpose == "check", "", words
    is_ours = Upload.objects.filter(pk=upload.pk, state=State.QUEUED).update(
        state=State.FAILED,
        claimed_at=None,
        finished_at=None if is_check else now,
        outcome=outcome.as_json(),
    )
    if is_ours and not is_check:
        note_refused(sender_of_upload(upload), words, now=now)


def again(upload: Upload, problem: OperationalError, now: datetime) -> None:
    """Let go of a file that the database could not take now; the next turn takes it up."""
    if UploadOutcome.of(upload).attempts >= ATTEMPTS:
        logger.warning("a file is given up: %s: %s", upload.public_id, problem)
        fail(upload, "The database was not available. Nothing was stored; try again later.", now)
        return
    if is_transient(problem):  # otherwise it waits until its lease is over
        Upload.objects.filter(pk=upload.pk, state=State.QUEUED).update(claimed_at=None)
    logger.warning("a file is tried again: %s: %s", upload.public_id, problem)


def deliver_upload(
    upload: Upload, *, now: datetime, dry_run: bool, on_error: OnError = "skip"
) -> Report:
    """Send the rows of a file through the core."""
    return deliver_stream(
        parts_of_upload(upload),
        sender_of_upload(upload),
        on_error=on_error,
        dry_run=dry_run,
        now=now,
    )


def parts_of_upload(upload: Upload) -> Iterator[list[Row]]:
    """The rows of a file in parts, counted for those who wait."""
    reading = Reading.from_json(upload.reading)
    counter = Counter(upload.public_id)
    rows = taking.rows_of_file(source_of(upload), reading, known=known_for(upload.user))
    while part := list(islice(rows, PART)):
        yield part
        counter.add(len(part))


def sender_of_upload(upload: Upload) -> Sender:
    """In whose name the rows of the file come."""
    return Sender(
        actor=upload.user,
        door=Batch.Door.FILE,
        label=upload.file_name,
        request_id=UploadOutcome.of(upload).request_id,
    )


# --- how far the worker is ------------------------------------------------------------------------

KEPT_FOR = 600  # seconds


def name_of(public_id: str) -> str:
    """Where the count of a file is kept."""
    return f"kpitrack:import:{public_id}"


class Counter:
    """Counts the rows of one file; the first failure to tell is the last attempt."""

    def __init__(self, public_id: str) -> None:
        self.name = name_of(public_id)
        self.rows = 0
        self.is_heard = True

    def add(self, rows: int) -> None:
        """So many more rows were read."""
        self.rows += rows
        if not self.is_heard:
            return
        try:
            wake.server().set(self.name, self.rows, ex=KEPT_FOR)
        except redis.RedisError as problem:
            self.is_heard = False
            logger.warning("progress cannot be shown: %s", problem)


def rows_read(public_id: str) -> int:
    """How many rows the worker has read; 0 where nobody knows."""
    try:
        found = wake.server().get(name_of(public_id))
    except redis.RedisError:
        return 0
    return int(found) if isinstance(found, bytes | str) else 0
