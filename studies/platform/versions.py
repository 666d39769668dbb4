"""Whether the database is of this version, and the one in use.

Of this version: the same migrations, all applied and none besides. In use: neither moved elsewhere
nor still being filled (``studies.platform.models.DatabaseMove``).
"""

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from studies.platform import in_use
from studies.platform.models import DatabaseMove

logger = logging.getLogger(__name__)

Migration = tuple[str, str]  # app and name
OURS = {"studies", "participants", "inference"}
MOVES: Migration = ("studies", "0016_moves")
# What gunicorn takes as "do not start it again" (Arbiter.APP_LOAD_ERROR), and systemd is told.
OTHER_VERSION = 4


@dataclass(frozen=True)
class Standing:
    """``newer``: applied, and unknown to this code; ``absent``: known, and not applied.

    ``moved`` is the move that keeps this database out of use, if there is one.
    """

    newer: tuple[Migration, ...]
    absent: tuple[Migration, ...]
    empty: bool
    moved: DatabaseMove | None = None

    @property
    def words(self) -> str:
        """How the database stands to this code."""
        if self.newer:
            return f"a newer version made this database ({'.'.join(self.newer[-1])})."
        if self.empty:
            return "the database is empty."
        if self.absent:
            return f"{len(self.absent)} are not applied yet."
        if self.moved is not None:
            return _moved_words(self.moved)
        return "the database is of this version."

    @property
    def mend(self) -> str:
        """What to do about it; empty where there is nothing to do."""
        if self.newer:
            return "Install that version, or restore the backup made before it was upgraded."
        if self.empty:
            return "Use manage.py upgrade, which makes the tables."
        if self.absent:
            return "Stop web and workers, make a backup, use manage.py upgrade, and start them."
        if self.moved is not None:
            return _moved_mend(self.moved)
        return ""


def standing() -> Standing:
    """How the database stands to this code.

    Raises:
        django.db.DatabaseError: it is away.
    """
    loader = MigrationLoader(connection)
    ours, applied = set(loader.disk_migrations), set(loader.applied_migrations)
    newer = sorted(each for each in applied - ours if each[0] in OURS)
    absent = sorted(ours - applied - set(_replaced(loader)))
    moved = DatabaseMove.objects.first() if MOVES in applied else None
    empty = not any(each[0] in OURS for each in applied)
    return Standing(tuple(newer), tuple(absent), empty, moved)


def _moved_words(move: DatabaseMove) -> str:
    if move.kind == DatabaseMove.Kind.LEFT:
        return f"this database was moved to {move.other} on {move.at:%Y-%m-%d at %H:%M} UTC."
    return f"this database is being filled from {move.other}, and is not whole yet."


def _moved_mend(move: DatabaseMove) -> str:
    if move.kind == DatabaseMove.Kind.LEFT:
        return (
            "Name that one in DATABASE_URL and STORAGE_URL. Nothing can be written to this one; "
            "manage.py move_to --undo lets it be used again, without what was written there since."
        )
    return "Give manage.py move_to again over there: it goes on, and says when this one is whole."


def _replaced(loader: MigrationLoader) -> Iterator[Migration]:
    for migration in loader.disk_migrations.values():
        yield from migration.replaces


def require_this_version() -> None:
    """Let web and workers start on a database of this version, and on none of another.

    While the database is away nothing can be told, and the process starts: it says so itself and
    goes on when the database is back. From then on each request and each piece of work asks again
    (``in_use``). No connection is left open, for processes that fork.

    Raises:
        SystemExit: the database is of another version; told in words.
    """
    in_use.watch(known=False)
    try:
        here = standing()
        if here.mend:
            _refuse(here)
        in_use.watch(known=True)
    except DatabaseError as error:
        logger.warning("the database is away, so its version is not known: %s", error)
    finally:
        connection.close()


def _refuse(standing: Standing) -> NoReturn:
    sys.stderr.write(
        f"Version {settings.VERSION} does not start on this database. "
        f"Migrations: {standing.words}\n"
        f"{standing.mend}\n"
    )
    sys.stderr.flush()
    sys.exit(OTHER_VERSION)
