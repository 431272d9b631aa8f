"""Judging as tasks; each may run twice, late or not at all.

Judging is imported by the tasks that judge: the worker for files and messages needs no numpy.
"""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from indicators.models import StaleMark
from web import wake

SAMPLE = 10  # verdicts judged again an hour


@shared_task(name="verdicts.tasks.judge_stale")
def judge_stale() -> None:
    """Judge what is stale, because somebody asked for it."""
    from verdicts import judging

    wake.note_worker_awake()
    judging.judge_stale(timezone.now())


@shared_task(name="verdicts.tasks.sweep")
def sweep() -> None:
    """Judge what time has changed and what a lost call left behind."""
    from verdicts import judging

    now = timezone.now()
    StaleMark.objects.set_due(now)
    judging.judge_stale(now)


@shared_task(name="verdicts.tasks.verify_sample")
def verify_sample() -> None:
    """See whether verdicts come out again as they are stored."""
    from verdicts import verifying

    verifying.verify_random(SAMPLE, now=timezone.now())
