"""What is dear to find out, found out once for all who look within some seconds.

Kept only where it took long, and a hundred times as long as it took, a minute at most: however
many people look, and however often their pages ask, a number costs a hundredth of one core or so.
What is quick, as in any study of ordinary size, is never kept, and always of this moment.
"""

import hashlib
import time
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache

T = TypeVar("T")

QUICK = 0.1  # seconds; what takes less is not kept
TIMES = 100
LONGEST = 60.0


def place_of(key: str) -> str:
    """Where the cache has it: codes, which are in keys, may hold what no cache takes in them."""
    return f"kept:{hashlib.sha256(key.encode()).hexdigest()}"


def seconds_for(took: float, *, part: float = 1.0) -> float:
    """For how long something is kept that took so many seconds to find out; 0: not at all."""
    return min(took * TIMES, LONGEST) if took >= QUICK * part else 0.0


def kept(key: str, find: Callable[[], T], *, part: float = 1.0, since: float = 0.0) -> T:
    """The value of ``find()``, of this moment or some seconds old.

    ``key`` names the question and who may ask it (``studies.protocol.services.rights.reach``); the
    value is pickled. What takes ``part`` of ``QUICK`` is kept. When it is too old, one finds it
    anew, and the others see the old meanwhile. What was found out before ``since`` (seconds of
    ``time.time``) will not do: whoever has seen something newer is not shown the old again.
    """
    key = place_of(key)
    cached = cache.get(key)
    if cached is not None and cached[2] >= since:
        value: T = cached[0]
        if time.time() < cached[1] or not cache.add(f"{key}:asked", True, timeout=LONGEST):
            return value
    began, asked_at = time.perf_counter(), time.time()
    value = find()
    seconds = seconds_for(time.perf_counter() - began, part=part)
    if seconds:
        cache.set(key, (value, time.time() + seconds, asked_at), timeout=seconds * 2)
    cache.delete(f"{key}:asked")
    return value
