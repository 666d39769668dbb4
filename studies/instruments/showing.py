"""A form as a page shows it: what the engine says of each question, and how it is asked."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.http import QueryDict
from django.utils.translation import gettext as _

from studies.instruments.answers import ROOT, instance_of, with_repeat, without_repeat
from studies.instruments.definition import UNASKED, Definition, Item
from studies.instruments.engine import Evaluation, Node, evaluate
from studies.instruments.models import InstrumentVersion

_INPUTS = {
    "integer": "number",
    "decimal": "number",
    "date": "date",
    "time": "time",
    "datetime": "datetime-local",
    "select_one": "radio",
    "select_multiple": "checkbox",
    "range": "range",
    "acknowledge": "acknowledge",
    "note": "note",
}
_MANY = 12  # choices, from which on a list is shorter than buttons


@dataclass(frozen=True)
class Option:
    value: str
    words: str
    chosen: bool


@dataclass(frozen=True)
class Field:
    """One row of the page. ``kind``: an input's kind, or group, repeat, add, note, computed."""

    ref: str
    kind: str
    label: str
    hint: str = ""
    value: str = ""
    required: bool = False
    readonly: bool = False
    problem: str = ""
    place: int = 0
    options: list[Option] = field(default_factory=list)
    low: str = ""
    high: str = ""
    step: str = ""

    @property
    def key(self) -> str:
        """An id for the page: the path without what ids may not hold."""
        return "q" + re.sub(r"[^A-Za-z0-9]+", "-", self.ref)


@dataclass(frozen=True)
class Shown:
    """The page: its fields, what was computed, and whether the answers would be taken.

    ``xml`` is the form as the engine keeps it: computed, and without what is hidden.
    """

    fields: list[Field]
    computed: list[Field]
    repeats: list[str]
    ready: bool
    problems: int
    asked: int
    hidden: int
    xml: str = ""

    @property
    def broken(self) -> list[Field]:
        """The fields whose answers would not be taken, where that is told."""
        return [field for field in self.fields if field.problem]


def show(
    version: InstrumentVersion, sent: QueryDict, *, language: str, at: datetime, zone: str
) -> Shown:
    """The form with what was ``sent``; nothing of it is kept.

    Raises:
        FormUnreadable, EngineFailed: as their messages say.
    """
    values, repeats = read_sent(sent)
    return show_answers(
        version,
        values if sent.get("answered") else None,
        repeats,
        language=language,
        at=at,
        zone=zone,
        told="check" in sent,
    )


def show_answers(
    version: InstrumentVersion,
    values: Mapping[str, str] | None,
    repeats: Iterable[str],
    *,
    language: str,
    at: datetime,
    zone: str,
    told: bool,
) -> Shown:
    """The form with ``values`` by path and ``repeats`` in it; ``None``: as it begins.

    With ``told`` each answer that would not be taken says why, also one that the engine cannot
    keep, such as a word in a number.

    Raises:
        FormUnreadable, EngineFailed: as their messages say.
    """
    definition = version.form
    instance = ""
    if values is not None:
        instance = instance_of(definition, values, repeats=repeats, at=at)
    evaluation = evaluate(version.xform, instance=instance, language=language, at=at, zone=zone)
    return _page(definition, evaluation, told=told, sent=values or {})


def read_sent(sent: QueryDict) -> tuple[dict[str, str], set[str]]:
    values = {
        name: " ".join(filter(None, map(str, sent.getlist(name))))
        for name in sent
        if name.startswith(f"{ROOT}/")
    }
    repeats = set(sent.getlist("repeat"))
    if added := sent.get("add-one"):
        count = sum(1 for name in repeats if re.fullmatch(rf"{re.escape(added)}\[\d+\]", name))
        repeats = with_repeat(repeats, added, count)
    elif (removed := sent.get("take-out")) and re.fullmatch(r"[^\n]*\[\d{1,4}\]", removed):
        values, repeats = without_repeat(values, repeats, removed)
    return values, repeats


