"""What a store keeps and what a backup lists, on disk, so that memory does not grow with files."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

_TABLES = """
CREATE TABLE kept (key TEXT PRIMARY KEY, size INTEGER) WITHOUT ROWID;
CREATE TABLE listed (name TEXT PRIMARY KEY, digest TEXT, key TEXT) WITHOUT ROWID;
"""


class KeptObjects:
    """Key and size (bytes) of every object of a store, and the files of a backup."""

    def __init__(self, folder: Path) -> None:
        self._file = sqlite3.connect(folder / "kept.sqlite3", isolation_level=None)
        self._file.execute("PRAGMA journal_mode=OFF")
        self._file.execute("PRAGMA synchronous=OFF")
        self._file.executescript(_TABLES)
        self._file.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def load(self, objects: Iterable[tuple[str, int]]) -> None:
        """These are kept."""
        self._file.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", objects)

    def __contains__(self, key: str) -> bool:
        found = self._file.execute("SELECT 1 FROM kept WHERE key = ?", [key])
        return found.fetchone() is not None

    def size_of(self, key: str) -> int | None:
        """The size of the object ``key``, or None where it is not kept."""
        found = self._file.execute("SELECT size FROM kept WHERE key = ?", [key]).fetchone()
        return None if found is None else int(found[0])

    def __setitem__(self, key: str, size: int) -> None:
        self.load([(key, size)])

    def enlist(self, name: str, digest: str, key: str) -> None:
        """The private file ``name`` belongs to the backup; the object ``key`` holds it."""
        self._file.execute("INSERT OR REPLACE INTO listed VALUES (?, ?, ?)", [name, digest, key])

    def files(self) -> Iterator[bytes]:
        """A line for each file of the backup: SHA-256 and name."""
        listed = self._file.execute("SELECT digest, name FROM listed ORDER BY name")
        return (f"{digest} {name}\n".encode() for digest, name in listed)

    def objects(self) -> Iterator[bytes]:
        """A line for each object that holds one: key and size."""
        of_kept = (
            "SELECT key, coalesce(size, 0) FROM listed LEFT JOIN kept USING (key) ORDER BY key"
        )
        return (f"{key} {size}\n".encode() for key, size in self._file.execute(of_kept))
