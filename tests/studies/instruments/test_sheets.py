"""Workbooks, as the limited child reads them."""

import zipfile
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from studies.instruments.errors import FormUnreadable
from studies.instruments.reading.sheets import MOST_BYTES, Limits, read_sheets
from studies.instruments.reading.writing import workbook_of
from studies.instruments.reading.xlsform import read_xlsform
from studies.instruments.report import Report
from tests.studies.instruments.factories import FILES

SKIN = (FILES / "skin_week.xlsx").read_bytes()


def saved(book: openpyxl.Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_real_form_comes_out_as_it_went_in() -> None:
    report = Report()
    form = read_xlsform(read_sheets(SKIN), report, file_name="skin_week")
    assert [item.name for item in form.walk()][:6] == [
        *("start", "today", "intro", "itch", "itch_days", "dry_days"),
    ]
    assert report.counts()["refused"] == 0
    form.items[2].labels["English (en)"] = "=1+1"  # words that Excel would compute
    again = read_xlsform(read_sheets(workbook_of(form)), Report(), file_name="skin_week")
    assert again == form


def test_merged_cells_and_formulas_are_found() -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "survey"
    for row in (("type", "name", "label"), ("text", "a", "=1+1"), ("text", "b", "B")):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    found = read_sheets(saved(book))["survey"]
    assert found["merged"] == ["A2:A3"]
    assert found["formulas"] == {"C2": "=1+1"}
    assert found["rows"] == [["type", "name", "label"], ["text", "a", ""], ["", "b", "B"]]


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(80):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b" " * 2**20)
    assert len(file.getvalue()) < 2**20
    with pytest.raises(FormUnreadable, match="Unpacked, this workbook has 80 MiB"):
        read_sheets(file.getvalue())


def test_a_workbook_that_takes_too_much_memory_is_stopped() -> None:
    with pytest.raises(FormUnreadable, match=r"more (time or )?memory than is allowed"):
        read_sheets(SKIN, Limits(memory_bytes=48 * 2**20))


@pytest.mark.parametrize("data", [b"", b"type,name,label\n", b"PK\x03\x04 and no more"])
def test_what_is_no_workbook_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(FormUnreadable, match="no Excel workbook"):
        read_sheets(data)


def test_a_file_too_large_is_not_opened() -> None:
    with pytest.raises(FormUnreadable, match="4 MiB are allowed"):
        read_sheets(b"x" * (MOST_BYTES + 1))
