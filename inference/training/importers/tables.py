"""Tables of text: rows of named cells, each knowing the file and line it stands in."""

from __future__ import annotations

import ast
import csv
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.training.importers.card import MappingCard
from inference.training.importers.errors import TableInvalid
from inference.training.importers.parts import Filter, Table

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
LONGEST_CELL = 100_000


@dataclass(frozen=True)
class Row:
    """One row; `place` is `file:line`, `split` what the card says of its file."""

    values: Mapping[str, str]
    place: str
    split: str | None = None


def read_table(folder: Path, table: Table) -> list[Row]:
    """Read a table of UTF-8 text. Raises TableInvalid, naming the line."""
    path = folder / table.file
    rows: list[Row] = []
    names = table.columns
    for line, cells in _lines(path, table.delimiter):
        if names is None:
            names = tuple(cells)
            if len(set(names)) != len(names):
                raise TableInvalid(path, line, "a column name is given twice")
            continue
        if len(cells) != len(names):
            message = f"{len(cells)} cells where {len(names)} are named: {', '.join(names)}"
            raise TableInvalid(path, line, message)
        values = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
        rows.append(Row(values, f"{table.file}:{line}", table.split))
    if not rows:
        raise TableInvalid(path, 1, "holds no rows")
    return rows


def _lines(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give line number and cells of each line that is not empty."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if delimiter == "whitespace":
                for line, text in enumerate(file, start=1):
                    if text.strip():
                        yield line, text.split()
                return
            reader = csv.reader(file, delimiter=DELIMITERS[delimiter], strict=True)
            try:
                for cells in reader:
                    if any(cell.strip() for cell in cells):
                        yield reader.line_num, cells
            except csv.Error as error:
                raise TableInvalid(path, reader.line_num, str(error)) from None
    except OSError as error:
        raise TableInvalid(path, 1, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise TableInvalid(path, 1, "is not UTF-8 text") from None


def joined_rows(card: MappingCard, folder: Path) -> tuple[list[Row], list[str]]:
    """Read the card's tables one after the other, each row with its cells of the joined tables.

    Returns the rows, and the places of rows that have no partner. Raises TableInvalid, CardInvalid.
    """
    rows = [row for table in card.layout.tables for row in read_table(folder, table)]
    alone: list[str] = []
    for number, table in enumerate(card.layout.join):
        require_column(card, rows, table.on, "layout", "join", number, "on")
        others: dict[str, Row] = {}
        for other in read_table(folder, table.table):
            if table.on not in other.values:
                message = f"layout.join: {table.file} has no column {table.on!r}"
                raise card.invalid(message, "layout", "join", number, "on")
            if other.values[table.on] in others:
                line = int(other.place.rpartition(":")[2])
                message = f"{table.on} {other.values[table.on]!r} is given twice"
                raise TableInvalid(folder / table.file, line, message)
            others[other.values[table.on]] = other
        joined = []
        for row in rows:
            partner = others.get(row.values[table.on])
            if partner is None:
                alone.append(row.place)
            else:
                joined.append(Row({**partner.values, **row.values}, row.place, row.split))
        rows = joined
    return rows, alone


def require_column(card: MappingCard, rows: list[Row], column: str, *place: str | int) -> None:
    """Raise CardInvalid, naming the card's line, when not every row has that column."""
    for row in rows:
        if column not in row.values:
            file = row.place.rpartition(":")[0]
            names = ", ".join(list(row.values)[:12])
            message = f"there is no column {column!r} in {file}; there are {names}"
            raise card.invalid(message, *place)


def passes(row: Row, keep: Filter, drop: Filter) -> bool:
    """Whether a row has one of the values to keep in each column, and none of those to drop."""
    return all(row.values[c] in allowed for c, allowed in keep.items()) and not any(
        row.values[c] in refused for c, refused in drop.items()
    )


def cell_labels(cell: str, kind: str) -> dict[str, float]:
    """Return the source labels of a cell with their weights (1 where it gives none).

    `plain`: the cell is one label. `list`: a list as JSON or Python writes it. `weights`: a mapping
    of label to weight, written likewise. Raises ValueError for a cell of another shape.
    """
    if not cell or cell == "nan":
        return {}
    if kind == "plain":
        return {cell: 1.0}
    value = _literal(cell)
    if kind == "list" and isinstance(value, list | tuple):
        return {str(label).strip(): 1.0 for label in value}
    if kind == "weights" and isinstance(value, dict):
        weights = {str(label).strip(): float(weight) for label, weight in value.items()}
        if all(math.isfinite(weight) and weight >= 0 for weight in weights.values()):
            return weights
    raise ValueError(f"is no {'list of labels' if kind == 'list' else 'mapping of weights'}")


def _literal(cell: str) -> Any:
    if len(cell) > LONGEST_CELL:
        raise ValueError("is too long")
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(cell)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise ValueError("is neither JSON nor a Python literal") from None
