"""Waking the worker, and the Redis connection for it: cheap, and never a reason to fail."""

from __future__ import annotations

import logging
from functools import cache, partial

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

from web.loops import isolated

logger = logging.getLogger(__name__)

NAME = "kpitrack:waking"
TASK = "verdicts.tasks.judge_stale"
WAKING_MS = 2000  # after which a worker that was woken and did not start is woken again


@cache
def server() -> redis.Redis:
    """The connection pool of this process."""
    found: redis.Redis = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=2,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 1),  # nobody who stores a number waits for a lost Redis
    )
    return found


def wake_worker_on_commit() -> None:
    """Wake the worker when this transaction is committed; the sweep covers for a lost call."""
    transaction.on_commit(wake_worker, robust=True)


def wake_worker() -> None:
    """Wake the worker unless it has been woken and did not start yet; failures are logged."""
    # whatever the broker's libraries raise: the data is safe already
    with isolated(logger, "the worker could not be woken", level=logging.WARNING):
        if server().set(NAME, "1", nx=True, px=WAKING_MS):
            current_app.send_task(TASK, retry=False)


def start_task_on_commit(task: str) -> None:
    """Start a task when this transaction is committed; the timetable covers for a lost call."""
    transaction.on_commit(partial(start_task, task), robust=True)


def start_task(task: str) -> None:
    """Start a task that finds its work in the database; failures are logged."""
    with isolated(logger, "%s could not be started", task, level=logging.WARNING):
        current_app.send_task(task, retry=False)


def note_worker_awake() -> None:
    """Let what is stored from now on wake the worker again."""
    try:
        server().delete(NAME)
    except redis.RedisError as problem:
        logger.warning("that the worker is awake could not be noted: %s", problem)
