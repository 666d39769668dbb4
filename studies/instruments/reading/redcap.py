"""A REDCap data dictionary (.csv, 18 columns) as instruments, one for each of its forms."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Final

from studies.instruments.definition import PLAIN, SELECTS, Choice, Definition, Item
from studies.instruments.errors import FormUnreadable
from studies.instruments.expressions import Unreadable
from studies.instruments.reading.redcap_fields import (
    annotate,
    choices_of,
    limits_of,
    no_place_for,
    type_of,
)
from studies.instruments.reading.redcap_logic import translate_calculation, translate_logic
from studies.instruments.reading.sheets import MOST_BYTES
from studies.instruments.reading.tree import NAME, TRUE
from studies.instruments.reading.xlsform import MOST_QUESTIONS, finish, tidy_name
from studies.instruments.report import Report

# The name REDCap's API uses, and the heading of the file people download.
COLUMNS: Final = {
    "field_name": "Variable / Field Name",
    "form_name": "Form Name",
    "section_header": "Section Header",
    "field_type": "Field Type",
    "field_label": "Field Label",
    "select_choices_or_calculations": "Choices, Calculations, OR Slider Labels",
    "field_note": "Field Note",
    "text_validation_type_or_show_slider_number": "Text Validation Type OR Show Slider Number",
    "text_validation_min": "Text Validation Min",
    "text_validation_max": "Text Validation Max",
    "identifier": "Identifier?",
    "branching_logic": "Branching Logic (Show field only if...)",
    "required_field": "Required Field?",
    "custom_alignment": "Custom Alignment",
    "question_number": "Question Number (surveys only)",
    "matrix_group_name": "Matrix Group Name",
    "matrix_ranking": "Matrix Ranking?",
    "field_annotation": "Field Annotation",
}
NEEDED: Final = ("field_name", "form_name", "field_type", "field_label")
# What has no effect here, and is kept for the way back.
KEPT: Final = ("custom_alignment", "question_number", "field_annotation", "matrix_ranking")
MOST_ROWS: Final = 5000
CALCULATION: Final = "select_choices_or_calculations"


@dataclass
class Row:
    place: str
    cells: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        return self.cells.get(name, "").strip()


def read_dictionary(data: bytes) -> list[tuple[Definition, Report]]:
    """Every form of the dictionary with its report.

    The first field of a dictionary is the record's code, which is the participant's here: it is
    left out.

    Raises:
        FormUnreadable: it is no data dictionary, or none of its forms has a question left.
    """
    if len(data) > MOST_BYTES:
        raise FormUnreadable(
            f"The file has {len(data) / 2**20:.1f} MiB; {MOST_BYTES // 2**20} MiB are allowed. "
            "Nothing was imported."
        )
    about = Report()
    rows = list(_rows(_decoded(data, about), about))
    forms: dict[str, list[Row]] = {}
    for number, row in enumerate(rows):
        if number == 0 and row.get("field_type") == "text":
            about.changed(
                row.place,
                row.get("field_name"),
                "The first field is the record's name. Here that is the participant's code, which "
                "every answer carries; the field is left out.",
            )
            forms.setdefault(row.get("form_name"), [])
            continue
        forms.setdefault(row.get("form_name"), []).append(row)
    return _forms(forms, about)


def _forms(forms: dict[str, list[Row]], about: Report) -> list[tuple[Definition, Report]]:
    made, why = [], ""
    for name, rows in forms.items():
        report = Report(list(about.lines))
        try:
            made.append((_Form(name, rows, report).definition(), report))
        except FormUnreadable as refusal:
            why = refusal.message
    if not made:
        raise FormUnreadable(why or "The dictionary has no fields. Nothing was imported.")
    return made


def _decoded(data: bytes, about: Report) -> str:
    """The text; Excel saves CSV in the code page of its country, and says so nowhere."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "utf-8-sig":
            about.changed(
                "file",
                "",
                f"The file is not in UTF-8; it was read as {encoding}, as Excel saves it. Look "
                "at letters with accents below.",
            )
        return text.replace("\x00", "")
    raise FormUnreadable("The file is no text. Choose the data dictionary as CSV.")


def _rows(text: str, about: Report) -> Iterator[Row]:
    delimiter, names = _headings(text)
    if delimiter != ",":
        shown = "tabs" if delimiter == "\t" else f"“{delimiter}”"
        about.changed("file", "", f"The cells are parted by {shown} instead of commas.")
    reader = csv.reader(StringIO(text), delimiter=delimiter)
    next(reader)
    count = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            place = f"line {reader.line_num}"
            if len(cells) > len(names):
                about.refuse(
                    place,
                    cells[0][:40],
                    f"The line has {len(cells)} cells, and the heading {len(names)}: a comma or a "
                    "quotation mark is where it should not be.",
                )
                continue
            count += 1
            if count > MOST_ROWS:
                raise FormUnreadable(f"The dictionary has more than {MOST_ROWS} fields.")
            pairs = zip(names, cells, strict=False)
            yield Row(place, {name: cell for name, cell in pairs if name})
    except csv.Error as error:
        raise FormUnreadable(f"Line {reader.line_num} is no CSV: {error}.") from None


