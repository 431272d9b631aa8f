"""What the workers do for indicators; each task may run twice, late or not at all.

Judging is loaded by the tasks that judge: the worker for files and messages needs no numpy.
"""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from indicators import bell, importing
from indicators.ingestion import idempotency
from indicators.models import Verdict

SAMPLE = 10  # verdicts judged again an hour


@shared_task(name="indicators.tasks.judge_stale")
def judge_stale() -> None:
    """Somebody rang: judge what is stale."""
    from indicators import judging

    bell.answered()
    judging.judge_stale(timezone.now())


@shared_task(name="indicators.tasks.sweep")
def sweep() -> None:
    """Judge what time has changed and what a lost bell left behind."""
    from indicators import judging

    now = timezone.now()
    Verdict.objects.mark_due(now)
    judging.judge_stale(now)


@shared_task(name="indicators.tasks.forget_answers")
def forget_answers() -> None:
    """Delete answers that were kept for requests sent again, after their time."""
    idempotency.forget_expired(timezone.now())


@shared_task(name="indicators.tasks.verify_sample")
def verify_sample() -> None:
    """See whether verdicts come out again as they are stored."""
    from indicators import verifying

    verifying.verify_sample(SAMPLE, now=timezone.now())


@shared_task(name="indicators.tasks.take_files")
def take_files() -> None:
    """Check or take in one file that somebody brought, and call for the next."""
    if importing.take_next(timezone.now()):
        bell.call("indicators.tasks.take_files")


@shared_task(name="indicators.tasks.forget_files")
def forget_files() -> None:
    """Delete files that nobody took in, after their time."""
    importing.forget(timezone.now())
