"""Periodic work on measurements; each task may run twice, late or not at all."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from measurements import idempotency
from measurements.files import jobs
from web import wake


@shared_task(name="measurements.tasks.forget_answers")
def forget_answers() -> None:
    """Delete answers that were kept for requests sent again, after their time."""
    idempotency.forget_expired(timezone.now())


@shared_task(name="measurements.tasks.take_files")
def take_files() -> None:
    """Check or import one uploaded file, and call for the next."""
    if jobs.take_next(timezone.now()):
        wake.start_task("measurements.tasks.take_files")


@shared_task(name="measurements.tasks.forget_files")
def forget_files() -> None:
    """Delete files that nobody imported, after their time."""
    jobs.forget_uploads(timezone.now())
