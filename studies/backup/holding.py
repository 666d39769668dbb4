"""Holding a database still while it is copied, and for good once it was moved.

While it is copied one transaction holds every table: people read, writers wait, and whatever ends
the transaction (an error, a killed process, a power cut) lets them go on. Once all has arrived the
same transaction leaves triggers behind that refuse every write, whoever it comes from; so no write
falls between the copy and the new settings.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.apps import apps
from django.db import OperationalError, connection, transaction

from studies.backup import rows
from studies.backup.errors import NotStill
from studies.platform import paused

EVENTS = ("insert", "update", "delete")
WAIT_SECONDS = 30
LOCK_MILLISECONDS = 900
PATIENCE_SECONDS = 0.2
_CANCELLED = "57014"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
_FUNCTION = "gsh_moved"


@contextmanager
def held_still() -> Iterator[None]:
    """A transaction in which nobody else can write; ``refuse_writes`` inside it is for good.

    Raises:
        NotStill: somebody's writing took too long; nothing was changed.
    """
    with ExitStack() as held:
        until = time.monotonic() + WAIT_SECONDS
        while not _is_held(held):
            if time.monotonic() > until:
                raise NotStill
            time.sleep(PATIENCE_SECONDS)
        yield


def _is_held(held: ExitStack) -> bool:
    """Whether everything is locked now, within ``held``; else nothing is."""
    try:
        with ExitStack() as trying:
            trying.enter_context(transaction.atomic())  # IMMEDIATE on SQLite: waits for who writes
            _lock()
            held.push(trying.pop_all())
    except OperationalError as error:
        if paused.met_in(error) or _is_cancelled(error):
            return False
        raise
    return True


def _is_cancelled(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == _CANCELLED


def refuse_writes() -> None:
    """Let the database itself refuse every write to what was copied, once this is committed."""
    with connection.cursor() as cursor:
        for statement in _statements():
            cursor.execute(statement)


def take_writes() -> None:
    """Undo ``refuse_writes``."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute(f"DROP FUNCTION IF EXISTS {_FUNCTION}() CASCADE")
            return
        for table in _tables():
            for event in EVENTS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {_quoted(_name(table, event))}")


def _tables() -> list[str]:
    return [model._meta.db_table for model in rows.tables_of(apps).values()]


def _lock() -> None:
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        # Somebody may hold one table and wait for another that we have: before PostgreSQL finds
        # that and stops one of us (deadlock_timeout, a second), we let go and try again.
        cursor.execute(f"SET LOCAL statement_timeout = '{LOCK_MILLISECONDS}ms'")
        tables = ", ".join(_quoted(table) for table in _tables())
        cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SET LOCAL statement_timeout = DEFAULT")


def _name(table: str, event: str) -> str:
    return f"moved_{table}_{event}"


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


def _statements() -> Iterator[str]:
    if connection.vendor == "sqlite":
        for table in _tables():
            for event in EVENTS:
                yield (
                    f"CREATE TRIGGER {_quoted(_name(table, event))} BEFORE {event.upper()} "
                    f"ON {_quoted(table)} BEGIN SELECT RAISE(ABORT, '{paused.MOVED_WORDS}'); END"
                )
        return
    yield (
        f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{paused.MOVED_WORDS}'; END $$"
    )
    for table in _tables():
        yield (
            f"CREATE TRIGGER {_FUNCTION} BEFORE INSERT OR UPDATE OR DELETE ON {_quoted(table)} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
        )
