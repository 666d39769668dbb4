"""XLSForms: what is understood, changed, to look at and refused, line by line."""

import pytest

from studies.instruments.definition import Definition
from studies.instruments.errors import FormUnreadable
from studies.instruments.reading.writing import xlsform_rows
from studies.instruments.reading.xlsform import MOST_QUESTIONS, read_xlsform
from studies.instruments.report import Report
from tests.studies.instruments.factories import Sheets, sheets

CHOICES = """
list_name | name | label
yn | y | Yes
yn | n | No
"""


def read(given: Sheets) -> tuple[Definition, dict[str, str]]:
    """The form, and the report as outcome: text by place."""
    report = Report()
    form = read_xlsform(given, report, file_name="form")
    return form, {line.place: f"{line.outcome}: {line.text}" for line in report.lines}


def names(form: Definition) -> list[str]:
    return [item.name for item in form.walk()]


def test_a_form_is_read_with_groups_choices_logic_and_languages() -> None:
    form, said = read(
        sheets(
            """
            type | name | label::English (en) | label::Melayu (ms) | required | relevant
            begin group | skin | Your skin | Kulit anda | |
            select_one yn | dry | Is it dry? | Adakah kering? | yes |
            integer | days | For how long? | Berapa lama? | | ${dry} = 'y'
            end group | | | | |
            """,
            """
            list_name | name | label::English (en) | label::Melayu (ms)
            yn | y | Yes | Ya
            yn | n | No | Tidak
            """,
            """
            form_title | form_id | version | default_language
            Dry skin | dry_skin | 3 | English (en)
            """,
        )
    )
    assert (form.form_id, form.title, form.version) == ("dry_skin", "Dry skin", "3")
    assert form.languages == ["English (en)", "Melayu (ms)"]
    (group,) = form.items
    dry, days = group.items
    assert dry.required == "true()"
    assert dry.labels["Melayu (ms)"] == "Adakah kering?"
    assert [choice.labels["Melayu (ms)"] for choice in form.lists["yn"]] == ["Ya", "Tidak"]
    assert days.relevant == "${dry} = 'y'"
    assert {text.partition(":")[0] for text in said.values()} == {"understood"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("text | a | Again", "used twice"),
        ("text | 1st | First", "cannot be a name"),
        ("text | | Nothing", "no name"),
        ("select_one no | x | Which?", "missing from the sheet “choices”"),
        ("select_one yn or_other | x | Which?", "or_other"),
        ("image | x | A photo", "Photos are taken at visits"),
        ("geopoint | x | Where?", "who somebody is"),
        ("barcode | x | Code", "cannot show this kind"),
        ("deviceid | x |", "whose phone"),
        ("wonder | x | What?", "no type of question known"),
        ("text | x | Name | ${b} = 1", "asks for “b”, and there is no such question"),
        ("text | x | Name | frobnicate(${a})", "frobnicate(), which is no function"),
        ("text | x | Name | random() > 0.5", "another value each time"),
        ("text | x | Name | pulldata('f', 'a', 'b', ${a})", "not in the form"),
        ("text | x | Name | if(${a}, 1)", "it takes 3"),
        ("text | x | Name | ${a} = ", "cannot be read"),
        ("text | x | Name | a = 1", "is written ${a}"),
        ("note | x | Your answer is ${b}", "The words ask for “b”"),
    ],
)
def test_a_row_that_cannot_be_followed_is_refused_and_the_others_kept(row: str, why: str) -> None:
    form, said = read(
        sheets(f"type | name | label | relevant\ntext | a | First\n{row}\ntext | z | Last", CHOICES)
    )
    assert names(form) == ["a", "z"]
    assert said["survey, row 3"].startswith("refused: ")
    assert why in said["survey, row 3"]
    assert said["survey, row 2"] == "understood: "


def test_what_depends_on_a_refused_row_is_refused_with_it_and_so_is_a_whole_group() -> None:
    form, said = read(
        sheets(
            """
            type | name | label | relevant
            text | a | First |
            image | photo | Photo |
            text | about | About it | ${photo} != ''
            begin group | g | Group | ${about} != ''
            text | inner | Inside |
            end group | | |
            text | z | Last |
            """
        )
    )
    assert names(form) == ["a", "z"]
    assert "no such question" in said["survey, row 4"]
    assert "no such question" in said["survey, row 5"]
    assert said["survey, row 6"] == "refused: It is in “g”, refused."


