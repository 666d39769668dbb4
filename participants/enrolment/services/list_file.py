"""Reading a list of people as spreadsheets write it: encodings, separators, days, numbers."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from studies.platform.csv_files import read_cell
from studies.platform.errors import Invalid

MOST_BYTES = 8 * 2**20
MOST_LINES = 10_000
# What the columns are called, in our words and in those of others (REDCap, ODM).
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "external_id": ("external_id", "record_id", "record", "subject", "subject_id", "id"),
    "site": ("site", "site_id", "redcap_data_access_group"),
    "state": ("state", "status"),
    "pre_screened_on": ("pre_screened_on", "date", "on", "pre_screening_date"),
    "reason": ("reason", "reason_considered"),
    "language": ("language",),
    "name": ("name", "full_name"),
    "phone": ("phone", "mobile", "telephone"),
    "email": ("email", "e-mail", "mail"),
}
_KNOWN = {name: column for column, names in COLUMNS.items() for name in names}
_EXCEL_BEGAN = date(1899, 12, 30)
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y")


class ListUnreadable(Invalid):
    """The file as a whole cannot be read as a list; nothing was recorded."""

    code = "list_unreadable"
    title = "This list cannot be read"


@dataclass(frozen=True)
class Line:
    """A line of the list: its number in the file, and its cells by our names of the columns."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True)
class ListFile:
    """A list as read. ``unknown`` are columns that mean nothing here."""

    lines: list[Line]
    encoding: str
    delimiter: str
    unknown: list[str]


def read_list(content: bytes) -> ListFile:
    """The lines of ``content``, a CSV file with a header.

    UTF-8 (with or without a mark), UTF-16 with one, else Windows-1252; separated by commas,
    semicolons or tabs, whichever the header has.

    Raises:
        ListUnreadable: too large, no CSV, no column ``external_id``, no lines or too many.
    """
    if len(content) > MOST_BYTES:
        raise ListUnreadable(f"The file is larger than {MOST_BYTES // 2**20} MB. Split the list.")
    if content[:4] == b"PK\x03\x04":
        raise ListUnreadable("This is a workbook. In the spreadsheet, save it as CSV (UTF-8).")
    text, encoding = _decoded(content)
    if "\0" in text:
        raise ListUnreadable("This is no text file. Save the list as CSV (UTF-8).")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ListUnreadable(f"The file is no CSV: {error}.") from error
    header = [_KNOWN.get(_plain(name), "") for name in rows[0]] if rows else []
    if "external_id" not in header:
        raise ListUnreadable(
            "The first line has no column external_id. It tells lines apart when a list is sent "
            "again; any number or code that is no name will do."
        )
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise ListUnreadable(f"Two columns mean the same: {', '.join(twice)}. Take one away.")
    lines = list(_lines(header, rows))
    if not lines:
        raise ListUnreadable("The list has a header and no lines.")
    if len(lines) > MOST_LINES:
        raise ListUnreadable(
            f"The list has {len(lines):,} lines; at most {MOST_LINES:,} are taken at once."
        )
    unknown = [name for name, known in zip(rows[0], header, strict=True) if not known and name]
    return ListFile(lines, encoding, delimiter, unknown)


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        with suppress(UnicodeDecodeError):
            return content.decode("utf-16"), "UTF-16"
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8-sig"), "UTF-8"
    return content.decode("cp1252", errors="replace"), "Windows-1252"


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower()).replace("e_mail", "e-mail")


def _lines(header: list[str], rows: list[list[str]]) -> Iterator[Line]:
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {
            name: " ".join(read_cell(cell.strip()).split())
            for name, cell in zip(header, row, strict=False)
            if name
        }
        if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
            cells["too_many"] = "yes"
        yield Line(number, cells)


def day_of(cell: str) -> date:
    """The day a cell says: ISO 8601, or as spreadsheets write days, or Excel's number of a day.

    Raises:
        ValueError: it says none, or one that can be read in two ways (03/04/2026).
    """
    if re.fullmatch(r"[0-9]{5}(\.0+)?", cell):
        return _EXCEL_BEGAN + timedelta(days=int(float(cell)))
    plain = re.sub(r"[ T]00:00(:00)?$", "", cell)
    for format_ in _DAYS:
        with suppress(ValueError):
            return datetime.strptime(plain, format_).date()  # noqa: DTZ007 - a day alone
    match = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", plain)
    if match is None:
        raise ValueError(f"“{cell[:20]}” is no day. Write it as 2026-03-02.")
    first, second, year = map(int, match.groups())
    if first != second and first <= 12 and second <= 12:
        raise ValueError(f"“{cell}” can be two days. Write it as 2026-03-02.")
    day, month = (first, second) if first > 12 or first == second else (second, first)
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"“{cell}” is no day. Write it as 2026-03-02.") from None
