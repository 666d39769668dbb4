"""Which checks what was entered breaks, by the engine that judges questionnaires.

Each check becomes a calculation beside its question, so that it sees what the form's own logic
sees, in repeats too; then the form is evaluated once with the answers in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from defusedxml.ElementTree import fromstring

from studies.instruments.answers import instance_of, typed
from studies.instruments.checking import problem_of
from studies.instruments.definition import Definition, Item
from studies.instruments.engine import evaluate
from studies.instruments.expressions import Parent, Self, Unreadable, parse, parts
from studies.instruments.judging import Answers, flatten
from studies.instruments.reading.writing import xform_of

MARK: Final = "edit_check_"
# What a check on visits may ask for: name → type and meaning. Days are whole, of the site's zone.
VISIT: Final[dict[str, tuple[str, str]]] = {
    "visit": ("text", "the visit's code"),
    "state": ("text", "complete or missed"),
    "day": ("integer", "the day it was made, counted from day 0; empty where it was missed"),
    "off": ("integer", "days after the day it was meant for; before it: negative"),
    "outside": ("integer", "days outside its window; 0 inside"),
    "photos": ("integer", "photos accepted"),
    "retakes": ("integer", "photos that were turned down, or asked for again"),
}


@dataclass(frozen=True)
class Check:
    """What is to be judged: ``question`` is where the calculation stands."""

    code: str
    question: str
    when: str


@dataclass(frozen=True)
class Broken:
    """A check that is broken, and the path of the answer it is about."""

    code: str
    path: str


def visit_form() -> Definition:
    """The facts of a visit as a form, which checks on visits ask."""
    items = [Item(name=name, type=kind, labels={"default": name}) for name, (kind, _) in
             VISIT.items()]  # fmt: skip
    return Definition(form_id="visit", title="Visit", version="1", items=items)


def problem_with(form: Definition, when: str) -> str:
    """Why ``when`` cannot be asked of ``form``, as a sentence; empty when it can."""
    problem = problem_of("The check", when, {item.name for item in form.walk()})
    if not problem and any(isinstance(node, Self | Parent) for node in parts(parse(when))):
        return "Name the question: ${itch} instead of a dot."
    return problem


def readable(when: str) -> str:
    """Why ``when`` is no expression at all; empty when it is one."""
    try:
        parse(when)
    except Unreadable as error:
        return f"“{when}” cannot be read: {error}."
    return ""


def broken(
    form: Definition, answers: Answers, checks: Sequence[Check], *, at: datetime, zone: str
) -> set[Broken]:
    """Which of ``checks`` these answers break, each with the place of its question.

    A check that this version of the form cannot be asked is not broken.

    Raises:
        FormUnreadable, EngineFailed: nothing was decided.
    """
    known = {item.name for item in form.questions}
    asked = [one for one in checks if one.question in known and not problem_with(form, one.when)]
    if not asked:
        return set()
    made, xform = _with_checks(form.model_dump_json(), tuple(asked))
    values, repeats = typed(made, answers)
    instance = instance_of(made, values, repeats=repeats, at=at)
    evaluation = evaluate(xform, instance=instance, at=at, zone=zone)
    found = set()
    for path in flatten(fromstring(evaluation.xml, forbid_dtd=True)):
        where, _slash, name = path.rpartition("/")
        if name.startswith(MARK):
            check = asked[int(name.removeprefix(MARK).partition("[")[0])]
            found.add(Broken(check.code, f"{where}/{check.question}[1]"))
    return found


def broken_of_visit(
    facts: Mapping[str, object], checks: Sequence[Check], *, at: datetime, zone: str
) -> set[str]:
    """Codes of the checks that a visit with these facts (``VISIT``) breaks.

    Raises:
        FormUnreadable, EngineFailed: nothing was decided.
    """
    answers = {f"/data/{name}[1]": str(value) for name, value in facts.items() if value is not None}
    on_visits = [Check(one.code, "visit", one.when) for one in checks]
    return {one.code for one in broken(visit_form(), answers, on_visits, at=at, zone=zone)}


@lru_cache(maxsize=32)
def _with_checks(form: str, checks: tuple[Check, ...]) -> tuple[Definition, str]:
    """The form with a calculation for each check beside its question, and its XForm."""
    made = Definition.model_validate_json(form)
    made.items = _beside(made.items, checks)
    return made, xform_of(made)


def _beside(items: list[Item], checks: tuple[Check, ...]) -> list[Item]:
    found: list[Item] = []
    for item in items:
        found.append(item)
        if item.kind != "question":
            item.items = _beside(item.items, checks)
            continue
        for number, check in enumerate(checks):
            if check.question == item.name:
                said = f"if({check.when}, '1', '')"
                found.append(Item(name=f"{MARK}{number}", type="calculate", calculation=said))
    return found
