"""Signs of life of the worker and of the clock, written to Redis and read by `/readyz`."""

from __future__ import annotations

import contextlib
import functools
import logging
import signal
import sys
import time
from collections.abc import Iterable
from typing import Any

import redis
from celery import bootsteps
from celery.beat import Scheduler, Service
from celery.worker.consumer import Consumer
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

EVERY = 5.0  # seconds between two signs of life
STALE_AFTER = 20  # seconds without one after which the process counts as down
PREFIX = "kpitrack:heartbeat:"
# which sign of life a worker gives that takes tasks from a queue
WORKERS = {"verdicts": "worker", "files": "errands", "messages": "errands"}


@functools.cache
def client() -> redis.Redis:
    """Return the Redis client of this process."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=2,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 1),  # a lost connection is made anew, and nobody waits longer
    )


def write(name: str) -> None:
    """Leave a sign of life; an unreachable Redis is the affair of `/readyz`, not of the work."""
    with contextlib.suppress(redis.RedisError):
        client().set(PREFIX + name, int(time.time()), ex=STALE_AFTER)


def write_all(names: Iterable[str]) -> None:
    """Leave several signs of life."""
    for name in names:
        write(name)


def age(name: str) -> int | None:
    """Return the seconds since the last sign of life, or None when there is none.

    Raises `redis.RedisError` when Redis does not answer.
    """
    written = client().get(PREFIX + name)
    return (
        max(0, int(time.time()) - int(str(written, "ascii")))
        if isinstance(written, bytes)
        else None
    )


class WorkerHeartbeat(bootsteps.StartStopStep):
    """Writes the worker's sign of life from its event loop, without a task."""

    requires = ("celery.worker.consumer:Connection",)

    def start(self, parent: Consumer) -> None:
        """Write now and then every few seconds, under the name of what it does."""
        names = {WORKERS.get(queue, "errands") for queue in parent.app.amqp.queues.consume_from}
        write_all(names)
        self.timer = parent.timer.call_repeatedly(EVERY, write_all, (names,))

    def stop(self, parent: Consumer) -> None:
        """Stop writing."""
        with contextlib.suppress(AttributeError):
            self.timer.cancel()


class Clock(Scheduler):
    """The scheduler of the timetable, kept in memory; each tick is a sign of life."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Do what is due and return the seconds until the next look."""
        write("beat")
        wait: float = super().tick(*args, **kwargs)
        return wait


def run_clock() -> None:
    """Run the timetable until told to stop; needs no models, and so little memory."""
    from kpitrack.celery import app

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    service = Service(app, scheduler_cls=Clock)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit())
    service.start()


if __name__ == "__main__":
    run_clock()
