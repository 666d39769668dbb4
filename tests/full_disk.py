"""A full disk, as SQLite tells of it."""

import sqlite3

import pytest


def full_sqlite() -> Exception:
    """What SQLite really says where there is no room."""
    with sqlite3.connect(":memory:") as database:
        database.execute("PRAGMA max_page_count = 2")
        database.execute("CREATE TABLE t (x)")
        with pytest.raises(sqlite3.OperationalError) as raised:
            database.execute("INSERT INTO t VALUES (zeroblob(100000))")
    database.close()
    return raised.value
