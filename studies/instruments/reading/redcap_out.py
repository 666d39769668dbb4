"""An instrument as a REDCap data dictionary, and what that format cannot say.

What means something else in REDCap is not written; the notes say so by question, and the dictionary
is to be read beside them.
"""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final

from studies.instruments.definition import Definition, Item, said
from studies.instruments.expressions import (
    Binary,
    Call,
    Negative,
    Node,
    Number,
    Ref,
    Self,
    Text,
    Unreadable,
    parse,
)
from studies.instruments.reading.redcap import COLUMNS
from studies.instruments.report import Report

_TYPES: Final = {
    "text": ("text", ""),
    "integer": ("text", "integer"),
    "decimal": ("text", "number"),
    "date": ("text", "date_ymd"),
    "time": ("text", "time"),
    "datetime": ("text", "datetime_ymd"),
    "select_one": ("radio", ""),
    "select_multiple": ("checkbox", ""),
    "acknowledge": ("checkbox", ""),
    "range": ("slider", "number"),
    "note": ("descriptive", ""),
    "calculate": ("calc", ""),
}
_SAME_CALLS: Final = frozenset({"if", "round", "abs", "sqrt", "exp", "sum", "min", "max"})
_UNARY = 7


def dictionary_of(definition: Definition, report: Report) -> str:
    """The dictionary as CSV; ``report`` says what it could not hold."""
    file = StringIO()
    writer = csv.DictWriter(file, list(COLUMNS))
    writer.writerow(COLUMNS)
    first = {"field_name": "record_id", "field_type": "text", "field_label": "Code"}
    writer.writerow({**first, "form_name": definition.form_id.lower()})
    for row in _Dictionary(definition, report).rows(definition.items):
        writer.writerow(row)
    return file.getvalue()


class _Dictionary:
    def __init__(self, definition: Definition, report: Report) -> None:
        self.form, self.report = definition, report
        self.kinds = {item.name: item.type for item in definition.questions}
        self.header = ""
        if len(definition.languages) > 1:
            language = definition.default_language
            report.changed("", "", f"A dictionary has one language; it is in {language}.")

    def rows(
        self, items: list[Item], matrix: str = "", shown: str = ""
    ) -> Iterator[dict[str, str]]:
        for item in items:
            if item.kind == "repeat":
                self.report.refuse(
                    item.place,
                    item.name,
                    "A repeat is an instrument of its own in REDCap; its questions are left out.",
                )
            elif item.kind == "group":
                yield from self.group(item, shown)
            elif (row := self.row(item, matrix, shown)) is not None:
                yield row

    def group(self, item: Item, shown: str) -> Iterator[dict[str, str]]:
        inner = self.logic(item, item.relevant) if item.relevant else ""
        if item.labels:
            self.header = said(item.labels, self.form.default_language)
        both = " and ".join(f"({part})" for part in (shown, inner) if part)
        matrix = item.other.get("matrix_group_name", item.name) if item.matrix else ""
        yield from self.rows(item.items, matrix, both if shown and inner else shown or inner)

    def row(self, item: Item, matrix: str, shown: str) -> dict[str, str] | None:
        if item.type not in _TYPES:
            self.report.refuse(item.place, item.name, "REDCap has no field of this kind.")
            return None
        third = self.third(item)
        if item.type == "calculate" and not third:
            return None
        kind, check = _TYPES[item.type]
        if item.appearance == "multiline":
            kind = "notes"
        elif item.appearance == "minimal" and kind == "radio":
            kind = "dropdown"
        low, high = self.limits(item)
        relevant = self.logic(item, item.relevant) if item.relevant else ""
        logic = f"({shown}) and ({relevant})" if shown and relevant else shown or relevant
        row = {
            "field_name": item.name,
            "form_name": self.form.form_id.lower(),
            "section_header": self.header,
            "field_type": kind,
            "field_label": self.piped(said(item.labels, self.form.default_language)) or item.name,
            "select_choices_or_calculations": third,
            "field_note": said(item.hints, self.form.default_language),
            "text_validation_type_or_show_slider_number": check,
            "text_validation_min": low,
            "text_validation_max": high,
            "branching_logic": logic,
            "required_field": "y" if item.required else "",
            "matrix_group_name": matrix,
            "field_annotation": self.tags(item),
        }
        if "slider_labels" in item.other:
            row["field_note"] = ""
        self.header = ""
        return row | {
            name: item.other[name]
            for name in ("custom_alignment", "question_number", "matrix_ranking")
            if name in item.other
        }

    def third(self, item: Item) -> str:
        """Choices, the calculation or a slider's words."""
        if item.choices:
            return " | ".join(
                f"{choice.name}, {said(choice.labels, self.form.default_language)}"
                for choice in self.form.lists[item.choices]
            )
        if item.type == "calculate":
            return self.logic(item, item.calculation, calculation=True)
        if item.type == "acknowledge":
            return "OK, OK"
        return item.other.get("slider_labels", "")

    def piped(self, text: str) -> str:
        return text.replace("${", "[").replace("}", "]") if "${" in text else text

    def tags(self, item: Item) -> str:
        known = item.other.get("field_annotation", "")
        tags = [known] if known else []
        if item.read_only == "true()" and "@READONLY" not in known:
            tags.append("@READONLY")
        if item.default and "@DEFAULT" not in known and "'" not in item.default:
            tags.append(f"@DEFAULT='{item.default}'")
        if item.type == "select_multiple" and "@NONEOFTHEABOVE" not in known:
            tags += [f"@NONEOFTHEABOVE='{code}'" for code in _alone(item.constraint)]
        return " ".join(tags)

    def limits(self, item: Item) -> tuple[str, str]:
        """The bounds of a constraint that is nothing but bounds; a range's own ends."""
        if item.type == "range":
            return item.parameters.get("start", "0"), item.parameters.get("end", "100")
        if not item.constraint or _alone(item.constraint):
            return "", ""
        bounds = _bounds(parse(item.constraint))
        if bounds is None or item.type not in {"integer", "decimal", "date"}:
            self.report.changed(
                item.place, item.name, "REDCap has no such constraint; any answer is taken there."
            )
            return "", ""
        return bounds.get(">=", ""), bounds.get("<=", "")

    def logic(self, item: Item, text: str, *, calculation: bool = False) -> str:
        try:
            tree = parse(text)
            return _redcap(_unwrapped(tree) if calculation else tree, self.kinds)
        except Unreadable as error:
            if calculation:
                why = f"The calculation cannot be said in REDCap: {error}. It is left out."
                self.report.refuse(item.place, item.name, why)
            else:
                why = f"The skip logic cannot be said in REDCap: {error}. It is always asked there."
                self.report.changed(item.place, item.name, why)
            return ""


