"""Judging at once what a test has just made, whether or not it is stale."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from indicators import judging
from indicators.models import Verdict


def judge_now(indicator_ids: Iterable[int], *, now: datetime) -> int:
    """Judge these; returns how many."""
    return judging.judge_batch(Verdict.objects.take(list(indicator_ids), now=now), now=now)
