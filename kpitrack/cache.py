"""The cache of all processes: Django's on Redis, and one in memory while Redis is away."""

from __future__ import annotations

import logging
import time
from typing import Any, ClassVar

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

ASK_AGAIN_AFTER = 15.0  # seconds before a lost Redis is asked again, so that few wait for it
PATIENCE: dict[str, Any] = {
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "retry": Retry(NoBackoff(), 1),  # a connection that was closed is opened again
}


class SharedCache(RedisCache):
    """Django's Redis cache that answers from memory when Redis cannot.

    It holds limits of requests and sign-ins. Without Redis they count per process instead of
    letting everybody try or keeping everybody out.
    """

    _away_until: ClassVar[float] = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params | {"OPTIONS": PATIENCE})
        self._own = LocMemCache("without-redis", params)

    def _ask(self, name: str, *args: Any, **options: Any) -> Any:
        """Call a method of Django's cache on Redis, or in memory while Redis is away."""
        if time.monotonic() >= SharedCache._away_until:
            try:
                return getattr(super(), name)(*args, **options)
            except RedisError as problem:
                SharedCache._away_until = time.monotonic() + ASK_AGAIN_AFTER
                logger.warning("Redis is away, limits count per process meanwhile: %s", problem)
        return getattr(self._own, name)(*args, **options)

    def add(self, key: Any, *args: Any, **options: Any) -> bool:
        return bool(self._ask("add", key, *args, **options))

    def get(self, key: Any, *args: Any, **options: Any) -> Any:
        return self._ask("get", key, *args, **options)

    def set(self, key: Any, *args: Any, **options: Any) -> None:
        self._ask("set", key, *args, **options)

    def touch(self, key: Any, *args: Any, **options: Any) -> bool:
        return bool(self._ask("touch", key, *args, **options))

    def delete(self, key: Any, *args: Any, **options: Any) -> bool:
        return bool(self._ask("delete", key, *args, **options))

    def get_many(self, keys: Any, *args: Any, **options: Any) -> dict[Any, Any]:
        found: dict[Any, Any] = self._ask("get_many", keys, *args, **options)
        return found

    def has_key(self, key: Any, *args: Any, **options: Any) -> bool:
        return bool(self._ask("has_key", key, *args, **options))

    def incr(self, key: Any, *args: Any, **options: Any) -> int:
        return int(self._ask("incr", key, *args, **options))

    def set_many(self, data: Any, *args: Any, **options: Any) -> list[Any]:
        return list(self._ask("set_many", data, *args, **options))

    def delete_many(self, keys: Any, *args: Any, **options: Any) -> None:
        self._ask("delete_many", keys, *args, **options)

    def clear(self) -> None:
        """Delete what the cache holds. Django's would empty all of Redis, the queue of work too."""
        self._own.clear()
        client = self._cache.get_client(None, write=True)
        for name in client.scan_iter(f"{self.key_prefix}:*", count=1000):
            client.delete(name)
