"""The shared cache, which holds rate limits: Redis, and while it is away this process's memory."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# How long Redis is left alone after it did not answer.
PAUSE_SECONDS = 5.0


class SteadyRedisCache(RedisCache):
    """Signing in goes on without Redis, with limits that each process counts for itself.

    What was counted in Redis is not lost: it counts again once Redis answers.
    """

    # Django makes a cache object for every thread; whether Redis answers is the process's to know.
    _away_until: dict[str, float] = {}

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._where = str(server)
        self._own = LocMemCache(f"instead of {server}", params)

    def _steadily(self, name: str, *args: Any, **kwargs: Any) -> Any:
        now = time.monotonic()
        if now >= self._away_until.get(self._where, 0.0):
            redis: Callable[..., Any] = getattr(super(), name)
            try:
                return redis(*args, **kwargs)
            except RedisError as error:
                self._away_until[self._where] = now + PAUSE_SECONDS
                logger.warning("Redis is away (%s): limits are counted in each process", error)
        return getattr(self._own, name)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._steadily("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._steadily("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._steadily("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._steadily("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._steadily("delete", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._steadily("get_many", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._steadily("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._steadily("delete_many", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._steadily("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._steadily("incr", *args, **kwargs)

    def clear(self) -> Any:
        return self._steadily("clear")
