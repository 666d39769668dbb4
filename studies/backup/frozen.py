"""The database as it is at one moment, while people go on writing.

SQLite is copied in one step (``VACUUM INTO``; a copy in several steps begins anew at each write and
never ends under a writer). PostgreSQL gives a read-only transaction that sees one moment
(REPEATABLE READ), as pg_dump uses.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

ALIAS = "frozen"


@contextmanager
def frozen_database(folder: Path) -> Iterator[str]:
    """The alias of a connection that sees the database of now; ``folder`` takes SQLite's copy.

    Raises:
        django.db.DatabaseError, OSError: the database is away, or ``folder`` has no room.
    """
    if connection.vendor == "sqlite":
        copy = folder / "frozen.sqlite3"
        _copy(Path(str(connection.settings_dict["NAME"])), copy)
        with _connection_to(NAME=str(copy)) as alias:
            yield alias
    else:
        with one_moment() as alias:
            yield alias


@contextmanager
def one_moment() -> Iterator[str]:
    """The alias of a connection that sees one moment, without a copy; nobody waits for it.

    SQLite's log of writes (WAL) grows until it ends, so it is for minutes, not for hours.

    Raises:
        django.db.DatabaseError: the database is away.
    """
    options = connections.databases[DEFAULT_DB_ALIAS].get("OPTIONS", {})
    if connection.vendor == "sqlite":
        reading = _connection_to(OPTIONS={**options, "transaction_mode": "DEFERRED"})
    else:
        reading = _connection_to()
    with reading as alias, transaction.atomic(using=alias):
        with connections[alias].cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(
                    "SELECT count(*) FROM sqlite_master"
                )  # the moment is that of the first look
            else:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield alias


def _copy(live: Path, copy: Path) -> None:
    with closing(sqlite3.connect(f"{live.absolute().as_uri()}?mode=ro", uri=True)) as database:
        database.execute("VACUUM INTO ?", [str(copy)])
    copy.chmod(0o600)


@contextmanager
def _connection_to(**other: Any) -> Iterator[str]:
    connections.databases[ALIAS] = {**connections.databases[DEFAULT_DB_ALIAS], **other}
    try:
        yield ALIAS
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.databases[ALIAS]
