"""Writing rows that came as lines (``studies.backup.rows``) into a database.

PostgreSQL takes them by COPY, and reads their text itself; SQLite many in a statement.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Iterable
from typing import Any

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import connections, models

from studies.backup.errors import Unreadable
from studies.backup.rows import CHUNK, LEFT_OUT, MOST_KEYS, chunked, columns_of, tables_of

MOST_VALUES = 10_000  # in one statement; SQLite takes 32,766


class Loader:
    """Writes rows into the tables of ``registry`` in the database ``alias``, in a transaction."""

    def __init__(self, registry: Apps, alias: str) -> None:
        self._tables = tables_of(registry)
        self._connection = connections[alias]
        self._waiting: list[list[Any]] = []
        self._label, self._names = "", list[str]()

    def empty(self) -> None:
        """Remove what migrations wrote: it comes back with the rows."""
        with self._connection.cursor() as cursor:
            for model in self._tables.values():
                cursor.execute(f"DELETE FROM {self._quoted(model._meta.db_table)}")  # noqa: S608 - a table's name

    def take(self, label: str, columns: list[str], values: list[Any]) -> None:
        """Write a row, soon.

        Raises:
            Unreadable: there is no such table or column.
        """
        if label in LEFT_OUT:  # an earlier version kept it
            return
        if label != self._label or len(self._waiting) >= CHUNK:
            self.flush()
            self._label, self._names = label, columns
        self._waiting.append(values)

    def flush(self) -> None:
        """Write what waits."""
        if not self._waiting:
            return
        model = self._tables.get(self._label)
        if model is None:
            raise Unreadable(f"There is no table {self._label} to put rows into.")
        by_column = {field.column: field for field in columns_of(model)}
        if missing := [column for column in self._names if column not in by_column]:
            raise Unreadable(f"{self._label} has no column {', '.join(missing)}.")
        fields = [by_column[column] for column in self._names]
        table = self._quoted(model._meta.db_table)
        names = ", ".join(self._quoted(field.column) for field in fields)
        if self._connection.vendor == "postgresql":
            self._copy(f"COPY {table} ({names}) FROM STDIN", fields)
        else:
            self._insert(f"INSERT INTO {table} ({names}) VALUES", fields)
        self._waiting.clear()

    def _copy(self, statement: str, fields: list[Any]) -> None:
        readers = [_text_of(field) for field in fields]
        with (
            self._connection.cursor() as cursor,
            self._connection.wrap_database_errors,
            cursor.copy(statement) as copy,
        ):
            for row in self._waiting:
                pairs = zip(readers, row, strict=True)
                copy.write_row([None if v is None else read(v) for read, v in pairs])

    def _insert(self, statement: str, fields: list[Any]) -> None:
        marks = f"({', '.join(['%s'] * len(fields))})"
        with self._connection.cursor() as cursor:
            for some in chunked(self._waiting, max(1, MOST_VALUES // len(fields))):
                values = [value for row in some for value in self._prepared(fields, row)]
                cursor.execute(f"{statement} {', '.join([marks] * len(some))}", values)

    def remove(self, label: str, keys: Iterable[Any]) -> None:
        """Remove the rows of these keys, as lines have them; those that are not there are not."""
        self.flush()
        model = self._tables[label]
        table, key = self._quoted(model._meta.db_table), model._meta.pk
        column = self._quoted(str(key.column))
        with self._connection.cursor() as cursor:
            for some in chunked(keys, MOST_KEYS):
                marks = ", ".join(["%s"] * len(some))
                values = [v for key_values in some for v in self._prepared([key], [key_values])]
                cursor.execute(f"DELETE FROM {table} WHERE {column} IN ({marks})", values)  # noqa: S608 - names

    def finish(self) -> None:
        """Write the rest, let numbers go on after the last, prove that nothing points nowhere."""
        self.flush()
        self.number_on()
        self._connection.check_constraints()

    def number_on(self) -> None:
        """Let numbers go on after the last."""
        statements = self._connection.ops.sequence_reset_sql(no_style(), [*self._tables.values()])
        with self._connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def _quoted(self, name: str) -> str:
        return str(self._connection.ops.quote_name(name))

    def _prepared(self, fields: list[Any], row: list[Any]) -> list[Any]:
        pairs = zip(fields, row, strict=True)
        return [
            field.get_db_prep_save(_value_of(field, value), self._connection)
            for field, value in pairs
        ]


def _value_of(field: Any, value: Any) -> Any:
    if value is None or isinstance(field, models.JSONField):
        return value
    if isinstance(field, models.ForeignKey):
        return _value_of(field.target_field, value)
    if isinstance(field, models.BinaryField):
        return b64decode(value)
    return field.to_python(value)


def _text_of(field: Any) -> Callable[[Any], Any]:
    """What makes of a line's value one that PostgreSQL reads as this field's."""
    if isinstance(field, models.ForeignKey):
        return _text_of(field.target_field)
    if isinstance(field, models.JSONField):
        return json.dumps
    if isinstance(field, models.BinaryField):
        return b64decode
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
