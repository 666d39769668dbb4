"""CSV that a spreadsheet cannot mistake for formulas, and that reads back as it was.

A text that starts with ``= + - @``, a tab or a line break would run as a formula in Excel and its
kin (OWASP, *CSV Injection*; ASVS 5, 1.2.10). Such a text, and one that itself starts with an
apostrophe, gets one apostrophe in front; ``read_cell`` takes exactly that one away. Numbers are
written as numbers.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def write_cell(value: Any) -> str:
    """``value`` as a cell: ISO 8601 dates, ``true``/``false``, nothing for ``None``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(_RISKY) else text


def read_cell(cell: str) -> str:
    """The text that ``write_cell`` was given."""
    return cell.removeprefix("'")


class _Echo:
    """A file that hands back what the CSV writer writes."""

    def write(self, value: str) -> str:
        return value


def csv_lines(
    header: Iterable[str],
    rows: Iterable[Iterable[Any]],
    *,
    delimiter: str = ",",
    byte_order_mark: bool = False,
) -> Iterator[bytes]:
    """The file as UTF-8 lines (RFC 4180, CRLF), one at a time.

    ``byte_order_mark`` is for Excel, which otherwise misreads UTF-8.
    """
    writer = csv.writer(_Echo(), delimiter=delimiter, lineterminator="\r\n")
    if byte_order_mark:
        yield b"\xef\xbb\xbf"
    yield str(writer.writerow([write_cell(name) for name in header])).encode()
    for row in rows:
        yield str(writer.writerow([write_cell(value) for value in row])).encode()
