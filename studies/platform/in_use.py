"""Whether this process may use the database just now.

Web and workers go in by ``using``, for each request and each piece of work. An upgrade or a restore
goes in by ``shut``: it waits until all are out and lets nobody in meanwhile. Afterwards each
process sees that the database is of another version, and stays out until it is started anew.

Who is inside holds a shared lock that ends with the process, whatever ends it: of two files beside
SQLite's own (a waiting ``shut`` closes the first, so that it is not overtaken for ever), or a
session's advisory lock of PostgreSQL. Other processes (commands, tests) are not watched.
"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection

from studies.platform.paused import Paused

logger = logging.getLogger(__name__)

KEY = (
    0x677368  # "gsh": https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
)
POLL_SECONDS = 0.1
UPGRADING = (
    "The system is being upgraded just now, so nothing was shown or saved. Everything saved before "
    "is there. Please do it again in a few minutes."
)
ANOTHER = (
    "The system was upgraded, and this part of it was not started anew yet, so nothing was shown "
    "or saved. Everything saved before is there. Please do it again in a few minutes; if it is not "
    "over by then, tell whoever runs this system."
)
Fingerprint = tuple[int, int]  # how many migrations were applied, and the number of the last


class NotServed(Paused):
    """The database is being upgraded or restored, or is of another version than this process."""


class StillUsed(Exception):  # noqa: N818 - it names what it is
    """Somebody is inside for too long, or another upgrade or restore is under way."""


@dataclass
class _Watch:
    on: bool = False
    known: Fingerprint | None = None  # of this version, as far as this process has looked


_watch = _Watch()


def watch(*, known: bool) -> None:
    """From now on this process asks; ``known`` says that the database is of its version now."""
    _watch.on, _watch.known = True, None
    if known:
        _watch.known = _fingerprint()


@contextmanager
def using() -> Iterator[None]:
    """Use the database inside. While it is away nothing is refused: that shows by itself.

    Raises:
        NotServed: not now; nothing was begun.
    """
    if not _watch.on:
        yield
        return
    with ExitStack() as held:
        try:
            entered = _enter(held)
        except (DatabaseError, OSError) as error:
            logger.warning("whether the database is being upgraded cannot be asked: %s", error)
            connection.close_if_unusable_or_obsolete()
            entered = True
        if not entered:
            raise NotServed(UPGRADING)
        require()
        yield


def require() -> None:
    """Ask once more, inside: of what version the database is.

    Raises:
        NotServed: of another than this process.
    """
    if not _watch.on:
        return
    try:
        now = _fingerprint()
        if now == _watch.known:
            return
        from studies.platform import versions  # which imports this

        if versions.standing().mend:
            raise NotServed(ANOTHER)
    except DatabaseError as error:
        logger.warning("the database is away, so its version is not known: %s", error)
        return
    _watch.known = now


def refusal() -> NotServed | None:
    """Why nobody is served at this moment; None where everybody is."""
    try:
        with using():
            return None
    except NotServed as error:
        return error


@contextmanager
def shut(*, seconds: float) -> Iterator[None]:
    """Nobody else is in there inside; whoever comes is refused (``using``).

    Raises:
        StillUsed: somebody was, for ``seconds``; all may go in again.
    """
    with ExitStack() as held:
        if connection.vendor == "sqlite":
            _shut_files(held, seconds)
        else:
            _shut_session(held, seconds)
        yield


def _fingerprint() -> Fingerprint:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), COALESCE(max(id), 0) FROM django_migrations")
        number, newest = cursor.fetchone()
    return number, newest


def _enter(held: ExitStack) -> bool:
    if connection.vendor == "sqlite":
        return _enter_by_files(held)
    with connection.cursor() as cursor:
        # Refused, too, while somebody waits for the exclusive lock.
        cursor.execute("SELECT pg_try_advisory_lock_shared(%s)", [KEY])
        entered = bool(cursor.fetchone()[0])
    if entered:
        held.callback(_leave_session)
    return entered


def _leave_session() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [KEY])
    except DatabaseError:  # the session is over, and its locks with it
        connection.close()


# --- SQLite: two files beside the database --------------------------------------------------------


def _opened(held: ExitStack, ending: str) -> int:
    """A file beside the database; explicitly unlocked, since a forked child may hold a copy."""
    name = str(connection.settings_dict["NAME"])
    file = os.open(f"{name}.{ending}", os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o640)
    held.callback(os.close, file)
    held.callback(fcntl.flock, file, fcntl.LOCK_UN)
    return file


def _is_in_memory() -> bool:
    name = str(connection.settings_dict["NAME"])
    return ":memory:" in name or "mode=memory" in name


def _enter_by_files(held: ExitStack) -> bool:
    if _is_in_memory():
        return True
    with ExitStack() as door:
        if not _is_locked(_opened(door, "door"), fcntl.LOCK_SH):
            return False
        return _is_locked(_opened(held, "inside"), fcntl.LOCK_SH)


def _shut_files(held: ExitStack, seconds: float) -> None:
    if _is_in_memory():
        return
    until = time.monotonic() + seconds
    for ending in ("door", "inside"):
        file = _opened(held, ending)
        while not _is_locked(file, fcntl.LOCK_EX):
            if time.monotonic() > until:
                raise StillUsed
            time.sleep(POLL_SECONDS)


def _is_locked(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# --- PostgreSQL: a session of its own -------------------------------------------------------------


def _shut_session(held: ExitStack, seconds: float) -> None:
    session: Any = connection.copy()
    held.callback(session.close)
    try:
        with session.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(seconds * 1000)}")
            cursor.execute("SELECT pg_advisory_lock(%s)", [KEY])
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) == "55P03":  # lock_not_available
            raise StillUsed from error
        raise