def _unwrapped(tree: Node) -> Node:
    """A calculation without the blank for “not a number”, which REDCap gives by itself."""
    match tree:
        case Call("if", (Binary("=", Call("string", (inner,)), Text("NaN")), Text(""), same)):
            return same if same == inner else tree
    return tree


def _alone(constraint: str) -> list[str]:
    """The choice that may not be combined, where a constraint says exactly that."""
    if not constraint:
        return []
    match parse(constraint):
        case Call(
            "not",
            (
                Binary(
                    "and",
                    Call("selected", (Self(), Text(code))),
                    Binary(">", Call("count-selected", (Self(),)), Number("1")),
                ),
            ),
        ):
            return [code]
    return []


def _bounds(tree: Node) -> dict[str, str] | None:
    match tree:
        case Binary("and", left, right):
            first, other = _bounds(left), _bounds(right)
            return None if first is None or other is None else first | other
        case Binary((">=" | "<=") as operator, Self(), Number(value)):
            return {operator: value}
        case Binary((">=" | "<=") as operator, Self(), Negative(Number(value))):
            return {operator: f"-{value}"}
        case Binary((">=" | "<=") as operator, Self(), Call("date", (Text(value),))):
            return {operator: value}
        case Binary((">=" | "<=") as operator, Self(), Call("today", ())):
            return {operator: "today"}
    return None


def _dates(*moments: Node) -> list[str]:
    """The days a difference is taken of, as ``datediff`` names them; none when it is another."""
    dates = []
    for moment in moments:
        match moment:
            case Call("decimal-date-time", (Ref(name, _),)):
                dates.append(f"[{name}]")
            case Call("decimal-date-time", (Call(("today" | "now") as name, ()),)):
                dates.append(f"'{name}'")
    return dates if len(dates) == len(moments) else []


_STRENGTH: Final = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "div": 6}


def _redcap(node: Node, kinds: dict[str, str], least: int = 0) -> str:
    """The tree as REDCap writes it. Raises Unreadable."""
    match node:
        case Number(text):
            return text
        case Text(text):
            return f"'{text}'" if "'" not in text else f'"{text}"'
        case Ref(name, _):
            if kinds.get(name) == "select_multiple":
                raise Unreadable(f"“{name}” has several answers")
            return f"[{name}]"
        case Call("selected", (Ref(name, _), Text(code))):
            box = kinds.get(name) == "select_multiple"
            return f"[{name}({code})] = '1'" if box else f"[{name}] = '{code}'"
        case Call("not", (Call("selected", (Ref(name, _), Text(code))),)):
            box = kinds.get(name) == "select_multiple"
            return f"[{name}({code})] = '0'" if box else f"[{name}] <> '{code}'"
        case Call("abs", (Binary("-", until, since),)) if dates := _dates(since, until):
            return f"datediff({dates[0]}, {dates[1]}, 'd')"
        case Call("number" | "string", (inner,)):
            return _redcap(inner, kinds, least)
        case Call("pow", (left, right)):
            return f"({_redcap(left, kinds)})^({_redcap(right, kinds)})"
        case Call(name, args) if name in _SAME_CALLS:
            return f"{name}({', '.join(_redcap(arg, kinds) for arg in args)})"
        case Negative(of):
            return f"-{_redcap(of, kinds, _UNARY)}"
        case Binary(operator, left, right) if operator != "mod":
            strength = _STRENGTH.get(operator, 3)
            sign = {"!=": "<>", "div": "/"}.get(operator, operator)
            first, other = _redcap(left, kinds, strength - 1), _redcap(right, kinds, strength)
            inside = f"{first} {sign} {other}"
            return f"({inside})" if strength <= least else inside
        case Call(name, _):
            raise Unreadable(f"it calls {name}()")
    raise Unreadable("REDCap has nothing of the same meaning")