def test_a_circle_of_logic_is_named() -> None:
    form, said = read(
        sheets(
            """
            type | name | label | relevant | calculation
            text | a | First | |
            text | b | Second | ${c} > 1 |
            calculate | c | | | ${d} + 1
            calculate | d | | | number(${b})
            """
        )
    )
    assert names(form) == ["a"]
    assert "goes in a circle" in said["survey, row 3"]
    for name in "bcd":
        assert f"“{name}”" in said["survey, row 4"]


def test_a_group_shown_by_a_question_inside_it_is_a_circle() -> None:
    with pytest.raises(FormUnreadable, match="goes in a circle"):
        read(
            sheets(
                """
                type | name | label | relevant
                begin group | g | Group | ${a} = 1
                text | a | Inside |
                end group | | |
                """
            )
        )


def test_a_question_may_compare_with_itself_in_its_constraint() -> None:
    form, _said = read(
        sheets("type | name | label | constraint\ninteger | a | Age | . > 0 and ${a} < 120")
    )
    assert names(form) == ["a"]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("begin group | g | G\ntext | a | A", "never closed"),
        ("text | a | A\nend group | | ", "closes a group, and none is open"),
        ("begin group | g | G\ntext | a | A\nend repeat | | ", "“g” is a group"),
    ],
)
def test_groups_that_do_not_close_are_refused_whole(rows: str, why: str) -> None:
    with pytest.raises(FormUnreadable, match=why):
        read(sheets(f"type | name | label\n{rows}"))


def test_a_form_of_two_thousand_questions_is_refused_in_words() -> None:
    rows = "\n".join(f"text | q{number} | Question {number}" for number in range(2000))
    with pytest.raises(FormUnreadable, match=f"2000 questions; {MOST_QUESTIONS} are the most"):
        read(sheets(f"type | name | label\n{rows}"))


def test_choices_that_cannot_be_told_apart_are_refused_and_the_first_stays() -> None:
    form, said = read(
        sheets(
            "type | name | label\nselect_multiple yn | a | Which?",
            f"{CHOICES}yn | y | Yes again\nyn | two words | Two\n| x | No list\nyn | bare |",
        )
    )
    assert [choice.name for choice in form.lists["yn"]] == ["y", "n", "bare"]
    assert "already" in said["choices, row 4"]
    assert "a space in its name" in said["choices, row 5"]
    assert "names no list" in said["choices, row 6"]
    assert said["choices, row 7"].startswith("changed: The choice has no words")


def test_merged_cells_formulas_and_dates_are_told() -> None:
    given = sheets("type | name | label\ntext | a | First")
    given["survey"] |= {"merged": ["A2:A4"], "formulas": {"C2": "=B2"}, "dates": ["C9"]}
    _form, said = read(given)
    assert "merged" in said["survey, A2:A4"]
    assert "a formula (=B2)" in said["survey, C2"]
    assert "made a date" in said["survey, C9"]


def test_what_may_not_be_meant_is_to_be_looked_at() -> None:
    _form, said = read(
        sheets(
            """
            type | name | label::English (en) | label::Thai (th) | relevant
            select_one yn | a | Dry? | แห้งไหม |
            text | b | Why? | | ${a} = 'yes'
            """,
            CHOICES,
        )
    )
    assert said["survey, row 3"].startswith("doubtful: ")


def test_a_comparison_with_something_that_is_no_choice_is_told() -> None:
    _form, said = read(
        sheets(
            "type | name | label | relevant\nselect_one yn | a | Dry? |\n"
            "text | b | Why? | selected(${a}, 'yes')",
            CHOICES,
        )
    )
    assert "“yes”, which is none of its choices" in said["survey, row 3"]


def test_an_unknown_column_is_left_out_and_said() -> None:
    _form, said = read(sheets("type | name | label | sparkle\ntext | a | First | yes"))
    assert said["survey, row 1"] == "changed: This column means nothing here; it is left out."


def test_a_file_without_a_survey_is_no_form() -> None:
    with pytest.raises(FormUnreadable, match="no sheet “survey”"):
        read({"settings": {"rows": [["form_id"], ["x"]]}})


def test_a_missing_message_is_said_in_the_first_language_and_not_as_a_dash() -> None:
    form, said = read(
        sheets(
            """
            type | name | label::English (en) | label::Thai (th) | constraint | \
constraint_message::English (en)
            integer | a | Days | วัน | . > 0 | More than none
            """
        )
    )
    assert "missing in Thai (th)" in said["survey, row 2"]
    (row,) = xlsform_rows(form, complete=True)["survey"]
    assert row["constraint_message::Thai (th)"] == "More than none"
    (written,) = xlsform_rows(form)["survey"]
    assert "constraint_message::Thai (th)" not in written