def _page(
    definition: Definition, evaluation: Evaluation, *, told: bool, sent: Mapping[str, str]
) -> Shown:
    items = {item.name: item for item in definition.walk()}
    fields, computed, repeats = [], [], []
    counts: dict[str, int] = {}
    hidden = problems = asked = 0
    for node in evaluation.nodes:
        item = items.get(_name(node.ref))
        if item is None or node.kind == "root":
            continue
        if not node.relevant:
            hidden += item.kind == "question"
            continue
        if node.kind == "repeat-instance":
            counts[node.ref.rpartition("[")[0]] = place = _place(node.ref)
            repeats.append(node.ref)
            fields.append(Field(node.ref, "repeat", node.label, place=place))
            continue
        if node.kind.startswith("repeat-range"):
            repeats.append(node.ref)
            continue
        lost = bool(sent.get(node.ref)) and not node.value and not node.readonly
        shown = _field(node, item, told=told, lost=lost and _typed_in(item))
        if shown.kind == "computed":
            if item.type not in {"start", "end", "today"}:  # noted, and no result
                computed.append(shown)
        elif shown.kind:
            fields.append(shown)
        asked += item.kind == "question" and shown.kind not in {"computed", "note", ""}
        problems += bool(node.broken or (lost and _typed_in(item)))
    return Shown(
        fields=list(_with_adding(fields, evaluation, items)),
        computed=computed,
        repeats=repeats,
        ready=evaluation.ready and not problems,
        problems=problems,
        asked=asked,
        hidden=hidden,
        xml=evaluation.xml,
    )


def _typed_in(item: Item) -> bool:
    """Whether somebody types or chooses an answer to ``item``."""
    return item.kind == "question" and item.type not in UNASKED


def _with_adding(
    fields: list[Field], evaluation: Evaluation, items: dict[str, Item]
) -> list[Field]:
    """The fields with “Add another” after the last of each repeat that a person may add to."""
    result = list(fields)
    for node in evaluation.nodes:
        if node.kind != "repeat-range:uncontrolled" or not node.relevant:
            continue
        inside = [at for at, shown in enumerate(result) if shown.ref.startswith(f"{node.ref}[")]
        label = node.label or _name(node.ref)
        at = inside[-1] + 1 if inside else len(result)
        result.insert(at, Field(node.ref, "add", label))
    return result


def _field(node: Node, item: Item, *, told: bool, lost: bool) -> Field:
    if item.kind != "question":
        return Field(node.ref, "group" if node.label else "", node.label)
    if item.type in {"calculate", "start", "end", "today", "hidden"}:
        return Field(node.ref, "computed", node.label or item.name, value=node.value)
    kind = _INPUTS.get(item.type, "text")
    if kind == "text" and "multiline" in item.appearance:
        kind = "textarea"
    if kind == "radio" and (len(node.options) > _MANY or "minimal" in item.appearance):
        kind = "select"
    chosen = set(node.value.split())
    problem = ""
    if told and lost:
        problem = _("This answer is not possible here.")
    elif told and node.broken:
        problem = node.message or (
            _("An answer is needed.")
            if node.broken == "required"
            else _("This answer is not possible here.")
        )
    return Field(
        node.ref,
        kind,
        node.label,
        hint=node.hint,
        value=_typed(kind, node.value),
        required=node.required,
        readonly=node.readonly,
        problem=problem,
        options=[Option(value, words, value in chosen) for value, words in node.options],
        low=item.parameters.get("start", "0"),
        high=item.parameters.get("end", "10"),
        step=item.parameters.get("step", "1") if kind == "range" else _step(item),
    )


def _typed(kind: str, value: str) -> str:
    """A value as the input takes it: the engine writes 8 as 8.0, and moments with their zone."""
    if kind == "number" and value.endswith(".0"):
        try:
            return str(int(Decimal(value)))
        except InvalidOperation:
            return value
    if kind == "datetime-local":
        return value[:16]
    return value[:5] if kind == "time" else value


def _step(item: Item) -> str:
    return "1" if item.type == "integer" else "any"


def _name(ref: str) -> str:
    return ref.rpartition("/")[2].partition("[")[0]


def _place(ref: str) -> int:
    return int(ref.rpartition("[")[2].rstrip("]"))
