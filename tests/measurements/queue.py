"""Files on their way to the worker, without the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from measurements.files import bringing, jobs
from measurements.files.outcome import UploadOutcome
from measurements.files.reading import Reading
from measurements.models import Upload
from teams.models import User
from tests.clock import NOW

LINES = "indicator,at,value\nsales,2026-09,1\nsales,2026-10,2\n"
SECOND = timedelta(seconds=1)


def bring(user: User, lines: str = LINES, name: str = "sales.csv") -> Upload:
    upload = bringing.bring(lines.encode(), name=name, user=user, now=NOW)
    assert jobs.prepare_upload(upload, Reading.from_json(upload.reading), now=NOW)
    return upload


def queued(user: User, lines: str = LINES, *, on_error: Any = "refuse") -> Upload:
    upload = bring(user, lines)
    assert jobs.commit(upload, on_error=on_error, request_id="r-9", now=NOW)
    return upload


def state(upload: Upload) -> str:
    upload.refresh_from_db()
    return upload.state


def problem(upload: Upload) -> str:
    upload.refresh_from_db()
    return UploadOutcome.of(upload).problem
