"""Fields of a REDCap data dictionary: types, choices, limits and action tags."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from studies.instruments.definition import PLAIN, Choice, Item
from studies.instruments.expressions import Unreadable, quoted

Cells = Mapping[str, str]
VALIDATION: Final = "text_validation_type_or_show_slider_number"
CHOICES: Final = "select_choices_or_calculations"
_IDENTIFYING: Final = (
    "Names, contacts and whatever else identifies somebody are kept sealed, apart from answers; "
    "a form does not ask for them."
)
_LABELS: Final = {
    "yesno": [("1", "Yes"), ("0", "No")],
    "truefalse": [("1", "True"), ("0", "False")],
}
_NUMBER: Final = re.compile(r"-?\d+([.,]\d+)?")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def no_place_for(cells: Cells) -> str:
    """Why a field is not taken at all; empty when it is."""
    kind, check = cells.get("field_type", "").strip().lower(), _validation(cells)
    if cells.get("identifier", "").strip().lower() == "y" or check in {"email", "phone"}:
        return _IDENTIFYING
    if kind == "file":
        return "Photos are taken at visits, where they are checked; other files are not taken."
    if kind == "sql":
        return "Its choices come from a database of REDCap's, which does not exist here."
    known = {"text", "notes", "radio", "dropdown", "checkbox", "yesno", "truefalse", "calc"}
    if kind not in known | {"slider", "descriptive"}:
        return f"“{kind}” is no type of field known here."
    return ""


def type_of(cells: Cells) -> tuple[str, dict[str, Any]]:
    """The type of question, and what else follows from the type of field."""
    kind = cells.get("field_type", "").strip().lower()
    plain = {
        "notes": ("text", {"appearance": "multiline"}),
        "radio": ("select_one", {}),
        "dropdown": ("select_one", {"appearance": "minimal"}),
        "yesno": ("select_one", {}),
        "truefalse": ("select_one", {}),
        "checkbox": ("select_multiple", {}),
        "calc": ("calculate", {}),
        "descriptive": ("note", {}),
    }
    if kind in plain:
        return plain[kind]
    if kind == "slider":
        low = cells.get("text_validation_min", "").strip() or "0"
        high = cells.get("text_validation_max", "").strip() or "100"
        return "range", {"parameters": {"start": low, "end": high, "step": "1"}}
    return _text_type(_validation(cells)), {}


def _validation(cells: Cells) -> str:
    return cells.get(VALIDATION, "").strip().lower()


def _text_type(check: str) -> str:
    if check.startswith("datetime"):
        return "datetime"
    if check.startswith("date"):
        return "date"
    if check.startswith("time"):
        return "time"
    if check == "integer":
        return "integer"
    return "decimal" if check.startswith("number") else "text"


def choices_of(cells: Cells) -> list[Choice]:
    """The choices of a field. Raises Unreadable."""
    kind = cells.get("field_type", "").strip().lower()
    if kind in _LABELS:
        return [Choice(name=name, labels={PLAIN: label}) for name, label in _LABELS[kind]]
    choices: list[Choice] = []
    for part in filter(None, map(str.strip, cells.get(CHOICES, "").split("|"))):
        code, comma, label = part.partition(",")
        code = code.strip()
        if not comma:
            raise Unreadable(f"the choice “{part[:40]}” has no comma between code and words")
        if re.search(r"\s", code) or not code:
            raise Unreadable(f"the code “{code[:40]}” of a choice is empty or has a space in it")
        if any(choice.name == code for choice in choices):
            raise Unreadable(f"the code “{code}” stands for two choices")
        choices.append(Choice(name=code, labels={PLAIN: label.strip()}))
    if not choices:
        raise Unreadable("its choices are missing")
    return choices


def limits_of(cells: Cells, item: Item) -> None:
    """Make the smallest and largest value a constraint. Raises Unreadable."""
    if item.type not in {"integer", "decimal", "date"}:
        return
    low = _limit(cells.get("text_validation_min", "").strip(), item)
    high = _limit(cells.get("text_validation_max", "").strip(), item)
    bounds = [f". >= {low}"] if low else []
    bounds += [f". <= {high}"] if high else []
    item.constraint = " and ".join(bounds)


def _limit(text: str, item: Item) -> str:
    if not text:
        return ""
    if item.type == "date":
        if text in {"today", "now"}:
            return "today()"
        if not _DATE.fullmatch(text):
            raise Unreadable(f"the limit “{text}” is no date such as 2020-01-31")
        return f"date('{text}')"
    if not _NUMBER.fullmatch(text):
        raise Unreadable(f"the limit “{text}” is no number")
    return text.replace(",", ".")


def annotate(cells: Cells, item: Item) -> Iterator[str]:
    """Do what action tags ask for; yield a sentence for what is done otherwise, or not."""
    notes = cells.get("field_annotation", "")
    for tag, value in re.findall(r"@([A-Z-]+)(?:\s*=\s*(?:'([^']*)'|\"[^\"]*\"))?", notes):
        if tag == "NONEOFTHEABOVE" and item.type == "select_multiple" and value:
            item.constraint = f"not(selected(., {quoted(value)}) and count-selected(.) > 1)"
        elif tag == "READONLY":
            item.read_only = "true()"
        elif tag == "DEFAULT" and value and item.type not in {"note", "calculate"}:
            item.default = value
        elif tag == "HIDDEN":
            if item.type != "calculate":
                item.relevant = "false()"
            yield "@HIDDEN: the question is never shown."
        else:
            yield f"@{tag} is not done here."
    if item.type == "range" and cells.get(CHOICES, "").strip():
        ends = [part.strip() for part in cells[CHOICES].split("|")]
        item.hints = {PLAIN: f"{ends[0]} – {ends[-1]}"}
        item.other["slider_labels"] = cells[CHOICES]
        yield f"The slider's words are its hint: {ends[0]} – {ends[-1]}."
    if item.type == "calculate":
        yield "The calculation is not shown to whoever answers; it is kept with the answers."
