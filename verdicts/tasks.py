"""Judging as tasks; each may run twice, late or not at all."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from indicators.models import StaleMark
from verdicts import judging, verifying
from web import wake

SAMPLE = 10  # verdicts judged again an hour


@shared_task(name="verdicts.tasks.judge_stale")
def judge_stale() -> None:
    """Judge what is stale, because somebody asked for it."""
    wake.answered()
    judging.judge_stale(timezone.now())


@shared_task(name="verdicts.tasks.sweep")
def sweep() -> None:
    """Judge what time has changed and what a lost call left behind."""
    now = timezone.now()
    StaleMark.objects.set_due(now)
    judging.judge_stale(now)


@shared_task(name="verdicts.tasks.verify_sample")
def verify_sample() -> None:
    """See whether verdicts come out again as they are stored."""
    verifying.verify_sample(SAMPLE, now=timezone.now())
