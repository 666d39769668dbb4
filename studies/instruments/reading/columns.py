"""Headings of an XLSForm's sheets: their names, older names, and languages."""

import re
from dataclasses import dataclass
from typing import Final

from studies.instruments.report import Report

# Older names and spellings → the name of today.
_SAME: Final = {
    "relevance": "relevant",
    "bind::relevant": "relevant",
    "calculate": "calculation",
    "bind::calculate": "calculation",
    "bind::constraint": "constraint",
    "bind::required": "required",
    "readonly": "read_only",
    "bind::readonly": "read_only",
    "repeats": "repeat_count",
    "jr:count": "repeat_count",
    "bind::jr:constraintmsg": "constraint_message",
    "bind::jr:requiredmsg": "required_message",
    "requiredmsg": "required_message",
    "constraintmsg": "constraint_message",
    "constraint_msg": "constraint_message",
    "required_msg": "required_message",
    "control::appearance": "appearance",
    "body::appearance": "appearance",
    "list": "list_name",
    "caption": "label",
    "title": "form_title",
    "id_string": "form_id",
    "set_form_title": "form_title",
    "set_form_id": "form_id",
}
_SINGLE = "single"
_WORDS = "words"
SURVEY: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            *("type", "name", "required", "relevant", "constraint", "calculation", "appearance"),
            *("repeat_count", "choice_filter", "default", "parameters", "read_only", "disabled"),
        ),
        _SINGLE,
    ),
    **dict.fromkeys(("label", "hint", "required_message", "constraint_message"), _WORDS),
}
CHOICES: Final[dict[str, str]] = {"list_name": _SINGLE, "name": _SINGLE, "label": _WORDS}
SETTINGS: Final[dict[str, str]] = dict.fromkeys(
    ("form_title", "form_id", "version", "default_language", "instance_name"), _SINGLE
)
_COLUMN: Final = re.compile(r"[A-Za-z_][\w.-]*")


@dataclass(frozen=True)
class Column:
    """What a column holds: one value, words in ``language``, or something ``other``."""

    name: str
    language: str = ""
    other: bool = False


def known_columns(
    sheet: str, headings: list[str], known: dict[str, str], plain: str, report: Report
) -> list[Column | None]:
    """What each column is; ``None`` for one that is left out, which the report then says."""
    columns: list[Column | None] = []
    for heading in headings:
        column = _column(sheet, heading, known, plain) if heading else None
        if column is not None and column in columns:
            column = None
            report.changed(f"{sheet}, row 1", heading, "The column is there twice; left out.")
        elif column is None and heading:
            report.changed(
                f"{sheet}, row 1", heading, "This column means nothing here; it is left out."
            )
        columns.append(column)
    return columns


def _column(sheet: str, heading: str, known: dict[str, str], plain: str) -> Column | None:
    whole = re.sub(r"\s+", "_", heading.strip().lower())
    name, language = _SAME.get(whole, whole), ""
    if name not in known and ":" in heading:
        first, _, rest = re.sub(r"\s*:{1,2}\s*", "::", heading.strip()).partition("::")
        first = re.sub(r"\s+", "_", first.lower())
        name, language = _SAME.get(first, first), rest
    if sheet == "choices" and name == "value":
        name = "name"
    if known.get(name) == _WORDS:
        return Column(name, language or plain)
    if known.get(name) == _SINGLE and not language:
        return Column(name)
    if sheet == "choices" and _COLUMN.fullmatch(heading) and ":" not in heading:
        return Column(heading, other=True)
    return None
