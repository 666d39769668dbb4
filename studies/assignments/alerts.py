"""Whether answers fulfil a rule: by the engine that judges them, in the form they were given in.

A rule is worked out as one more calculation of the form, so that it means what the same words mean
anywhere else in it: what is hidden is blank, ``today()`` is the day of the answers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from studies.assignments.models import AlertRule
from studies.instruments.answers import ROOT, instance_of
from studies.instruments.checking import RULE, problem_of, strange_choices
from studies.instruments.definition import UNASKED, Choice, Definition, Item, said
from studies.instruments.engine import Evaluation, evaluate
from studies.instruments.errors import FormUnreadable
from studies.instruments.expressions import Parent, Ref, Self, Unreadable, parse, parts
from studies.instruments.models import InstrumentVersion
from studies.instruments.reading.writing import xform_of

MOST_ASKED: Final = 40  # questions of a trial


@dataclass(frozen=True)
class Raised:
    """A rule that answers fulfil; not ``sure`` where the engine could not work it out."""

    rule: AlertRule
    sure: bool = True


@dataclass(frozen=True)
class Question:
    """A question that a trial asks: its name in the rule, how it is worded, what can be chosen."""

    name: str
    type: str
    label: str
    choices: list[tuple[str, str]]


@dataclass(frozen=True)
class Tried:
    """What a rule says of the answers typed for a trial.

    ``hidden`` are questions that were given an answer and are not asked with these answers;
    ``computed`` what the form computes on the way, by name.
    """

    raised: bool
    hidden: list[str]
    computed: dict[str, str]


def problem_in(expression: str, form: Definition) -> str:
    """Why ``expression`` is no rule about ``form``, as a sentence with the place, or nothing."""
    try:
        tree = parse(expression)
    except Unreadable as error:
        return f"The rule cannot be read{_place(expression, error.at)}: {error}."
    for node in parts(tree):
        if isinstance(node, Self | Parent):
            return (
                "The rule has “.” or “..”, which stand for the question itself in a form; here, "
                "name the question: ${name}."
            )
    known = {item.name for item in form.questions}
    for node in parts(tree):
        if isinstance(node, Ref) and node.name not in known:
            at = _place(expression, expression.find("${" + node.name))
            return f"“{node.name}”{at} is no question of this form."
    if not any(isinstance(node, Ref) for node in parts(tree)):
        return "The rule asks for no answer. A question is written ${name}."
    if problem := problem_of(RULE, expression, known):
        return problem
    for name, value in strange_choices(tree, form):
        at = _place(expression, expression.find(value))
        return f"“{value}”{at} is none of the choices of “{name}”, so the rule would never be true."
    return ""


def _place(expression: str, at: int | None) -> str:
    if at is None or at < 0:
        return ""
    if at >= len(expression):
        return " at its end"
    return f" at character {at + 1}"


def fits(rule: AlertRule, form: Definition) -> bool:
    """Whether every question that ``rule`` asks for is in ``form``."""
    return names_in(rule.expression) <= {item.name for item in form.questions}


def names_in(expression: str) -> set[str]:
    """The questions that an expression asks for; none where it cannot be read."""
    try:
        return {node.name for node in parts(parse(expression)) if isinstance(node, Ref)}
    except Unreadable:
        return set()


def raised_by(
    rules: Iterable[AlertRule],
    version: InstrumentVersion,
    instance: str,
    *,
    at: datetime,
    zone: str,
) -> list[Raised]:
    """Those of ``rules`` that the answers in ``instance`` fulfil, evaluated as on ``at``.

    A rule that asks for what this version of the form does not is no rule about it. One that the
    engine refuses is raised as not sure: somebody has to read the answers.

    Raises:
        EngineFailed: nothing was decided.
    """
    form = version.form
    fitting = [rule for rule in rules if fits(rule, form)]
    if not fitting:
        return []
    try:
        truths, _ = _worked_out(form, [rule.expression for rule in fitting], instance, at, zone)
    except FormUnreadable:
        return [Raised(rule, sure=False) for rule in fitting]
    return [Raised(rule) for rule, true in zip(fitting, truths, strict=True) if true]


def questions_for(expression: str, form: Definition) -> list[Question]:
    """What a trial of ``expression`` asks: its questions, and those that decide whether they are
    there or compute them."""
    feeding = _feeding(form)
    wanted, waiting = set[str](), sorted(names_in(expression))
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += sorted(feeding.get(name, ()))
    asked = [item for item in form.questions if item.name in wanted and item.type not in UNASKED]
    return [_question(form, item) for item in asked[:MOST_ASKED]]


def try_on(
    expression: str, form: Definition, answers: Mapping[str, str], *, at: datetime, zone: str
) -> Tried:
    """What ``expression`` says of ``answers`` (name → text), the others left blank.

    Raises:
        FormUnreadable, EngineFailed: as their messages say.
    """
    paths, repeats = _paths(form)
    values = {paths[name]: text for name, text in answers.items() if text and name in paths}
    instance = instance_of(form, values, repeats=repeats, at=at)
    [raised], evaluation = _worked_out(form, [expression], instance, at, zone)
    there = {node.ref: node for node in evaluation.nodes}
    given = [name for name, text in answers.items() if text and name in paths]
    kept = {name for name in given if (node := there.get(paths[name])) and node.relevant}
    shown = names_in(expression) & {i.name for i in form.questions if i.type == "calculate"}
    computed = {
        name: node.value for name in sorted(shown) if (node := there.get(paths[name])) is not None
    }
    return Tried(raised, [name for name in given if name not in kept], computed)


def _worked_out(
    form: Definition, expressions: Sequence[str], instance: str, at: datetime, zone: str
) -> tuple[list[bool], Evaluation]:
    xform, names = _with_rules(form.model_dump_json(), tuple(expressions))
    evaluation = evaluate(xform, instance=instance, at=at, zone=zone)
    values = {node.ref: node.value for node in evaluation.nodes}
    return [values.get(f"{ROOT}/{name}") == "1" for name in names], evaluation


@lru_cache(maxsize=32)
def _with_rules(definition: str, expressions: tuple[str, ...]) -> tuple[str, list[str]]:
    """The form with a calculation for each rule, and what those are called."""
    form = Definition.model_validate_json(definition)
    taken = {item.name for item in form.walk()}
    prefix = "alert_rule"
    while any(name.startswith(prefix) for name in taken):
        prefix += "_"
    names = [f"{prefix}{number}" for number, _ in enumerate(expressions)]
    form.items += [
        Item(name=name, type="calculate", calculation=f"if({expression}, '1', '0')")
        for name, expression in zip(names, expressions, strict=True)
    ]
    return xform_of(form), names


def _feeding(form: Definition) -> dict[str, set[str]]:
    """Name → the questions that decide whether it is there, or what it is computed from."""
    feeding: dict[str, set[str]] = {}

    def note(items: list[Item], outer: set[str]) -> None:
        for item in items:
            own = outer | names_in(item.relevant) | names_in(item.calculation)
            feeding[item.name] = own
            note(item.items, own)

    note(form.items, set())
    return feeding


def _paths(form: Definition) -> tuple[dict[str, str], set[str]]:
    """Name → path of each question, in the first of its repeats; and the repeats there are."""
    paths: dict[str, str] = {}
    repeats: set[str] = set()

    def note(items: list[Item], path: str) -> None:
        for item in items:
            here = f"{path}/{item.name}"
            if item.kind == "repeat":
                repeats.update({here, f"{here}[1]"})
                here += "[1]"
            if item.kind == "question":
                paths[item.name] = here
            note(item.items, here)

    note(form.items, ROOT)
    return paths, repeats


def _question(form: Definition, item: Item) -> Question:
    language = form.default_language

    def words(choice: Choice) -> str:
        return said(choice.labels, language) or choice.name

    choices = [(choice.name, words(choice)) for choice in form.lists.get(item.choices, [])]
    return Question(item.name, item.type, said(item.labels, language) or item.name, choices)
