"""One transaction for one piece of work, tried again when the database chose it as a victim."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

ATTEMPTS = 3
TRANSIENT = frozenset({"40P01", "40001"})  # deadlock, serialization failure

Given = ParamSpec("Given")
Result = TypeVar("Result")


def transactional(work: Callable[Given, Result]) -> Callable[Given, Result]:
    """Run the work in a transaction; deadlocks and serialization failures are tried again.

    Inside a caller's transaction it is a savepoint, and trying again is the caller's.
    """
    return retried(transaction.atomic(work))


def retried(work: Callable[Given, Result]) -> Callable[Given, Result]:
    """The same for work that is, or makes, a transaction of its own."""

    @wraps(work)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        for attempt in range(1, ATTEMPTS + 1):
            nested = connection.in_atomic_block
            try:
                return work(*args, **kwargs)
            except OperationalError as problem:
                if nested or attempt == ATTEMPTS or not is_transient(problem):
                    raise
                time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311  # only to part them
        raise AssertionError("unreachable")

    return run


def is_transient(problem: OperationalError) -> bool:
    """Whether the same work may succeed when tried again."""
    return getattr(problem.__cause__, "pgcode", None) in TRANSIENT
