"""Rows by the hundred thousand: COPY on PostgreSQL, ``executemany`` on SQLite."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Field, JSONField, Model

from tests.benchmarks.scale.pattern import Dumped

BATCH = 20_000


def insert(model: type[Model], rows: Iterable[dict[str, Any]]) -> int:
    """Insert ``rows`` (column's attribute → value; what is not given has the field's default)."""
    fields = list(model._meta.concrete_fields)
    quoted = connection.ops.quote_name
    table = quoted(model._meta.db_table)
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    writers = [(field.attname, field.get_default, _writer(field)) for field in fields]

    def values() -> Iterator[list[Any]]:
        for row in rows:
            yield [write(row[n] if n in row else default()) for n, default, write in writers]

    number = 0
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in values():
                    copy.write_row(row)
                    number += 1
        else:
            marks = ",".join("?" * len(fields))
            into = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours
            batch: list[list[Any]] = []
            for row in values():
                batch.append(row)
                number += 1
                if len(batch) == BATCH:
                    connection.connection.executemany(into, batch)
                    batch = []
            connection.connection.executemany(into, batch)
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)
    return number


def _writer(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    if isinstance(field, JSONField):
        return lambda v: v if v is None or isinstance(v, Dumped) else json.dumps(v)
    if connection.vendor == "postgresql":
        return lambda value: value
    return lambda value: field.get_db_prep_save(value, connection=connection)


def next_key(model: type[Model]) -> int:
    """The first integer primary key that is free."""
    last = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return int(last or 0) + 1
