"""Judging at once what a test has just made, whether or not it is stale."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from indicators.models import StaleMark
from verdicts import judging


def judge_now(indicator_ids: Iterable[int], *, now: datetime) -> int:
    """Judge these; returns how many."""
    return judging.judge_batch(StaleMark.objects.take(list(indicator_ids), now=now), now=now)
