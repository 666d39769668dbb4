"""Open one untrusted workbook, or make an XForm of rows, under limits; answer one line of JSON.

Only ``sheets.py`` starts this: no process of the product lets a spreadsheet library touch bytes
that somebody uploaded. It limits itself before it reads them, has no secret in its environment, can
write no file (pyxform, which is given rows that were checked before, one small one), and dies with
its limits.
"""

from __future__ import annotations

import importlib
import json
import resource
import signal
import sys
import zipfile
import zlib
from io import BytesIO
from typing import Any


class Refused(Exception):  # noqa: N818 - the answer, not a fault
    """The file cannot be read; the message is what a person reads."""


def limit_self(limits: dict[str, int]) -> None:
    """Bound memory, processor, time and files of this process."""
    seconds = limits["seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["written_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(limits["seconds"] * 4)


def check_archive(data: bytes, limits: dict[str, int]) -> None:
    """Refuse an archive that unpacks to more than is allowed, before anything is unpacked.

    A member that lies about its size ends at the size it tells: ``zipfile`` reads no further.
    """
    try:
        members = zipfile.ZipFile(BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise Refused(
            "This is no Excel workbook (.xlsx), or it is damaged. Save it as “Excel workbook” "
            "and choose it again."
        ) from None
    unpacked = sum(member.file_size for member in members)
    if len(members) > limits["members"] or unpacked > limits["unpacked_bytes"]:
        raise Refused(
            f"Unpacked, this workbook has {unpacked / 2**20:.0f} MiB in {len(members)} parts; "
            f"{limits['unpacked_bytes'] / 2**20:.0f} MiB in {limits['members']} are allowed. "
            "Leave out pictures and sheets that the form does not need."
        )
    if any(member.flag_bits & 1 for member in members):
        raise Refused("This workbook is protected by a password. Save it without one.")


def read_workbook(data: bytes, limits: dict[str, int]) -> dict[str, Any]:
    """Sheet → rows of text, merged areas and formulas, for sheets of at most the allowed size."""
    import openpyxl

    check_archive(data, limits)
    try:
        # keep_links: what other workbooks say is never looked up.
        book = openpyxl.load_workbook(BytesIO(data), keep_links=False)
        shown = openpyxl.load_workbook(BytesIO(data), keep_links=False, data_only=True)
    except MemoryError:
        raise
    except Exception as error:
        if _ran_out(error):
            raise MemoryError from None
        raise Refused(
            "This workbook cannot be opened: it is damaged, or another program's own kind. Save "
            f"it as “Excel workbook” (.xlsx) and choose it again. ({type(error).__name__})"
        ) from None
    return {
        sheet.title: _sheet(sheet, shown[sheet.title], limits)
        for sheet in book.worksheets
        if sheet.title.strip().lower() in {"survey", "choices", "settings"}
    }


def _ran_out(error: Exception) -> bool:
    """Whether a library says in its own way that there is no memory left."""
    return "out of memory" in str(error).lower() or (
        isinstance(error, zlib.error) and str(error).startswith("Error -4")
    )


def _sheet(sheet: Any, shown: Any, limits: dict[str, int]) -> dict[str, Any]:
    if sheet.max_row > limits["rows"] or sheet.max_column > limits["columns"]:
        raise Refused(
            f"Sheet “{sheet.title}” has {sheet.max_row} rows and {sheet.max_column} columns; "
            f"{limits['rows']} and {limits['columns']} are allowed. Delete what is below and "
            "beside the form, empty cells with a format as well."
        )
    formulas: dict[str, str] = {}
    dates: list[str] = []
    rows: list[list[str]] = []
    for row in sheet.iter_rows():
        line = []
        for cell in row:
            value = cell.value
            if cell.data_type == "f":
                formulas[cell.coordinate] = str(getattr(value, "text", value))[:200]
                value = shown[cell.coordinate].value
            if hasattr(value, "isoformat"):
                dates.append(cell.coordinate)
            line.append(_text(value))
        rows.append(line)
    return {
        "rows": rows,
        "merged": [str(area) for area in sheet.merged_cells.ranges],
        "formulas": formulas,
        "dates": dates,
    }


def _text(value: Any) -> str:
    """A cell as the person who typed it sees it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    return str(value).replace("\r\n", "\n").strip()


def make_xform(sheets: dict[str, Any]) -> dict[str, Any]:
    """The XForm of the rows of an XLSForm, by pyxform."""
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    try:
        made = convert(xlsform=sheets, form_name="data", validate=False)
    except PyXFormError as error:
        raise Refused(f"The form cannot be made of these rows: {error}") from None
    return {"xform": made.xform, "warnings": made.warnings}


def main() -> dict[str, Any]:
    """Answer the request: a line of JSON, then the bytes of the file."""
    request = json.loads(sys.stdin.buffer.readline())
    importlib.import_module("openpyxl" if request["do"] == "workbook" else "pyxform.xls2xform")
    data = sys.stdin.buffer.read()
    limit_self(request["limits"])
    try:
        if request["do"] == "workbook":
            return {"sheets": read_workbook(data, request["limits"])}
        return make_xform(json.loads(data))
    except Refused as refusal:
        return {"refused": str(refusal)}
    except MemoryError:
        return {"refused": "Reading this file takes more memory than is allowed."}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
