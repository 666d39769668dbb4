"""The database as lines for the other end of a move: all that it lacks, or what changed.

The first line tells every migration that was applied. Each table that has anything follows with a
line of its columns and of the keys that are to be removed, and a line for each row. The last line
gives number of rows and checksum of every table, as the other end has to find them afterwards.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.db import models

from studies.backup import rows
from studies.backup.row_hashes import RowHash, RowHashes
from studies.backup.watching import Mark

Model = type[models.Model]


def everything(alias: str, there: RowHashes) -> Iterator[bytes]:
    """What makes of the rows over there those of the database ``alias``; ``there`` follows."""
    yield _head(alias)
    for label, model in rows.tables_of(apps).items():
        if there.holds(label):
            yield from _differing(label, model, alias, there)
        else:
            yield _table(label, model, [])
            for some in rows.chunked(rows.keyed_lines(model, alias), rows.CHUNK):
                there.put(label, (_hash_of(key, line) for key, line in some))
                yield from (line for _key, line in some)
    yield end_of(there)


def changed(alias: str, marks: Iterable[Mark], there: RowHashes) -> Iterator[bytes]:
    """The rows that ``marks`` name, as they are in the database ``alias``; ``there`` follows."""
    yield _head(alias)
    keys = defaultdict[str, set[Any]](set)
    tables = rows.tables_of(apps)
    for mark in marks:
        keys[mark.label].add(rows.plain_key(tables[mark.label], mark.key))
    for label in tables:
        if label in keys:
            now = list(rows.lines_with(tables[label], alias, keys[label]))
            yield from _sent(label, tables[label], now, keys[label], there)
    yield end_of(there)


def _differing(label: str, model: Model, alias: str, there: RowHashes) -> Iterator[bytes]:
    """Two looks: what is to be removed has to be known before the first row is written."""
    hashes = (_hash_of(key, line) for key, line in rows.keyed_lines(model, alias))
    gone = there.to_remove(label, hashes)
    yield _table(label, model, gone)
    there.drop(label, gone)
    for some in rows.chunked(rows.keyed_lines(model, alias), rows.CHUNK):
        known = there.known(label, (key for key, _line in some))
        new = [each for each in some if rows.key_text(each[0]) not in known]
        there.put(label, (_hash_of(key, line) for key, line in new))
        yield from (line for _key, line in new)


def _sent(
    label: str, model: Model, now: list[tuple[Any, bytes]], keys: set[Any], there: RowHashes
) -> Iterator[bytes]:
    known = there.known(label, keys)
    hashed = [(_hash_of(key, line), line) for key, line in now]
    new = [each for each in hashed if known.get(rows.key_text(each[0].key)) != each[0].digest]
    left = {rows.key_text(key) for key, _line in now}
    changed = {rows.key_text(row.key) for row, _line in new}
    gone = [key for key in keys if _is_gone(rows.key_text(key), known, left, changed)]
    if not (new or gone):
        return
    yield _table(label, model, gone)
    there.drop(label, gone)
    there.put(label, (row for row, _line in new))
    yield from (line for _row, line in new)


def _is_gone(key: str, known: dict[str, bytes], left: set[str], changed: set[str]) -> bool:
    """Whether what is there under ``key`` has to go: there is no such row now, or another."""
    return key in known and (key not in left or key in changed)


def _hash_of(key: Any, line: bytes) -> RowHash:
    return RowHash(key, sha256(line).digest())


def _head(alias: str) -> bytes:
    return rows.as_line({"migrations": rows.applied_migrations(alias)})


def _table(label: str, model: Model, gone: list[Any]) -> bytes:
    names = [field.column for field in rows.columns_of(model)]
    return rows.as_line({"table": label, "columns": names, "remove": gone})


def end_of(there: RowHashes) -> bytes:
    """The last line."""
    return rows.as_line({"end": dict(there.sums_listed(rows.tables_of(apps)))})