def _headings(text: str) -> tuple[str, list[str]]:
    """What parts the cells, and the name of each column; unknown ones have none."""
    known = {_folded(heading): name for name, heading in COLUMNS.items()}
    known |= {_folded(name): name for name in COLUMNS}
    known[_folded("select_choices_or_calculations")] = CALCULATION
    best: tuple[str, list[str]] = (",", [])
    for delimiter in (",", ";", "\t"):
        first = next(csv.reader(StringIO(text), delimiter=delimiter), [])
        names = [known.get(_folded(cell), "") for cell in first]
        if sum(map(bool, names)) > sum(map(bool, best[1])):
            best = delimiter, names
    missing = [COLUMNS[name] for name in NEEDED if name not in best[1]]
    if missing:
        raise FormUnreadable(
            "This is no REDCap data dictionary: its first line does not name "
            f"{', '.join(f'“{name}”' for name in missing)}. Nothing was imported."
        )
    return best


def _folded(heading: str) -> str:
    return re.sub(r"[^a-z]", "", heading.lower())


class _Form:
    """The fields of one form as items: sections are groups, matrices groups of one list."""

    def __init__(self, name: str, rows: list[Row], report: Report) -> None:
        self.name, self.rows, self.report = name, rows, report
        self.names: set[str] = set()
        self.lists: dict[str, list[Choice]] = {}
        self.known = {row.get("field_name") for row in rows}
        self.root: list[Item] = []
        self.section: Item | None = None
        self.matrix: Item | None = None

    def definition(self) -> Definition:
        """Raises FormUnreadable when no question is left, or too many."""
        for row in self.rows:
            if len(self.names) > MOST_QUESTIONS:
                break
            self.take(row)
        self.root = list(_filled(self.root))
        title = self.name.replace("_", " ").strip().capitalize() or "Form"
        definition = Definition(
            form_id=tidy_name(self.name or "form")[:40],
            title=title,
            languages=[PLAIN],
            items=self.root,
            lists=self.lists,
        )
        return finish(definition, self.report)

    def take(self, row: Row) -> None:
        if header := row.get("section_header"):
            self.open_section(row, header)
        name = row.get("field_name")
        problem = self.name_problem(name) or no_place_for(row.cells)
        if problem:
            self.report.refuse(row.place, name, problem)
            return
        try:
            item = self.item(row, name)
        except Unreadable as error:
            self.report.refuse(row.place, name, f"{str(error)[0].upper()}{str(error)[1:]}.")
            return
        self.names.add(name)
        self.put(row, item)
        self.report.understood(row.place, name)

    def name_problem(self, name: str) -> str:
        if not NAME.fullmatch(name):
            return f"“{name[:40]}” cannot be a name: use small letters, digits and _."
        if name in self.names:
            return f"The name “{name}” is used twice; the first one stays."
        return ""

    def open_section(self, row: Row, header: str) -> None:
        self.matrix = None
        name = self.free(f"section_{sum(item.kind == 'group' for item in self.root) + 1}")
        self.section = Item(
            kind="group", name=name, labels={PLAIN: _plain(header)}, place=row.place
        )
        self.root.append(self.section)

    def put(self, row: Row, item: Item) -> None:
        where = self.root if self.section is None else self.section.items
        wanted = row.get("matrix_group_name")
        if not wanted or item.type not in SELECTS:
            self.matrix = None
            where.append(item)
            return
        if self.matrix is None or self.matrix.other["matrix_group_name"] != wanted:
            self.matrix = Item(
                kind="group",
                name=self.free(f"{tidy_name(wanted)}_matrix"),
                appearance="table-list",
                other={"matrix_group_name": wanted},
                place=row.place,
            )
            where.append(self.matrix)
        self.matrix.items.append(item)

    def free(self, name: str) -> str:
        while name in self.names or name in self.known:
            name += "_"
        self.names.add(name)
        return name

    def item(self, row: Row, name: str) -> Item:
        kind, extra = type_of(row.cells)
        item = Item(
            name=name,
            type=kind,
            labels={PLAIN: self.words(row, row.get("field_label")) or name},
            hints={PLAIN: _plain(row.get("field_note"))} if row.get("field_note") else {},
            place=row.place,
            other={key: row.get(key) for key in KEPT if row.get(key)},
            **extra,
        )
        if kind in SELECTS:
            item.choices = self.list_of(name, choices_of(row.cells))
        if kind == "calculate":
            item.calculation = translate_calculation(row.get(CALCULATION))
        if row.get("branching_logic"):
            item.relevant = translate_logic(row.get("branching_logic"))
        if row.get("required_field").lower() == "y":
            item.required = TRUE
        limits_of(row.cells, item)
        for changed in annotate(row.cells, item):
            self.report.changed(row.place, name, changed)
        return item

    def words(self, row: Row, text: str) -> str:
        """Words with the answers that REDCap pipes into them."""
        plain = _plain(text)
        for name in re.findall(r"\[([a-z][a-z0-9_]*)\]", plain):
            if name in self.known:
                plain = plain.replace(f"[{name}]", f"${{{name}}}")
        if "<" in text and plain != text:
            self.report.changed(row.place, row.get("field_name"), "HTML in the words is left out.")
        return plain

    def list_of(self, name: str, rows: list[Choice]) -> str:
        """The name of a list that holds exactly ``rows``; one that is there already serves."""
        for known, choices in self.lists.items():
            if choices == rows:
                return known
        self.lists[name] = rows
        return name


def _filled(items: Iterable[Item]) -> Iterator[Item]:
    return (item for item in items if item.kind == "question" or item.items)


def _plain(text: str) -> str:
    """Words without HTML."""
    broken = re.sub(r"<\s*(br|/p|/div)\s*/?>", "\n", text, flags=re.IGNORECASE)
    return re.sub(r"<[A-Za-z/][^<>]*>", "", broken).strip()
