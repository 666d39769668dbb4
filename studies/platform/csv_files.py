"""CSV that a spreadsheet cannot mistake for formulas, and that reads back as it was.

A text that starts with ``= + - @``, a tab or a line break would run as a formula in Excel and its
kin (OWASP, *CSV Injection*; ASVS 5, 1.2.10). Such a text, and one that itself starts with an
apostrophe, gets one apostrophe in front; ``read_cell`` takes exactly that one away. Numbers are
written as numbers: with a decimal point, or with a comma where semicolons separate the cells, since
who needs semicolons has a spreadsheet that reads "14.33" as a text and "3.14" as a day.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def decimal_of(delimiter: str) -> str:
    """The decimal sign of numbers in a file whose cells ``delimiter`` separates."""
    return "," if delimiter == ";" else "."


def write_cell(value: Any, *, decimal: str = ".") -> str:
    """``value`` as a cell: ISO 8601 dates, ``true``/``false``, nothing for ``None``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return f"{value:.6g}".replace(".", decimal)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(_RISKY) else text


def read_cell(cell: str) -> str:
    """The text that ``write_cell`` was given."""
    return cell.removeprefix("'")


class Cells:
    """Several cells that many rows share, such as those of a photo: written once, used again."""

    __slots__ = ("values", "written")

    def __init__(self, values: Iterable[Any]) -> None:
        self.values = tuple(values)
        self.written = ""


class _Echo:
    """A file that hands back what the CSV writer writes."""

    def write(self, value: str) -> str:
        return value


# Texts that come again in every other row, such as codes, are quoted once.
_REMEMBERED, _SHORT = 4096, 32


def _writer(delimiter: str) -> Callable[[Iterable[Any]], str]:
    """A function that writes a row, without its line end."""
    decimal = decimal_of(delimiter)
    writer = csv.writer(_Echo(), delimiter=delimiter, lineterminator="\r\n")
    known: dict[str, str] = {}

    def quoted(value: Any) -> str:
        # With a cell after it: alone in its row, an empty one would be written as two quotes.
        return str(writer.writerow([write_cell(value, decimal=decimal), ""]))[:-3]

    def cell(value: Any) -> str:
        kind = type(value)
        if kind is float and decimal == ".":
            return f"{value:.6g}"
        if kind is Cells:
            if not value.written:
                value.written = delimiter.join(map(cell, value.values))
            return str(value.written)
        if kind is str:
            text = known.get(value)
            if text is None:
                text = quoted(value)
                if len(known) < _REMEMBERED and len(value) < _SHORT:
                    known[value] = text
            return text
        if kind is bool:
            return "true" if value else "false"
        return "" if value is None else quoted(value)

    return lambda row: delimiter.join(map(cell, row))


def csv_lines(
    header: Iterable[str],
    rows: Iterable[Iterable[Any]],
    *,
    delimiter: str = ",",
    byte_order_mark: bool = False,
) -> Iterator[bytes]:
    """The file as UTF-8 lines (RFC 4180, CRLF), one at a time.

    A row's values are cells, or ``Cells`` that it shares with others of the same file.
    ``delimiter`` is one of ``DELIMITERS`` and decides the decimal sign (``decimal_of``).
    ``byte_order_mark`` is for Excel, which otherwise misreads UTF-8.
    """
    write = _writer(delimiter)
    if byte_order_mark:
        yield b"\xef\xbb\xbf"
    yield f"{write(header)}\r\n".encode()
    for row in rows:
        yield f"{write(row)}\r\n".encode()
