"""The rule of every loop of the worker: a bad row never stops it, the time limit always does."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from celery.exceptions import SoftTimeLimitExceeded


@dataclass(slots=True)
class Attempt:
    """The work on one row; `problem` is what went wrong with it."""

    problem: Exception | None = None


@contextmanager
def isolated(
    log: logging.Logger, message: str, *args: object, level: int = logging.ERROR
) -> Iterator[Attempt]:
    """Log a failure of the work on one row, and go on after it.

    `SoftTimeLimitExceeded` is an Exception too, but means the whole task: it passes.
    """
    attempt = Attempt()
    try:
        yield attempt
    except SoftTimeLimitExceeded:
        raise
    except Exception as problem:  # whatever is wrong with the row
        attempt.problem = problem
        trace = problem if level >= logging.ERROR else None
        log.log(level, "%s: %s", message % args, problem, exc_info=trace)
