"""Restoring a snapshot into an empty database, and the files beside it."""

import fcntl
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.apps import apps as todays_apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.dispatch import Signal

from studies.backup import ledger, rows, target
from studies.backup.errors import (
    AlreadyRunning,
    InUse,
    NewerVersion,
    NotEmpty,
    NotErased,
    NotWhole,
    NotWritten,
    Unreadable,
)
from studies.backup.kept_objects import KeptObjects
from studies.backup.loading import Loader
from studies.backup.services.backing_up import working_folder
from studies.backup.services.proving import (
    Problems,
    listed_files,
    opened_database,
    read_file,
)
from studies.backup.signals import erase_again, erase_photos_again
from studies.backup.target import Snapshot
from studies.platform import in_use, storage
from studies.platform.errors import Refusal
from studies.platform.models import WorkerHeartbeat

MARK = "restoring.json"
OTHERS_SECONDS = 60.0  # for what others have under way
Say = Callable[[str], None]


@dataclass
class Restored:
    """What a restore did."""

    snapshot: Snapshot
    rows: int = 0
    files: int = 0
    there_already: int = 0
    erased_again: int = 0
    photos_erased_again: int = 0
    problems: Problems = field(default_factory=Problems)


def restore(*, name: str, keys: list[Any], replace: bool, say: Say) -> Restored:
    """Restore the snapshot ``name`` (or ``latest``): rows, files, then erasures made since.

    The database must be empty; with ``replace`` what is in it is set aside, never removed. A
    restore that was interrupted goes on with the files when it is asked for again.

    Raises:
        NoSnapshot, Unreadable, NewerVersion, NotEmpty, InUse, AlreadyRunning: nothing was changed.
        NotWhole: the rows that were written are not those of the backup; none of them was kept.
        TargetAway, NotWritten, NotErased: go on by running it again.
    """
    with (
        alone("restore.lock", "Another restore is under way on this machine."),
        target.reaching(),
        working_folder() as folder,
        _nobody_else(),
    ):
        snapshot = target.snapshot(name)
        done = Restored(snapshot)
        _require_known(snapshot)
        if _rows_are_in(snapshot):
            say("The rows of this backup are in the database already; going on with the files.")
        else:
            say(f"Opening the backup of {snapshot.made_at} …")
            with opened_database(snapshot, keys, folder) as lines:
                opened = rows.read(lines, lambda *row: None)  # whole, before anything is changed
            _make_room(snapshot, replace=replace, say=say)
            say(f"Writing {snapshot.rows} rows …")
            _write_rows(snapshot, opened, keys, folder)
            _mark(snapshot)
        done.rows = snapshot.rows
        call_command("migrate", verbosity=0)
        _write_files(done, keys, folder, say)
        _erase_again(done, keys)
        if not done.problems:
            _mark_path().unlink(missing_ok=True)
    return done


@contextmanager
def alone(lock_file: str, words: str) -> Iterator[None]:
    """Nobody else on this machine does the same inside; ``words`` tell whoever tries.

    Raises:
        AlreadyRunning: somebody does.
    """
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.VAR_DIR / lock_file).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(words) from error
        yield


@contextmanager
def _nobody_else() -> Iterator[None]:
    """Web and workers of this database wait outside, in words, until it is whole."""
    try:
        with in_use.shut(seconds=OTHERS_SECONDS):
            yield
    except in_use.StillUsed as error:
        raise InUse(
            "Web or workers use this database. Stop them on every host, and try again."
        ) from error


def _require_known(snapshot: Snapshot) -> None:
    known = MigrationExecutor(connection).loader.disk_migrations
    if unknown := [
        f"{app}.{name}" for app, name in snapshot.migrations if (app, name) not in known
    ]:
        raise NewerVersion(
            f"The backup was made by version {snapshot.version}, which knows what this version "
            f"({settings.VERSION}) does not: {', '.join(unknown[:3])}. Install that version or a "
            "later one, and restore with it."
        )


# --- Room ----------------------------------------------------------------------------------------


def has_data() -> bool:
    """Whether the database holds more than what migrations write."""
    tables = set(connection.introspection.table_names())
    models = [todays_apps.get_model(label) for label in ("studies.User", "studies.AuditEvent")]
    return any(model._meta.db_table in tables and model._base_manager.exists() for model in models)


def _make_room(snapshot: Snapshot, *, replace: bool, say: Say) -> None:
    holds_data = has_data()
    if not holds_data and not _is_ahead_of(snapshot):
        return
    if holds_data and not replace:
        raise NotEmpty(
            "The database holds data, so nothing was restored. Name an empty database in "
            "DATABASE_URL, or ask for --replace, which sets the present one aside."
        )
    if WorkerHeartbeat.objects.alive().exists():
        raise InUse(
            "A worker uses this database. Stop web and workers, wait half a minute, and try again."
        )
    say(f"What was in the database is kept as {_set_aside()}.")


