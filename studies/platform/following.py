"""Work that somebody at a terminal waits for, done here or by a worker that was quicker."""

import time
from collections.abc import Callable
from typing import Any

from studies.platform.work import W, WorkState

LOOK_AGAIN_SECONDS = 1.0


def see_through(row: W, do: Callable[[Any], object], *, tell: Callable[[W], None]) -> W:
    """Have the work of ``row`` done, and return it when that is over, well or badly.

    A row is anybody's as soon as it is committed: the sweep of a worker may take it, or its next
    part, before ``do`` (the row's task, given its key) claims it here. Then this waits for who
    holds it, and goes on here if they die. ``tell`` hears of the row each time it was looked at.
    It is over when the row is done, in quarantine, or put back with an error.
    """
    while True:
        do(str(row.pk))
        row.refresh_from_db()
        if row.state in (WorkState.DONE, WorkState.QUARANTINED):
            return row
        if row.state == WorkState.QUEUED and row.last_error:
            return row
        tell(row)
        if row.state == WorkState.RUNNING:
            time.sleep(LOOK_AGAIN_SECONDS)
