"""Small changes of a form: its words, choices, order, what is required, another language.

What decides (skip logic, constraints, calculations) is changed in the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from studies.instruments.checking import TITLES, expressions_of, strange_choices
from studies.instruments.definition import UNASKED, Choice, Definition, Item, Words
from studies.instruments.expressions import parse

LONGEST: Final = 2000  # characters of one label
_CODE_CHARACTERS: Final = 60


@dataclass(frozen=True)
class Wanted:
    """How a question is to be; ``choices`` is ``None`` where it has none of its own.

    Words are by language; one that is empty is taken out. ``required`` is ``None`` where the form
    itself decides.
    """

    labels: Mapping[str, str]
    hints: Mapping[str, str] = field(default_factory=dict)
    required: bool | None = None
    required_messages: Mapping[str, str] = field(default_factory=dict)
    constraint_messages: Mapping[str, str] = field(default_factory=dict)
    choices: Sequence[Choice] | None = None


def find(form: Definition, name: str) -> Item | None:
    """The question, group or repeat of this name."""
    return next((item for item in form.walk() if item.name == name), None)


def can_be_required(item: Item) -> bool:
    """Whether a box says that an answer is needed: somebody is asked, and no logic decides it."""
    asked = item.kind == "question" and item.type not in UNASKED
    return asked and item.required in {"", "true()"}


def sharing(form: Definition, item: Item) -> list[str]:
    """The other questions that have the same list of choices."""
    if not item.choices:
        return []
    return [one.name for one in form.questions if one.choices == item.choices and one is not item]


def apply(form: Definition, name: str, wanted: Wanted) -> dict[str, str]:
    """Change the question ``name`` of ``form``; what is wrong with it, by field.

    ``form`` is to be thrown away where something is wrong.
    """
    item = find(form, name)
    if item is None:
        return {"": f"The form has no question “{name}” any more."}
    problems = dict(_wrong_words(form, item, wanted))
    item.labels = _tidy(wanted.labels)
    item.hints = _tidy(wanted.hints)
    item.required_messages = _tidy(wanted.required_messages)
    item.constraint_messages = _tidy(wanted.constraint_messages)
    if wanted.required is not None and can_be_required(item):
        item.required = "true()" if wanted.required else ""
    if wanted.choices is not None and item.choices:
        problems |= dict(_wrong_choices(wanted.choices, form))
        before = set(_strange(form))
        form.lists[item.choices] = list(wanted.choices)
        lost = [one for one in _strange(form) if one not in before]
        if lost and not problems:
            logic, asking, value = lost[0]
            problems["choices"] = (
                f"{TITLES[logic]} of “{asking}” asks for the choice “{value}”, so it stays. Change "
                "that logic in the file."
            )
    return problems


def move(form: Definition, name: str, *, up: bool) -> bool:
    """Move an item past its neighbour in the same group; whether there was one."""
    for items in _places(form):
        at = next((n for n, item in enumerate(items) if item.name == name), None)
        if at is None:
            continue
        other = at - 1 if up else at + 1
        if not 0 <= other < len(items):
            return False
        items[at], items[other] = items[other], items[at]
        return True
    return False


def _places(form: Definition) -> Iterator[list[Item]]:
    yield form.items
    for item in form.walk():
        yield item.items


def _tidy(words: Mapping[str, str]) -> Words:
    return {language: text.strip() for language, text in words.items() if text.strip()}


def _wrong_words(form: Definition, item: Item, wanted: Wanted) -> Iterator[tuple[str, str]]:
    shown = (item.kind == "question" and item.type not in UNASKED) or item.type == "note"
    labels = _tidy(wanted.labels)
    if shown and item.labels and not labels.get(form.default_language):
        yield "labels", f"Say the question in {form.default_language}, the form's first language."
    every = (wanted.labels, wanted.hints, wanted.required_messages, wanted.constraint_messages)
    if any(len(text) > LONGEST for words in every for text in words.values()):
        yield "labels", f"Say it in at most {LONGEST} characters."


def _wrong_choices(choices: Sequence[Choice], form: Definition) -> Iterator[tuple[str, str]]:
    names = [choice.name for choice in choices]
    if not choices:
        yield "choices", "Leave one choice at least."
    for name in names:
        if not name or len(name) > _CODE_CHARACTERS or len(name.split()) != 1:
            yield "choices", "A choice has a code without spaces, of at most 60 characters."
        if names.count(name) > 1:
            yield "choices", f"The code “{name}” stands there twice."
    if any(not choice.labels.get(form.default_language) for choice in choices):
        yield "choices", f"Each choice has words in {form.default_language}."


def _strange(form: Definition) -> Iterator[tuple[str, str, str]]:
    """Logic, question and value wherever a choice is asked for that is none."""
    for item in form.walk():
        for logic, text in expressions_of(item):
            for _name, value in strange_choices(parse(text), form):
                yield logic, item.name, value
