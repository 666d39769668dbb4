"""A full disk, whoever meets it: the file system, the database, or the store of private files.

Nothing is lost by it: a file is promised once it is on disk, a row once it is committed. So what
did not fit was not saved, everything before it was, and the same is tried again when there is room.
"""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext

from studies.platform import paused
from studies.platform.errors import Refusal

logger = logging.getLogger(__name__)

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
# The second is met first where little is left: the index of the write-ahead log does not fit.
_SQLITE = {"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"}
_POSTGRESQL = "53100"  # disk_full, https://www.postgresql.org/docs/current/errcodes-appendix.html
_STORES = {"XMinioStorageFull", "InsufficientStorage", "QuotaExceeded"}  # S3's relatives
_DEPTH = 8  # of causes looked through; more is a circle


class NoRoom(Refusal):
    """The disk is full, so nothing was saved; what was saved before is there."""

    status = 507
    code = "no_room"
    title = "There is no room on the server"


def met_in(error: BaseException) -> bool:
    """Whether a full disk lies behind ``error``."""
    seen: BaseException | None = error
    for _step in range(_DEPTH):
        if seen is None:
            return False
        if _says_full(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    if getattr(error, "sqlite_errorname", None) in _SQLITE:
        return True
    if getattr(error, "sqlstate", None) == _POSTGRESQL:
        return True
    answer = getattr(error, "response", None)  # of botocore.exceptions.ClientError
    if not isinstance(answer, dict):
        return False
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == NoRoom.status or answer.get("Error", {}).get("Code") in _STORES


def refusal_of(error: BaseException) -> Refusal | None:
    """The refusal that ``error`` is, or that a full disk behind it makes of it; None: a fault.

    A database that takes no writes makes one of it, too (``studies.platform.paused``).
    """
    if isinstance(error, Refusal):
        return error
    if not met_in(error):
        return paused.refusal_of(error)
    logger.error("there is no room, so nothing was saved: %s: %s", type(error).__name__, error)
    return NoRoom(
        gettext(
            "The server's disk is full, so this was not saved. Everything saved before is there. "
            "Please tell whoever runs this system, and do it again when there is room."
        )
    )


@contextmanager
def refused() -> Iterator[None]:
    """Whatever a full disk, or a database that takes no writes, makes fail inside is refused.

    Raises:
        NoRoom, Paused: in place of what was raised.
    """
    try:
        yield
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None or refusal is error:
            raise
        raise refusal from error
