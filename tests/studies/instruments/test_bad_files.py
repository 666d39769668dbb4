"""Files that are wrong or hostile, whole: what is said, what is kept, and what they may cost."""

import struct
import zipfile
from io import BytesIO
from itertools import pairwise
from typing import Any

import openpyxl
import pytest

from studies.instruments.errors import FormUnreadable
from studies.instruments.models import Instrument
from studies.instruments.reading.redcap import read_dictionary
from studies.instruments.reading.sheets import read_sheets
from studies.instruments.reading.xlsform import MOST_QUESTIONS
from studies.instruments.services import import_file, publish_version
from studies.platform.confirming import Unconfirmed
from tests.conftest import Team
from tests.studies.instruments.test_sheets import saved

SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: tuple[str, ...], merged: str = "") -> bytes:
    """A survey of these rows with one list of choices, as Excel would save it."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "survey"
    for row in (("type", "name", "label", "relevant"), *rows):
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    choices: Any = book.create_sheet("choices")
    for row in (("list_name", "name", "label"), ("yn", "y", "Yes"), ("yn", "n", "No")):
        choices.append(row)
    return saved(book)


@pytest.mark.django_db
def test_a_file_with_every_mistake_keeps_what_was_good_and_names_the_rest(team: Team) -> None:
    data = workbook(
        ("text", "first", "How are you?"),  # row 2
        ("text", "a", "A", "${b} = 'x'"),  # a circle
        ("text", "b", "B", "${a} = 'x'"),
        ("text", "c", "C", "frobnicate(${first})"),  # no function
        ("select_one nothing", "d", "D"),  # no such list
        ("text", "first", "Again"),  # used twice
        ("text", "e", "=1+1"),  # a formula
        ("select_one yn", "f", "Is it dry?"),
        ("text", "g", "G"),
        ("text", "last", "Anything else?"),
        merged="C10:D10",
    )
    [draft] = import_file(study=team.study, name="form.xlsx", data=data, by=team.dewi)
    kept = [item.name for item in draft.form.questions]
    assert kept[0] == "first"
    assert {"f", "g", "last"} <= set(kept)
    assert not {"a", "b", "c", "d"} & set(kept)
    said = {line["place"]: line["text"] for line in draft.report}
    assert "circle" in said["survey, row 3"] + said["survey, row 4"]
    assert "frobnicate()" in said["survey, row 5"]
    assert "missing from the sheet" in said["survey, row 6"]
    assert "used twice" in said["survey, row 7"]
    assert "a formula (=1+1)" in said["survey, C8"]
    assert "merged" in said["survey, C10:D10"]
    with pytest.raises(Unconfirmed):
        publish_version(version=draft, by=team.dewi, confirmed=[])


@pytest.mark.django_db
def test_a_form_of_two_thousand_questions_leaves_nothing_behind(team: Team) -> None:
    rows = [("text", f"q{number}", f"Question {number}") for number in range(2000)]
    with pytest.raises(FormUnreadable, match="2000 questions"):
        import_file(study=team.study, name="long.xlsx", data=workbook(*rows), by=team.dewi)
    assert not Instrument.objects.filter(study=team.study).exists()


def test_a_dictionary_of_two_thousand_fields_is_refused_in_words() -> None:
    lines = ["field_name,form_name,field_type,field_label"]
    lines += [f"q{number},long,text,Question {number}" for number in range(2000)]
    with pytest.raises(FormUnreadable, match=f"{MOST_QUESTIONS} are the most"):
        read_dictionary("\n".join(lines).encode())


def test_a_bomb_that_lies_about_its_size_is_not_unpacked() -> None:
    """The sizes that the archive tells say a few bytes; 80 MiB lie behind them."""
    plain = workbook(("text", "a", "A"))
    whole = BytesIO()
    with zipfile.ZipFile(BytesIO(plain)) as good, zipfile.ZipFile(whole, "w") as bad:
        for member in good.infolist():
            content = good.read(member)
            if member.filename == SHEET:
                content = content[:-12] + b" " * (80 * 2**20) + content[-12:]
            bad.writestr(member.filename, content, zipfile.ZIP_DEFLATED)
        size = bad.getinfo(SHEET).file_size
    lying = whole.getvalue().replace(struct.pack("<L", size), struct.pack("<L", 400))
    assert lying != whole.getvalue()
    with pytest.raises(FormUnreadable, match=r"damaged|more time or memory"):
        read_sheets(lying)


def test_words_that_stand_for_a_million_others_are_not_expanded() -> None:
    """Ten entities of ten each, ten deep: a kilobyte that would be ten gigabytes of text."""
    names = "abcdefghij"
    lines = [f'<!ENTITY {names[0]} "{"z" * 10}">']
    lines += [f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise(names)]
    bomb = f"<?xml version='1.0'?><!DOCTYPE s [{''.join(lines)}]>"
    whole = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(workbook(("text", "a", "A")))) as good,
        zipfile.ZipFile(whole, "w") as bad,
    ):
        for member in good.infolist():
            content = good.read(member).decode()
            if member.filename == SHEET:
                content = bomb + content.partition("?>")[2] if "?>" in content else bomb + content
                assert "<t>text</t>" in content
                content = content.replace("<t>text</t>", f"<t>&{names[-1]};</t>")
            bad.writestr(member.filename, content)
    with pytest.raises(FormUnreadable):
        read_sheets(whole.getvalue())
