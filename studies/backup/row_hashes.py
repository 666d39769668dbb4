"""The SHA-256 of every row that the other end of a move holds, kept beside, on disk.

With it a row that changed is known from one that did not, and the checksum of a table follows from
the rows that changed alone.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

from studies.backup.rows import MOST_KEYS, Table, chunked, key_text

_TABLES = """
CREATE TABLE there (label TEXT, row_key TEXT, digest BLOB, PRIMARY KEY (label, row_key)) WITHOUT ROWID;
CREATE TABLE here (row_key TEXT PRIMARY KEY, digest BLOB) WITHOUT ROWID;
"""  # noqa: E501 - SQL
_TO_REMOVE = """
SELECT row_key FROM there LEFT JOIN here USING (row_key)
WHERE label = ? AND (here.digest IS NULL OR here.digest <> there.digest)
"""


class RowHash(NamedTuple):
    """A row's key as its line has it, and the SHA-256 of the line."""

    key: Any
    digest: bytes


class RowHashes:
    """Hashes of the rows over there, by table, and what they add up to."""

    def __init__(self, folder: Path) -> None:
        self.sums: dict[str, Table] = {}
        self._rows = sqlite3.connect(folder / "rows.sqlite3", isolation_level=None)
        self._rows.execute("PRAGMA journal_mode=OFF")
        self._rows.execute("PRAGMA synchronous=OFF")
        self._rows.executescript(_TABLES)
        self._rows.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._rows.close()

    def sum_of(self, label: str) -> Table:
        """Number and checksum of the rows of a table."""
        return self.sums.setdefault(label, Table())

    def put(self, label: str, rows: Iterable[RowHash]) -> None:
        """These rows are there now, in place of what was there under their keys."""
        for some in chunked(rows, MOST_KEYS):
            self.drop(label, [row.key for row in some])
            hashed = ((label, key_text(row.key), row.digest) for row in some)
            self._rows.executemany("INSERT INTO there VALUES (?, ?, ?)", hashed)
            for row in some:
                self.sum_of(label).add_digest(row.digest)

    def drop(self, label: str, keys: Iterable[Any]) -> None:
        """No row of these keys is there."""
        for some in chunked(keys, MOST_KEYS):
            for digest in self._known(label, some).values():
                self.sum_of(label).take_off(digest)
            marks = ", ".join(["?"] * len(some))
            where = f"label = ? AND row_key IN ({marks})"
            self._rows.execute(f"DELETE FROM there WHERE {where}", [label, *map(key_text, some)])  # noqa: S608 - marks

    def holds(self, label: str) -> bool:
        """Whether any row of the table is there."""
        return self.sum_of(label).rows > 0

    def known(self, label: str, keys: Iterable[Any]) -> dict[str, bytes]:
        """Key (as JSON) → hash of those of ``keys`` that are there."""
        digests: dict[str, bytes] = {}
        for some in chunked(keys, MOST_KEYS):
            digests |= self._known(label, some)
        return digests

    def to_remove(self, label: str, rows: Iterable[RowHash]) -> list[Any]:
        """Keys of what is there and is not among ``rows``, or is another row there."""
        self._rows.execute("DELETE FROM here")
        hashed = ((key_text(row.key), row.digest) for row in rows)
        self._rows.executemany("INSERT INTO here VALUES (?, ?)", hashed)
        return [json.loads(key) for (key,) in self._rows.execute(_TO_REMOVE, [label])]

    def _known(self, label: str, keys: list[Any]) -> dict[str, bytes]:
        marks = ", ".join(["?"] * len(keys))
        query = f"SELECT row_key, digest FROM there WHERE label = ? AND row_key IN ({marks})"  # noqa: S608 - marks
        return dict(self._rows.execute(query, [label, *map(key_text, keys)]).fetchall())

    def sums_listed(self, labels: Iterable[str]) -> Iterator[tuple[str, list[Any]]]:
        """Each table's sums, as a dump's last line has them."""
        for label in labels:
            yield label, self.sum_of(label).as_list()
