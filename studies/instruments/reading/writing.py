"""An instrument as an XLSForm again: rows, a workbook, and the XForm the engine runs."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from studies.instruments.definition import PLAIN, Definition, Item, Words
from studies.instruments.reading.sheets import make_xform

Rows = list[dict[str, str]]

# The order of an XLSForm's columns; words come once for each language.
_SURVEY: Final = ("type", "name", "label", "hint", "required", "required_message", "relevant")
_SURVEY_REST: Final = ("constraint", "constraint_message", "calculation", "default", "read_only")
_SURVEY_LAST: Final = ("choice_filter", "appearance", "repeat_count", "parameters")
_NAMES: Final = {"datetime": "dateTime", "read_only": "readonly"}
_MOMENT: Final = re.compile(rb">\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ<")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def xlsform_rows(definition: Definition, *, complete: bool = False) -> dict[str, Rows]:
    """The rows of ``survey``, ``choices`` and ``settings``.

    ``complete`` is for the engine: a message that lacks a language is said in the default one
    (pyxform would write “-”), and a matrix is a plain group, which needs no rows of its own.
    """
    writer = _Writer(definition, complete)
    return {
        "survey": list(writer.survey(definition.items)),
        "choices": list(writer.choices()),
        "settings": [writer.settings()],
    }


def xform_of(definition: Definition) -> str:
    """The XForm of an instrument, by pyxform in a child with limits. Raises FormUnreadable."""
    return make_xform(xlsform_rows(definition, complete=True))


def workbook_of(definition: Definition) -> bytes:
    """The instrument as an .xlsx; every cell is text, so that nothing in it is a formula."""
    import openpyxl  # heavy, and only who exports needs it

    book = openpyxl.Workbook(write_only=True)
    for name, rows in xlsform_rows(definition).items():
        sheet = book.create_sheet(name)
        headings = _headings(rows)
        sheet.append([_cell(sheet, heading) for heading in headings])
        for row in rows:
            sheet.append([_cell(sheet, row.get(heading, "")) for heading in headings])
    file = BytesIO()
    book.save(file)
    return _undated(file.getvalue())


def _undated(workbook: bytes) -> bytes:
    """The same workbook without the moment it was written: one form, one file."""
    file = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(workbook)) as written,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as undated,
    ):
        for name in written.namelist():
            content = written.read(name)
            if name == "docProps/core.xml":
                content = _MOMENT.sub(b">2000-01-01T00:00:00Z<", content)
            undated.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _cell(sheet: object, text: str) -> object:
    from openpyxl.cell import WriteOnlyCell

    if not text:
        return None
    cell = WriteOnlyCell(sheet, value=text)
    if text.startswith(_FORMULA):
        cell.data_type = "s"
        cell.number_format = "@"
    return cell


def _headings(rows: Rows) -> list[str]:
    """The columns in use: those every XLSForm has first, in their order."""
    order = ["list_name", *_SURVEY, *_SURVEY_REST, *_SURVEY_LAST]
    headings = dict.fromkeys(heading for row in rows for heading in row)

    def place(heading: str) -> int:
        name = heading.partition("::")[0].replace("readonly", "read_only")
        return order.index(name) if name in order else len(order)

    return sorted(headings, key=place)


class _Writer:
    def __init__(self, definition: Definition, complete: bool) -> None:
        self.form, self.complete = definition, complete

    def settings(self) -> dict[str, str]:
        form = self.form
        language = "" if form.default_language == PLAIN else form.default_language
        return _filled(
            {
                "form_title": form.title,
                "form_id": form.form_id,
                "version": form.version,
                "default_language": language,
                "instance_name": form.instance_name,
            }
        )

    def choices(self) -> Iterator[dict[str, str]]:
        for name, rows in self.form.lists.items():
            for choice in rows:
                labels = choice.labels or {self.form.default_language: choice.name}
                yield {
                    "list_name": name,
                    "name": choice.name,
                    **self.words("label", labels, fill=self.complete),
                    **choice.other,
                }

    def survey(self, items: list[Item]) -> Iterator[dict[str, str]]:
        for item in items:
            yield self.row(item)
            if item.kind != "question":
                yield from self.survey(item.items)
                yield {"type": f"end_{item.kind}"}

    def row(self, item: Item) -> dict[str, str]:
        kind = _NAMES.get(item.type, item.type)
        if item.kind != "question":
            kind = f"begin_{item.kind}"
        elif item.choices:
            kind = f"{item.type} {item.choices}"
        appearance = item.appearance
        if self.complete:
            appearance = appearance.replace("table-list", "field-list")
        return _filled(
            {
                "type": kind,
                "name": item.name,
                **self.words("label", item.labels, fill=self.complete),
                **self.words("hint", item.hints),
                "required": "yes" if item.required == "true()" else item.required,
                **self.words("required_message", item.required_messages, fill=self.complete),
                "relevant": item.relevant,
                "constraint": item.constraint,
                **self.words("constraint_message", item.constraint_messages, fill=self.complete),
                "calculation": item.calculation,
                "default": item.default,
                "readonly": "yes" if item.read_only == "true()" else item.read_only,
                "choice_filter": item.choice_filter,
                "appearance": appearance,
                "repeat_count": item.repeat_count,
                "parameters": " ".join(f"{k}={v}" for k, v in item.parameters.items()),
            }
        )

    def words(self, column: str, words: Words, *, fill: bool = False) -> dict[str, str]:
        """One column for each language that has words; with ``fill``, for every language."""
        languages = self.form.languages if fill and words else list(words)
        first = words.get(self.form.default_language) or next(iter(words.values()), "")
        return {
            column if language == PLAIN else f"{column}::{language}": words.get(language, first)
            for language in languages
        }


def _filled(row: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if value}
