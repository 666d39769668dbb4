"""Fragments that look again by themselves: soon while work goes on, ever later when idle."""

import math
from dataclasses import dataclass

from django.http import HttpRequest

BUSY_SECONDS = 2
BUSY_AT_MOST = 15
IDLE_SECONDS = (5, 10, 20, 40, 60, 60, 60, 60, 60, 60)


@dataclass(frozen=True)
class Beat:
    """When a fragment asks again. ``delay`` is None when it has been idle for about seven minutes.

    Fragments ask with ``X-Background``, so that an open page alone keeps nobody signed in.
    """

    delay: int | None
    idle: int

    @property
    def trigger(self) -> str:
        """The value of ``hx-trigger``."""
        return f"every {self.delay}s"


def next_beat(request: HttpRequest, *, busy: bool, fresh_in: float = 0.0) -> Beat:
    """The beat after the one that made ``request``; ``?idle=`` counts quiet ones so far.

    ``fresh_in``: no sooner is there anything new, since what is dear to find out is kept so many
    seconds; to ask before would cost a request and show the same.
    """
    if busy:
        return Beat(max(BUSY_SECONDS, min(math.ceil(fresh_in), BUSY_AT_MOST)), 0)
    try:
        idle = max(int(request.GET.get("idle", "0")), 0)
    except ValueError:
        idle = 0
    delay = IDLE_SECONDS[idle] if idle < len(IDLE_SECONDS) else None
    return Beat(delay, idle + 1)


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks, and so wants the fragment without the page around it."""
    return request.headers.get("HX-Request") == "true"
