"""An XLSForm's sheets as an instrument, with a report line by line (https://xlsform.org/ref-table)."""

import re
from typing import Any, Final

from studies.instruments.checking import note_doubts, refuse_broken, shortened
from studies.instruments.definition import (
    PLAIN,
    Choice,
    Definition,
)
from studies.instruments.errors import FormUnreadable
from studies.instruments.reading.columns import (
    CHOICES,
    SETTINGS,
    SURVEY,
    Column,
    known_columns,
)
from studies.instruments.reading.tree import Row, Tree
from studies.instruments.report import Report

MOST_QUESTIONS: Final = 1000
FORM_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}")


def read_xlsform(
    sheets: dict[str, dict[str, Any]], report: Report, *, file_name: str
) -> Definition:
    """The instrument in the sheets ``survey``, ``choices`` and ``settings``.

    Raises:
        FormUnreadable: there is no survey, its groups do not close, or nothing of it is left.
    """
    if "survey" not in sheets:
        raise FormUnreadable(
            "The workbook has no sheet “survey”, so it is no XLSForm. Nothing was imported."
        )
    for name, sheet in sheets.items():
        _note_cells(name, sheet, report)
    settings = _settings(sheets.get("settings"), report)
    plain = settings.get("default_language") or PLAIN
    survey = _rows("survey", sheets["survey"], SURVEY, plain, report)
    choices = _rows("choices", sheets.get("choices", {}), CHOICES, plain, report)
    lists = _lists(choices, report)
    if sum(bool(row.get("type")) for row in survey) > 2 * MOST_QUESTIONS + 2000:
        raise _too_many(len(survey))
    items = Tree(lists, plain, report).read(survey)
    languages = _languages(survey, choices, plain)
    definition = Definition(
        form_id=_form_id(settings, file_name, report),
        title=settings.get("form_title") or settings.get("form_id") or file_name,
        version=settings.get("version", ""),
        languages=languages,
        default_language=plain if plain in languages else languages[0],
        instance_name=settings.get("instance_name", ""),
        items=items,
        lists=lists,
    )
    return finish(definition, report)


def finish(definition: Definition, report: Report) -> Definition:
    """Check the logic, note doubts, leave out lists nobody uses.

    Raises:
        FormUnreadable: it has too many questions, or none.
    """
    if len(definition.questions) > MOST_QUESTIONS:
        raise _too_many(len(definition.questions))
    refuse_broken(definition, report)
    used = {item.choices for item in definition.questions}
    definition.lists = {name: rows for name, rows in definition.lists.items() if name in used}
    if not definition.questions:
        why = next((line.text for line in reversed(report.lines) if line.text), "")
        raise FormUnreadable(
            "No question of this file could be taken, so nothing was imported."
            + (f" The last reason was: {why}" if why else "")
        )
    note_doubts(definition, report)
    return definition


def _too_many(count: int) -> FormUnreadable:
    return FormUnreadable(
        f"The form has {count} questions; {MOST_QUESTIONS} are the most that a phone opens in "
        "good time. Nothing was imported. Split it into several forms."
    )


def _note_cells(name: str, sheet: dict[str, Any], report: Report) -> None:
    for area in sheet.get("merged", []):
        report.changed(
            f"{name}, {area}",
            "",
            "These cells are merged. Only the first one has the text; the others count as empty.",
        )
    for cell, formula in sheet.get("formulas", {}).items():
        report.changed(
            f"{name}, {cell}",
            "",
            f"The cell holds a formula ({shortened(formula, 40)}). What Excel last showed there "
            "was taken; nothing is computed.",
        )
    for cell in sheet.get("dates", []):
        report.doubt(
            f"{name}, {cell}",
            "",
            "Excel has made a date of this cell. If it was to be text, such as 1-2, format the "
            "cell as text and type it again.",
        )


def _settings(sheet: dict[str, Any] | None, report: Report) -> dict[str, str]:
    rows = _rows("settings", sheet or {}, SETTINGS, PLAIN, report)
    return rows[0].cells if rows else {}


def _rows(
    name: str, sheet: dict[str, Any], known: dict[str, str], plain: str, report: Report
) -> list[Row]:
    """The rows below the headings that are not empty."""
    grid: list[list[str]] = sheet.get("rows", [])
    if not grid:
        return []
    columns = known_columns(name, grid[0], known, plain, report)
    kept = []
    for number, cells in enumerate(grid[1:], 2):
        row = Row(f"{name}, row {number}")
        for column, cell in zip(columns, cells, strict=False):
            if cell and column is not None:
                _put(row, column, cell)
        if row.cells or row.words:
            kept.append(row)
    return kept


def _put(row: Row, column: Column, cell: str) -> None:
    if column.language:
        row.words.setdefault(column.name, {})[column.language] = cell
    elif column.other:
        row.other[column.name] = cell
    else:
        row.cells[column.name] = cell


def _languages(survey: list[Row], choices: list[Row], plain: str) -> list[str]:
    """Every language that a label is in, in the order of the columns."""
    languages: dict[str, None] = {}
    for row in (*survey, *choices):
        languages.update(dict.fromkeys(row.words.get("label", {})))
    return list(languages) or [plain]


def _form_id(settings: dict[str, str], file_name: str, report: Report) -> str:
    wanted = settings.get("form_id") or settings.get("form_title") or file_name
    code = tidy_name(wanted)[:40]
    if settings.get("form_id") and code != wanted:
        report.changed("settings, row 2", "form_id", f"“{wanted}” is called “{code}” here.")
    return code


def tidy_name(text: str) -> str:
    """``text`` as a name that files and answers can carry."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("_.-")
    return name if FORM_ID.match(name) else f"form_{name}".strip("_")


def _lists(rows: list[Row], report: Report) -> dict[str, list[Choice]]:
    lists: dict[str, list[Choice]] = {}
    for row in rows:
        belongs, name = row.get("list_name"), row.get("name")
        problem = _choice_problem(belongs, name, lists)
        if problem:
            report.refuse(row.place, name, problem)
            continue
        labels = row.words.get("label", {})
        if not labels:
            report.changed(row.place, name, "The choice has no words; its name is shown.")
        lists.setdefault(belongs, []).append(Choice(name=name, labels=labels, other=row.other))
        report.understood(row.place, f"{belongs}: {name}")
    return lists


def _choice_problem(belongs: str, name: str, lists: dict[str, list[Choice]]) -> str:
    if not belongs:
        return "The choice names no list (column list_name). Merged cells leave it empty."
    if not name:
        return f"A choice of “{belongs}” has no name."
    if re.search(r"\s", name):
        return f"The choice “{name}” has a space in its name, which parts several choices."
    if any(choice.name == name for choice in lists.get(belongs, [])):
        return f"The list “{belongs}” has the choice “{name}” already; the first one stays."
    return ""
