"""Moving the whole installation to another database and another store of files.

Files and rows are copied while people go on working, and triggers note which rows change meanwhile
(``watching``); those follow, again and again, until few are left. Then the database is held still
(``holding``) for the seconds that these take, all is proved over there, and the same transaction
ends with triggers that refuse every write here. Killed at any moment it leaves either this
installation in use or the other one, never both; run again it goes on.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError

from studies.backup import changes, holding, rows, watching
from studies.backup.errors import BackupError, CannotMove
from studies.backup.frozen import one_moment
from studies.backup.row_hashes import RowHashes
from studies.backup.services.backing_up import working_folder
from studies.backup.services.other_end import Other, other_end
from studies.backup.services.restoring import alone
from studies.platform import versions
from studies.platform.models import DatabaseMove
from studies.record.services.proof import find_breaks

logger = logging.getLogger(__name__)

FEW = 200  # rows that changed: so many follow within the pause
ROUNDS = 20  # whoever writes more than can be copied in between has the pause take longer
Say = Callable[[str], None]
Kind = DatabaseMove.Kind
SCHEMES = {
    "DATABASE_URL": ({"postgres", "postgresql", "sqlite"}, "postgres://user:password@host/name"),
    "STORAGE_URL": ({"file", "s3"}, "file:///folder or s3://bucket/prefix?endpoint=…"),
}


@dataclass
class Moved:
    """What a move did: rows and checksum of each table, files, and seconds nobody could write."""

    tables: dict[str, list[Any]] = field(default_factory=dict)
    files: int = 0
    altered: list[str] = field(default_factory=list)
    seconds_still: float = 0.0

    @property
    def rows(self) -> int:
        return sum(int(number) for number, _checksum in self.tables.values())


def move(*, database: str, files: str, say: Say) -> Moved:
    """Move all to the database and the store at these addresses; the former stay as they are.

    Raises:
        CannotMove: it cannot be, or not to there; this installation is in use as before.
        NotStill: somebody writes for too long; as above.
        AlreadyRunning: another move is under way.
    """
    require_address("DATABASE_URL", database)
    require_address("STORAGE_URL", files)
    with alone("move.lock", "Another move is under way on this machine."):
        ended = _standing(database)
        with other_end(_here(), database, files) as other:
            if ended:
                say("All was moved before; the other end is told that it may be used.")
                other.ask("end", say)
                return Moved()
            _require_record(say)
            other.ask("begin", say)
            say("Copying files, while people go on working …")
            other.ask("files", say)
            return _move_rows(other, database, files, say)


def undo() -> bool:
    """Let this database be written again, and leave no trace; False where there was none.

    What was written at the other end since does not come back.
    """
    was_noted = watching.is_on()  # a move that was killed
    watching.stop()
    if not DatabaseMove.objects.filter(kind=Kind.LEFT).exists():
        return was_noted
    holding.take_writes()
    DatabaseMove.objects.all().delete()
    return True


def require_address(name: str, address: str) -> None:
    """Refuse what is no address of a database, or of files.

    Raises:
        CannotMove: it is none.
    """
    schemes, example = SCHEMES[name]
    parts = urlsplit(address)
    if parts.scheme not in schemes or not (parts.path.strip("/") or parts.netloc):
        raise CannotMove(f"“{shown(address)}” is no {name}: it is {example}.")


def shown(address: str) -> str:
    """``address`` without password and keys."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "…"
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _here() -> str:
    """Which database this one is, for the note that the other one keeps."""
    database = settings.DATABASES["default"]
    return f"{database['ENGINE'].rpartition('.')[2]}:{database.get('HOST', '')}:{database['NAME']}"


def _standing(database: str) -> bool:
    """Whether all was moved there before, and only the other end was not told.

    Raises:
        CannotMove: this database is of another version, empty, or was moved elsewhere.
    """
    standing = versions.standing()
    if (
        standing.moved
        and standing.moved.kind == Kind.LEFT
        and standing.moved.other == shown(database)
    ):
        return True
    if standing.mend:
        raise CannotMove(f"Nothing was moved: {standing.words} {standing.mend}")
    return False


def _require_record(say: Say) -> None:
    say("Proving the audit trail …")
    for problem in find_breaks():
        raise CannotMove(
            f"Nothing was moved: the audit trail is not what was written ({problem.chain} "
            f"{problem.sequence} {problem.problem}). manage.py verify_audit tells all of it."
        )


def _move_rows(other: Other, database: str, files: str, say: Say) -> Moved:
    with working_folder() as folder, RowHashes(folder) as there:
        try:
            _copy_meanwhile(other, there, say)
            done = _move_the_rest(other, database, files, there, say)
        finally:
            _stop_watching(say)
    return done


def _copy_meanwhile(other: Other, there: RowHashes, say: Say) -> None:
    """All rows, then those that changed meanwhile, until few are left."""
    say("Copying rows, while people go on working …")
    for label, row in other.held(say):
        there.put(label, [row])
    watching.start()
    with one_moment() as alias:
        seen = watching.marks(alias)
        counted = other.send_rows("rows", changes.everything(alias, there), say)
    _require_same(counted["tables"], there)
    watching.forget(seen)
    for _round in range(ROUNDS):
        other.ask("files", say)
        with one_moment() as alias:
            seen = watching.marks(alias)
            counted = other.send_rows("changes", changes.changed(alias, seen, there), say)
        _require_same(counted["tables"], there)
        watching.forget(seen)
        say(f"{len(seen)} changes meanwhile have followed.")
        if len(seen) <= FEW:
            break
    other.ask("settle", say)


def _move_the_rest(other: Other, database: str, files: str, there: RowHashes, say: Say) -> Moved:
    say("Now nobody can write, for as long as it takes to copy the last changes …")
    began = time.monotonic()
    with holding.held_still():
        last = changes.changed(DEFAULT_DB_ALIAS, watching.marks(), there)
        arrived = other.send_rows("last", last, say)
        _require_same(arrived["tables"], there)
        _require_counted(there)
        holding.refuse_writes()
        DatabaseMove.objects.create(kind=Kind.LEFT, other=shown(database), files=shown(files))
    other.ask("end", say)
    return Moved(**arrived, seconds_still=time.monotonic() - began)


def _require_same(told: dict[str, list[Any]], there: RowHashes) -> None:
    here = dict(there.sums_listed(told))
    if wrong := [label for label in told if told[label] != here[label]]:
        raise CannotMove(f"What was read is not what was written: {', '.join(wrong)}.")


def _require_counted(there: RowHashes) -> None:
    """No row came or went without a mark, as when somebody switches triggers off."""
    for label, model in rows.tables_of(apps).items():
        number = model._base_manager.count()
        if number != there.sum_of(label).rows:
            raise CannotMove(
                f"{label} has {number} rows here and {there.sum_of(label).rows} over there, so "
                "nothing was moved. Has somebody written with triggers switched off?"
            )


def _stop_watching(say: Say) -> None:
    try:
        watching.stop()
    except (BackupError, DatabaseError) as error:
        logger.warning("changes are noted still: %s", error)
        say("Changes are noted still, which does no harm; manage.py move_to --undo ends it.")


def read_again(done: Moved) -> list[str]:
    """The tables whose rows here are not those that were moved, all of them read once more."""
    here = rows.sums_of(apps, DEFAULT_DB_ALIAS)
    return [label for label, table in here.items() if table.as_list() != done.tables[label]]
