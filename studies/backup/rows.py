"""The database as lines of JSON that SQLite and PostgreSQL can both take.

The first line tells the format and every migration that was applied; each table follows with a line
of its columns and a line for each row; the last one gives each table's number of rows and checksum.
Checksums do not depend on the order of rows, which the two databases see differently.
"""

import json
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

from django.apps import apps as todays_apps
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.migrations.recorder import MigrationRecorder
from django.utils.duration import duration_iso_string

from studies.backup.errors import Unreadable

FORMAT = 1
CHUNK = 1000
MOST_KEYS = 500  # in one statement
# Who is signed in, and which workers live, is true of one machine at one moment, and where a
# database was moved to of that database. Whose numbers are to be counted anew is noted by triggers
# of the other database as the rows arrive.
LEFT_OUT = {
    "sessions.session",
    "studies.workerheartbeat",
    "studies.databasemove",
    "inference.tallymark",
}
_SUM = 1 << 256


@dataclass
class Table:
    """How many rows of a table there are, and their checksum (sum of SHA-256, modulo 2²⁵⁶)."""

    rows: int = 0
    checksum: int = 0

    def add(self, line: bytes) -> None:
        """Count the line of one row."""
        self.add_digest(sha256(line).digest())

    def add_digest(self, digest: bytes) -> None:
        """Count a row by the SHA-256 of its line."""
        self.rows += 1
        self.checksum = (self.checksum + int.from_bytes(digest)) % _SUM

    def take_off(self, digest: bytes) -> None:
        """Count a row no more."""
        self.rows -= 1
        self.checksum = (self.checksum - int.from_bytes(digest)) % _SUM

    def as_list(self) -> list[Any]:
        """As the last line has it."""
        return [self.rows, f"{self.checksum:064x}"]


@dataclass
class Contents:
    """What a dump says of itself."""

    migrations: list[tuple[str, str]] = field(default_factory=list)
    made_at: str = ""
    tables: dict[str, Table] = field(default_factory=dict)


def tables_of(registry: Apps) -> dict[str, type[models.Model]]:
    """Every table by its label (``studies.study``), those between many and many, too."""
    every_model = registry.get_models(include_auto_created=True)
    return {
        model._meta.label_lower: model
        for model in sorted(every_model, key=lambda model: model._meta.label_lower)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in LEFT_OUT
    }


def columns_of(model: type[models.Model]) -> list[Any]:
    """Its fields, by the names of their columns."""
    # By name: a model as a migration knows it may have its fields in another order.
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    return sorted(fields, key=lambda field: field.column)


def applied_migrations(alias: str = DEFAULT_DB_ALIAS) -> list[list[str]]:
    """App and name of every migration that the database has."""
    applied = MigrationRecorder(connections[alias]).applied_migrations()
    return sorted([app, name] for app, name in applied)


# --- Writing -----------------------------------------------------------------------------------


def dump(
    alias: str, *, seen: Callable[[], None] = lambda: None, registry: Apps = todays_apps
) -> Iterator[bytes]:
    """The database ``alias`` as lines, by the models of ``registry``; ``seen`` is called often."""
    applied = applied_migrations(alias)
    tables: dict[str, Table] = {}
    head = {"format": FORMAT, "made_at": datetime.now(UTC).isoformat(), "migrations": applied}
    yield as_line(head)
    for label, model in tables_of(registry).items():
        table = tables[label] = Table()
        yield as_line({"table": label, "columns": [field.column for field in columns_of(model)]})
        for line in lines_of(model, alias):
            table.add(line)
            yield line
            if table.rows % CHUNK == 0:
                seen()
    yield as_line({"end": {label: table.as_list() for label, table in tables.items()}})


def lines_of(model: type[models.Model], alias: str) -> Iterator[bytes]:
    """Each row of ``model`` as a line."""
    return (line for _key, line in keyed_lines(model, alias))


def keyed_lines(model: type[models.Model], alias: str) -> Iterator[tuple[Any, bytes]]:
    """Each row of ``model`` as its key and its line."""
    rows = model._base_manager.using(alias).order_by("pk")
    return _keyed(model, rows)