def _is_ahead_of(snapshot: Snapshot) -> bool:
    """Whether the database has had migrations that the backup had not."""
    return any(applied not in snapshot.migrations for applied in rows.applied_migrations())


def _set_aside() -> str:
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    if connection.vendor == "sqlite":
        return _set_file_aside(Path(str(connection.settings_dict["NAME"])), now)
    schema = f"before_restore_{now}".lower()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        quoted = connection.ops.quote_name(cursor.fetchone()[0])
        cursor.execute(f"ALTER SCHEMA {quoted} RENAME TO {connection.ops.quote_name(schema)}")
        cursor.execute(f"CREATE SCHEMA {quoted}")
    return f"the schema {schema}"


def _set_file_aside(live: Path, now: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    aside = live.with_name(f"{live.name}.before-restore-{now}")
    for ending in ("-wal", "-shm", ""):
        part = live.with_name(live.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return str(aside)


# --- Rows ----------------------------------------------------------------------------------------


def _write_rows(snapshot: Snapshot, opened: rows.Contents, keys: list[Any], folder: Path) -> None:
    """Make the tables as they were in the backup, and fill them in one transaction."""
    executor = MigrationExecutor(connection)
    leaves = leaves_of(executor, {(app, name) for app, name in snapshot.migrations})
    # A database whose migrations are not those of the backup holds nothing: it is made anew.
    executor.migrate(leaves)
    registry = MigrationExecutor(connection).loader.project_state(leaves).apps
    with transaction.atomic(), opened_database(snapshot, keys, folder) as lines:
        loader = Loader(registry, DEFAULT_DB_ALIAS)
        loader.empty()
        rows.read(lines, loader.take)
        try:
            loader.finish()
        except DatabaseError as error:
            raise NotWhole(f"The rows do not fit together: {error}") from error
        written = rows.sums_of(registry, DEFAULT_DB_ALIAS)
        if wrong := [
            label
            for label, table in opened.tables.items()
            if label not in rows.LEFT_OUT and written[label] != table
        ]:
            raise NotWhole(f"What was written is not what was read: {', '.join(wrong)}.")


def leaves_of(
    executor: MigrationExecutor, applied: Collection[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The last migration of each app among those ``applied``."""
    nodes = {node for node in executor.loader.graph.nodes if node in applied}
    inner = {
        parent.key
        for node in nodes
        for parent in executor.loader.graph.node_map[node].parents
        if parent.key[0] == node[0]
    }
    return sorted(nodes - inner)


# --- Going on after an interruption --------------------------------------------------------------


def _mark_path() -> Path:
    return Path(settings.VAR_DIR) / MARK


def _mark(snapshot: Snapshot) -> None:
    _mark_path().write_text(snapshot.name)


def _rows_are_in(snapshot: Snapshot) -> bool:
    return has_data() and _mark_path().exists() and _mark_path().read_text() == snapshot.name


# --- Files ---------------------------------------------------------------------------------------


def _write_files(done: Restored, keys: list[Any], folder: Path, say: Say) -> None:
    of = done.snapshot.files
    say(f"Writing {of} files …")
    with KeptObjects(folder) as there:
        there.load(storage.listing(storage.private_storage()))
        listed = listed_files(done.snapshot, keys, folder)
        for number, (name, digest) in enumerate(listed, start=1):
            _write_file(done, name, digest, keys, replaces=name in there)
            if number % 1000 == 0:
                say(f"{number} of {of} files …")


def _write_file(done: Restored, name: str, digest: str, keys: list[Any], *, replaces: bool) -> None:
    kept = storage.private_storage()
    if replaces and sha256(storage.read(name)).hexdigest() == digest:
        done.there_already += 1
        return
    try:
        content = read_file(name, digest, keys)
    except (Unreadable, FileNotFoundError) as error:
        done.problems.append(str(error))
        return
    try:
        if replaces:
            kept.delete(name)
        kept.save(name, ContentFile(content))
    except OSError as error:  # of this machine, not of where backups are
        raise NotWritten(name, error) from error
    done.files += 1


def _erase_again(done: Restored, keys: list[Any]) -> None:
    people = set(ledger.read_ledger(keys))
    done.erased_again = _told(erase_again, people=people)
    photos = set(ledger.read_photos(keys))
    done.photos_erased_again = _told(erase_photos_again, photos=photos)


def _told(signal: Signal, **what: Any) -> int:
    try:
        answers: list[tuple[Any, Any]] = signal.send(sender=Snapshot, **what)
    except Refusal as refusal:  # as where the keys of the record are not today's
        raise NotErased(refusal) from refusal
    return sum(number for _receiver, number in answers)
