"""Writing refused by the database itself: it was moved elsewhere, or is being moved just now.

A database that was moved away holds triggers that refuse every write (``MOVED_WORDS``); while it
is copied the copying transaction holds it, and whoever waits for longer than the database's limit
is told the same. Nothing is lost by it: what was not committed is sent again.
"""

import logging

from django.db import DatabaseError

from studies.platform.errors import Refusal

logger = logging.getLogger(__name__)

MOVED_WORDS = "gsh: this database was moved elsewhere"
_LOCKED = "database is locked"  # SQLite, after its timeout
_LOCK_NOT_AVAILABLE = "55P03"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
_DEPTH = 8  # of causes looked through; more is a circle


class Paused(Refusal):
    """Nothing can be written for a while, so nothing was; what was saved before is there."""

    status = 503
    code = "paused"
    title = "Nothing can be saved at the moment"
    retry_after = 60


def met_in(error: BaseException) -> bool:
    """Whether a database that takes no writes lies behind ``error``."""
    seen: BaseException | None = error
    for _step in range(_DEPTH):
        if seen is None:
            return False
        if isinstance(seen, DatabaseError) and (MOVED_WORDS in str(seen) or _LOCKED in str(seen)):
            return True
        if getattr(seen, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def refusal_of(error: BaseException) -> Paused | None:
    """``error`` as a refusal; None where something else lies behind it."""
    if not met_in(error):
        return None
    logger.error("nothing can be written just now: %s: %s", type(error).__name__, error)
    return Paused(
        "The system is being moved or maintained just now, so this was not saved. Everything "
        "saved before is there. Please do it again in a few minutes; if it is not over by then, "
        "tell whoever runs this system."
    )
