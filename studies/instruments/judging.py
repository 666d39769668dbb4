"""Whether a submission is one that the form would have made.

The engine restores it: that alone lets through a choice that is not in the list, an answer to a
hidden question, an unknown element or a forged score, all of which it quietly drops or computes
anew. So the submission is taken only if it also is, value for value, what the engine has made of
it. Numbers are compared as numbers, several choices in any order.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from studies.instruments.checking import is_expression
from studies.instruments.definition import NUMBERS, Definition, Item
from studies.instruments.engine import Evaluation, evaluate
from studies.instruments.errors import FormUnreadable

MOST_BYTES: Final = 2 * 2**20
Answers = dict[str, str]  # path with places, as ``/data[1]/med[2]/name[1]``, → text


@dataclass(frozen=True)
class Problem:
    """What is wrong with one answer, or with the whole (``ref`` empty)."""

    ref: str
    text: str


@dataclass(frozen=True)
class Judgement:
    """``problems`` is empty where the submission is taken; ``answers`` are those that were sent."""

    problems: list[Problem]
    answers: Answers
    evaluation: Evaluation | None = None

    @property
    def accepted(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def judge(
    definition: Definition, xform: str, submitted: str, *, at: datetime, zone: str = "UTC"
) -> Judgement:
    """Judge a submission as on ``at``, in ``zone``: ``today()`` is that day.

    Raises:
        EngineFailed: nothing was decided.
    """
    try:
        root = _root(submitted)
    except ValueError as error:
        return Judgement([Problem("", str(error))], {})
    answers = flatten(root)
    problems = list(_wrong_form(definition, root))
    if problems:
        return Judgement(problems, answers)
    try:
        evaluation = evaluate(xform, instance=submitted, at=at, zone=zone)
    except FormUnreadable as refusal:
        return Judgement([Problem("", refusal.message)], answers)
    problems = [
        Problem(node.ref, node.message or _default_message(node.broken))
        for node in evaluation.nodes
        if node.broken and node.relevant
    ]
    if not problems and not evaluation.ready:
        problems = [Problem("", "The form is not complete.")]
    if not problems:
        problems = list(_differences(definition, answers, flatten(_root(evaluation.xml))))
    return Judgement(problems, answers, evaluation)


def _default_message(broken: str) -> str:
    if broken == "required":
        return "An answer is needed."
    return "This answer is not possible here."


def _root(text: str) -> Element:
    """Raises ValueError with a sentence."""
    if len(text.encode()) > MOST_BYTES:
        raise ValueError("The answers are longer than any form allows.")
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise ValueError("The answers cannot be read.") from None
    return root


def _wrong_form(definition: Definition, root: Element) -> list[Problem]:
    if root.get("id") != definition.form_id or root.get("version", "") != definition.version:
        return [
            Problem(
                "",
                f"The answers are those of “{root.get('id')}” version “{root.get('version', '')}”, "
                f"not of “{definition.form_id}” version “{definition.version}”.",
            )
        ]
    return []


def flatten(root: Element) -> Answers:
    """Every answer that is not empty, by its path; elements of one name are counted."""
    answers: Answers = {}
    waiting = [(root, f"/{_name(root)}")]
    while waiting:
        element, path = waiting.pop()
        places: Counter[str] = Counter()
        for child in element:
            name = _name(child)
            places[name] += 1
            waiting.append((child, f"{path}/{name}[{places[name]}]"))
        text = (element.text or "").strip()
        if text:
            answers[path] = text
    return answers


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _differences(definition: Definition, sent: Answers, made: Answers) -> list[Problem]:
    items = {item.name: item for item in definition.questions}
    differences = []
    for path in sorted(sent.keys() | made.keys()):
        item = items.get(path.rpartition("/")[2].partition("[")[0])
        kind = item.type if item else ""
        before, other = sent.get(path, ""), made.get(path, "")
        if item is not None and before and _unasked(item) and before != item.default:
            differences.append(Problem(path, "Nobody is asked this, so there is no answer to it."))
        elif not _same(kind, before, other):
            differences.append(Problem(path, _why(kind, before, other)))
    return differences


def _unasked(item: Item) -> bool:
    """Whether nobody can type an answer, and the form computes none: a note, say."""
    fixed = item.type in {"note", "hidden"} or item.read_only == "true()"
    return fixed and not item.calculation and not is_expression(item.default)


def _same(kind: str, sent: str, made: str) -> bool:
    if sent == made and kind != "select_multiple":
        return True
    if kind == "select_multiple":
        chosen = sent.split()
        return len(chosen) == len(set(chosen)) and set(chosen) == set(made.split())
    if kind in NUMBERS and sent and made:
        try:
            first, other = Decimal(sent), Decimal(made)
        except InvalidOperation:
            return False
        return first.is_finite() and first == other
    return False


def _why(kind: str, sent: str, made: str) -> str:
    if not made:
        return "There can be no such answer here: the question is hidden, or its value impossible."
    if kind == "calculate":
        return "It is not what the form computes from the other answers."
    return "It is not what the form would have kept."
