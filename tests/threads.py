"""Work that several do at once: in threads of their own, each with its connection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")


def started(work: Callable[[], Result]) -> Future[Result]:
    """Begin what somebody else does meanwhile; its result says what it raised."""

    def run() -> Result:
        try:
            return work()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    running = pool.submit(run)
    pool.shutdown(wait=False)
    return running


def run_together(*works: Callable[[], Result]) -> list[Result]:
    """Begin all at the same moment; what came of each. What one of them raises is raised here."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], Result]) -> Result:
        barrier.wait(timeout=20)
        return work()

    running = [started(partial(run, work)) for work in works]
    wait(running, timeout=60)
    return [one.result(timeout=0) for one in running]
