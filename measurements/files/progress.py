"""How far the worker has read, kept in Redis: a courtesy that is lost without harm."""

from __future__ import annotations

import logging

import redis

from web import wake

logger = logging.getLogger(__name__)

KEPT_FOR = 600  # seconds


def name_of(public_id: str) -> str:
    """Where the count of a file is kept."""
    return f"kpitrack:import:{public_id}"


class Counter:
    """Counts the rows of one file; the first failure to tell is the last attempt."""

    def __init__(self, public_id: str) -> None:
        self.name = name_of(public_id)
        self.rows = 0
        self.is_heard = True

    def add(self, rows: int) -> None:
        """So many more rows were read."""
        self.rows += rows
        if not self.is_heard:
            return
        try:
            wake.server().set(self.name, self.rows, ex=KEPT_FOR)
        except redis.RedisError as problem:
            self.is_heard = False
            logger.warning("progress cannot be shown: %s", problem)


def rows_read(public_id: str) -> int:
    """How many rows the worker has read; 0 where nobody knows."""
    try:
        found = wake.server().get(name_of(public_id))
    except redis.RedisError:
        return 0
    return int(found) if isinstance(found, bytes | str) else 0
