"""Retry a transaction that lost against another one."""

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


class Overtaken(OperationalError):
    """Another transaction has just created a row that this one was about to create.

    The row is committed: the same work, retried, finds it.
    """


def transactional(work: Callable[Given, Result]) -> Callable[Given, Result]:
    """Run a function in a transaction and retry it up to 3 times when it lost against another one.

    Inside a caller's transaction it is a savepoint. Then it is retried only where it was overtaken:
    a deadlock may concern locks of the caller, who has to retry.
    """
    in_transaction = transaction.atomic(work)

    @wraps(work)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        for attempt in range(1, ATTEMPTS + 1):
            nested = connection.in_atomic_block
            try:
                return in_transaction(*args, **kwargs)
            except OperationalError as problem:
                may_retry = isinstance(problem, Overtaken) or not nested
                if attempt == ATTEMPTS or not (may_retry and is_transient(problem)):
                    raise
                time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311  # only to part them
        raise AssertionError("unreachable")

    return run


def is_transient(problem: OperationalError) -> bool:
    """Whether the same work may succeed when it is retried."""
    code = getattr(problem.__cause__, "pgcode", None)
    return isinstance(problem, Overtaken) or code in TRANSIENT