def lines_with(
    model: type[models.Model], alias: str, keys: Iterable[Any]
) -> Iterator[tuple[Any, bytes]]:
    """As ``keyed_lines``, of the rows that have one of ``keys`` and are there."""
    for some in chunked(keys, MOST_KEYS):
        yield from _keyed(model, model._base_manager.using(alias).filter(pk__in=some))


def plain_key(model: type[models.Model], text: str) -> Any:
    """A key that the database gave as ``text``, as the line of its row has it."""
    return _plain(model._meta.pk.to_python(text))


def key_text(key: Any) -> str:
    """A row's key, as its line has it, as text."""
    return json.dumps(key)


def chunked(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """``values`` in lists of ``size``."""
    left = iter(values)
    while some := list(islice(left, size)):
        yield some


def _keyed(model: type[models.Model], rows: "models.QuerySet[Any]") -> Iterator[tuple[Any, bytes]]:
    fields = columns_of(model)
    place = fields.index(model._meta.pk)
    for row in rows.values_list(*(f.attname for f in fields)).iterator(chunk_size=CHUNK):
        plain = [_plain(value) for value in row]
        yield plain[place], as_line(plain)


def as_line(value: Any) -> bytes:
    # The keys of a JSON column have no order in PostgreSQL.
    return (
        json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        + b"\n"
    )


def _plain(value: Any) -> Any:
    match value:
        case bytes() | memoryview():
            return b64encode(bytes(value)).decode()
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta():
            return duration_iso_string(value)
        case UUID() | Decimal():
            return str(value)
        case _:
            return value


def compressed(lines: Iterable[bytes]) -> Iterator[bytes]:
    """``lines`` as gzip (RFC 1952)."""
    packer = zlib.compressobj(6, wbits=31)
    for line in lines:
        if part := packer.compress(line):
            yield part
    yield packer.flush()


# --- Reading -----------------------------------------------------------------------------------


def read(lines: Iterable[bytes], take: Callable[[str, list[str], list[Any]], None]) -> Contents:
    """Hand each row to ``take(label, columns, values)``, and prove that the dump is whole.

    Raises:
        Unreadable: it is cut off, of another format, or not what was written.
    """
    contents, label, columns = Contents(), "", list[str]()
    ended: dict[str, list[Any]] | None = None
    for number, line in enumerate(lines):
        value = _value(line, number)
        if number == 0:
            _take_head(contents, value)
        elif isinstance(value, list):
            contents.tables[label].add(line)
            take(label, columns, value)
        elif "table" in value:
            label, columns = value["table"], value["columns"]
            contents.tables[label] = Table()
        else:
            ended = value.get("end")
    if ended is None:
        raise Unreadable("The copy of the database is cut off: its last line is missing.")
    rows_by_label = {label: table.as_list() for label, table in contents.tables.items()}
    if wrong := sorted(
        label for label in {*rows_by_label, *ended} if rows_by_label.get(label) != ended.get(label)
    ):
        raise Unreadable(f"The copy of the database is not what was written: {', '.join(wrong)}.")
    return contents


def head_of(lines: Iterable[bytes]) -> Contents:
    """What the first line tells.

    Raises:
        Unreadable: as ``read``.
    """
    contents = Contents()
    _take_head(contents, _value(next(iter(lines), b""), 0))
    return contents


def _value(line: bytes, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise Unreadable(f"Line {number + 1} of the copy of the database is damaged.") from error


def _take_head(contents: Contents, value: Any) -> None:
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise Unreadable("The copy of the database is in a format that this version cannot read.")
    contents.made_at = value["made_at"]
    contents.migrations = [(app, name) for app, name in value["migrations"]]


def sums_of(registry: Apps, alias: str) -> dict[str, Table]:
    """Number and checksum of what the tables of ``registry`` hold in the database ``alias``."""
    tables = {}
    for label, model in tables_of(registry).items():
        table = tables[label] = Table()
        for line in lines_of(model, alias):
            table.add(line)
    return tables
