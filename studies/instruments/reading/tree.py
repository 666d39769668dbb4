"""Rows of an XLSForm's survey as groups, repeats and questions."""

import re
from dataclasses import dataclass, field
from typing import Final

from studies.instruments.checking import shortened
from studies.instruments.definition import SELECTS, UNASKED, Choice, Item, Words
from studies.instruments.errors import FormUnreadable
from studies.instruments.reading.types import NO_TYPES, read_type
from studies.instruments.report import Report

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
YES: Final = frozenset({"yes", "true", "true()", "1"})
NO: Final = frozenset({"no", "false", "false()", "0", ""})
TRUE: Final = "true()"
_AS_WRITTEN: Final = (
    *("relevant", "constraint", "calculation", "default"),
    *("choice_filter", "appearance", "repeat_count"),
)


@dataclass
class Row:
    """One row of a sheet: single cells, and cells by language."""

    place: str
    cells: dict[str, str] = field(default_factory=dict)
    words: dict[str, Words] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        return self.cells.get(name, "")


class Tree:
    """Rows into groups, repeats and questions."""

    def __init__(self, lists: dict[str, list[Choice]], plain: str, report: Report) -> None:
        self.lists, self.plain, self.report = lists, plain, report
        self.names: set[str] = set()
        self.root: list[Item] = []
        self.open: list[Item] = []
        self.refused_depth = 0

    def read(self, rows: list[Row]) -> list[Item]:
        """Raises FormUnreadable when a group does not close, or one closes that is not open."""
        for row in rows:
            self.take(row)
        if self.open:
            last = self.open[-1]
            raise FormUnreadable(
                f"The {last.kind} “{last.name}” ({last.place}) is never closed: its end_"
                f"{last.kind} is missing. Nothing was imported."
            )
        return self.root

    def take(self, row: Row) -> None:
        kind = re.sub(r"[\s_]+", " ", row.get("type").strip().lower())
        if not kind:
            name = row.get("name")
            self.report.refuse(row.place, name, "The row has no type, so nothing is asked by it.")
        elif (begun := re.fullmatch(r"begin ?(group|repeat)", kind)) is not None:
            self.begin(row, begun[1])
        elif (ended := re.fullmatch(r"end ?(group|repeat)", kind)) is not None:
            self.end(row, ended[1])
        elif not self.refused_depth:
            self.question(row)
        else:
            self.report.refuse(row.place, row.get("name"), "It is in a group that was refused.")

    def begin(self, row: Row, kind: str) -> None:
        if self.refused_depth:
            self.refused_depth += 1
            return
        problem = self.name_problem(row)
        if problem:
            self.report.refuse(row.place, row.get("name"), problem)
            self.refused_depth = 1
            return
        item = self.item(row, kind=kind)
        self.add(item)
        self.open.append(item)
        self.report.understood(row.place, item.name, kind)

    def end(self, row: Row, kind: str) -> None:
        if self.refused_depth:
            self.refused_depth -= 1
            return
        if not self.open or self.open[-1].kind != kind:
            what = f"“{self.open[-1].name}” is a {self.open[-1].kind}" if self.open else "none is"
            raise FormUnreadable(
                f"{row.place.capitalize()} closes a {kind}, and {what} open there. Nothing was "
                "imported: put begin and end of each group in order."
            )
        closed = self.open.pop()
        if not closed.items:
            (self.open[-1].items if self.open else self.root).remove(closed)
            self.report.changed(closed.place, closed.name, f"The {kind} is empty; it is left out.")

    def question(self, row: Row) -> None:
        if row.get("disabled").lower() in YES:
            self.report.changed(row.place, row.get("name"), "Disabled in the file; left out.")
            return
        kind, choices, problem = read_type(row.get("type"))
        problem = problem or self.name_problem(row) or self.choices_problem(kind, choices)
        if problem:
            self.report.refuse(row.place, row.get("name"), problem)
            return
        item = self.item(row, kind="question", type=kind, choices=choices)
        if not item.labels and not item.hints and kind not in UNASKED - {"note"}:
            item.labels = {self.plain: item.name}
            self.report.changed(row.place, item.name, "It has no words; its name is shown.")
        self.add(item)
        self.report.understood(row.place, item.name, NO_TYPES.get(row.get("type").lower(), ""))

    def name_problem(self, row: Row) -> str:
        name = row.get("name")
        if not name:
            return "It has no name, so that its answer could not be kept."
        if NAME.fullmatch(name) is None:
            return (
                f"“{shortened(name, 40)}” cannot be a name: use letters without accents, digits, "
                "_, - and ., starting with a letter, at most 64."
            )
        if name in self.names:
            return f"The name “{name}” is used twice; the first one stays."
        return ""

    def choices_problem(self, kind: str, choices: str) -> str:
        if kind in SELECTS and choices not in self.lists:
            return f"Its choices, the list “{choices}”, are missing from the sheet “choices”."
        return ""

    def add(self, item: Item) -> None:
        self.names.add(item.name)
        (self.open[-1].items if self.open else self.root).append(item)

    def item(self, row: Row, *, kind: str, type: str = "", choices: str = "") -> Item:  # noqa: A002
        required = row.get("required")
        read_only = row.get("read_only")
        for name in ("label", "constraint_message", "required_message"):
            self.note_missing(row, name)
        return Item.model_validate(
            {
                "kind": kind,
                "name": row.get("name"),
                "type": type,
                "choices": choices,
                "labels": row.words.get("label", {}),
                "hints": row.words.get("hint", {}),
                "required": yes_or_expression(required),
                "required_messages": row.words.get("required_message", {}),
                "constraint_messages": row.words.get("constraint_message", {}),
                "read_only": yes_or_expression(read_only),
                "parameters": _parameters(row.get("parameters")),
                "other": row.other,
                "place": row.place,
                **{name: row.get(name) for name in _AS_WRITTEN},
            }
        )

    def note_missing(self, row: Row, name: str) -> None:
        """pyxform writes “-” where a message lacks a language; the phone would show that."""
        words = row.words.get(name, {})
        labels = row.words.get("label", {})
        if name != "label" and words and (missing := [x for x in labels if x not in words]):
            self.report.doubt(
                row.place,
                row.get("name"),
                f"The {name.replace('_', ' ')} is missing in {', '.join(missing)}; the one in "
                f"{next(iter(words))} is shown there.",
            )


def yes_or_expression(text: str) -> str:
    """``yes`` as an expression, ``no`` as nothing."""
    lower = text.strip().lower()
    if lower in NO:
        return ""
    return TRUE if lower in YES else text


def _parameters(text: str) -> dict[str, str]:
    pairs = re.findall(r"([\w-]+)\s*=\s*([^\s;,]+)", text)
    return {name.lower(): value for name, value in pairs}
