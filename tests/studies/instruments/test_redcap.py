"""REDCap data dictionaries, in and out."""

import csv
from io import StringIO

import pytest

from studies.instruments.definition import Definition
from studies.instruments.errors import FormUnreadable
from studies.instruments.reading.redcap import COLUMNS, read_dictionary
from studies.instruments.reading.redcap_out import dictionary_of
from studies.instruments.report import Report
from tests.studies.instruments.factories import FILES, SMALL

SKIN = (FILES / "redcap_dictionary_skin.csv").read_bytes()


def one(data: bytes) -> tuple[Definition, dict[str, str]]:
    """The only form, and the report as outcome: text by name of the field."""
    ((form, report),) = read_dictionary(data)
    return form, {line.name: f"{line.outcome}: {line.text}" for line in report.lines}


def dictionary(*rows: dict[str, str], delimiter: str = ",") -> str:
    """A dictionary with the code's field and these."""
    file = StringIO()
    writer = csv.DictWriter(file, list(COLUMNS), delimiter=delimiter)
    writer.writerow(COLUMNS)
    first = {"field_name": "record_id", "field_type": "text", "field_label": "Code"}
    for row in (first, *rows):
        writer.writerow({"form_name": "skin", "field_type": "text", "field_label": "Words"} | row)
    return file.getvalue()


def test_a_real_dictionary_is_read_field_by_field() -> None:
    form, said = one(SKIN)
    kinds = {item.name: item.type for item in form.questions}
    assert kinds == {
        "visit_date": "date",
        "itch_days": "select_one",
        "dry_days": "select_one",
        "worst_itch": "range",
        "used": "select_multiple",
        "used_other": "text",
        "score": "calculate",
        "days_on": "calculate",
        "agree": "select_one",
        "info": "note",
    }
    section = next(item for item in form.items if item.kind == "group")
    assert section.labels == {"default": "The last 7 days"}
    assert [item.name for item in section.items[0].items] == ["itch_days", "dry_days"]
    assert section.items[0].matrix
    by_name = {item.name: item for item in form.questions}
    assert by_name["used"].constraint == "not(selected(., '4') and count-selected(.) > 1)"
    assert by_name["used_other"].relevant == "selected(${used}, '3')"
    assert by_name["visit_date"].constraint == ". >= date('2020-01-01')"
    assert "participant's code" in said["record_id"]
    assert "answer of another visit" in said["sleep_hours"]
    assert "kept sealed" in said["phone"]
    assert "Photos are taken at visits" in said["photo"]


def test_it_comes_out_as_it_went_in() -> None:
    form, _said = one(SKIN)
    losses = Report()
    again, _ = one(dictionary_of(form, losses).encode())
    assert losses.lines == []
    for item in (*form.walk(), *again.walk()):
        item.place = ""
    assert again == form


def test_what_a_dictionary_cannot_hold_is_told() -> None:
    form = SMALL.model_copy(deep=True)
    form.items[1].relevant = "regex(${itch}, '^[12]$')"
    form.items[2].calculation = "count-selected(${itch})"
    losses = Report()
    rows = list(csv.DictReader(StringIO(dictionary_of(form, losses))))
    assert [row["Variable / Field Name"] for row in rows] == ["record_id", "itch", "days"]
    said = {line.name: line.text for line in losses.lines}
    assert "always asked there" in said["days"]
    assert "left out" in said["score"]


def test_excel_s_semicolons_and_code_page_are_read_and_said() -> None:
    text = dictionary({"field_name": "a", "field_label": "Très sèche ?"}, delimiter=";")
    form, said = one(text.encode("cp1252"))
    assert form.questions[0].labels == {"default": "Très sèche ?"}
    ((_form, report),) = read_dictionary(text.encode("cp1252"))
    told = " ".join(line.text for line in report.lines if line.place == "file")
    assert "read as cp1252" in told
    assert "parted by “;”" in told
    assert said["a"] == "understood: "


def test_utf_8_with_a_mark_needs_no_word() -> None:
    ((form, report),) = read_dictionary(
        dictionary({"field_name": "a", "field_label": "ผิวแห้ง"}).encode("utf-8-sig")
    )
    assert form.questions[0].labels == {"default": "ผิวแห้ง"}
    assert not [line for line in report.lines if line.place == "file"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"field_name": "b"}, "used twice"),
        ({"field_name": "two words"}, "cannot be a name"),
        ({"field_name": "x", "field_type": "radio"}, "choices are missing"),
        (
            {
                "field_name": "x",
                "field_type": "radio",
                "select_choices_or_calculations": "1, A | 1, B",
            },
            "stands for two choices",
        ),
        (
            {"field_name": "x", "field_type": "radio", "select_choices_or_calculations": "A | B"},
            "no comma between",
        ),
        ({"field_name": "x", "field_type": "sql"}, "does not exist here"),
        ({"field_name": "x", "identifier": "y"}, "kept sealed"),
        (
            {"field_name": "x", "text_validation_type_or_show_slider_number": "email"},
            "kept sealed",
        ),
        ({"field_name": "x", "branching_logic": "[nobody] = '1'"}, "no such question"),
        ({"field_name": "x", "branching_logic": "[x] = '1'"}, "goes in a circle"),
        (
            {
                "field_name": "x",
                "text_validation_type_or_show_slider_number": "number",
                "text_validation_min": "low",
            },
            "is no number",
        ),
    ],
)
def test_a_field_that_cannot_be_taken_is_refused_and_the_others_kept(
    row: dict[str, str], why: str
) -> None:
    ((form, report),) = read_dictionary(dictionary({"field_name": "b"}, row).encode())
    assert [item.name for item in form.questions] == ["b"]
    refused = [line.text for line in report.lines if line.outcome == "refused"]
    assert len(refused) == 1
    assert why in refused[0]


def test_every_form_of_a_dictionary_is_an_instrument() -> None:
    data = dictionary({"field_name": "a"}, {"field_name": "b", "form_name": "visit_2"})
    assert [form.form_id for form, _report in read_dictionary(data.encode())] == ["skin", "visit_2"]


def test_a_line_with_a_cell_too_many_is_refused_by_its_number() -> None:
    text = dictionary({"field_name": "a"}) + "b,skin,,text" + "," * 20 + "\r\n"
    ((_form, report),) = read_dictionary(text.encode())
    (refused,) = [line for line in report.lines if line.outcome == "refused"]
    assert refused.place == "line 4"
    assert "cells, and the heading 18" in refused.text


@pytest.mark.parametrize("data", [b"", b"name,age\nA,3\n", b"\x89PNG\r\n\x1a\n", b'"' * 200_000])
def test_what_is_no_dictionary_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(FormUnreadable, match=r"no REDCap data dictionary|is no CSV"):
        read_dictionary(data)
