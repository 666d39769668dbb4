"""Answers in words: a form read through, and what one revision changed of the one before."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format

from participants.answers.models import Revision, Submission
from participants.answers.services.contents import Content, content_of
from studies.instruments.definition import NUMBERS, SELECTS, UNASKED, Definition, Item, said
from studies.instruments.judging import Answers

NOTED = frozenset({"start", "end", "today"})


@dataclass(frozen=True)
class Line:
    """One answer: the question in words, or its name where it has none; empty: a heading."""

    path: str
    question: str
    answer: str
    heading: bool = False
    computed: bool = False


@dataclass(frozen=True)
class Change:
    """What a revision says otherwise than the one before it."""

    question: str
    old: str
    new: str


@dataclass(frozen=True)
class Told:
    """One revision with its content and what it changed."""

    revision: Revision
    content: Content
    changes: list[Change]


def history_of(submission: Submission) -> list[Told]:
    """Every revision, the newest first."""
    form = submission.version.form
    before: Answers | None = None
    told: list[Told] = []
    for revision in submission.revisions.select_related("by"):
        content = content_of(revision, submission.participant)
        changes = changes_of(form, before, content.answers) if before is not None else []
        told.append(Told(revision, content, changes))
        before = content.answers
    return told[::-1]


def lines_of(form: Definition, answers: Answers) -> list[Line]:
    """The answers in the order of the form, repeats one after another."""
    return list(_Reader(form, answers).read(form.items, "/data"))


def changes_of(form: Definition, old: Answers, new: Answers) -> list[Change]:
    """The questions that were answered otherwise, without what the form notes by itself."""
    items = {item.name: item for item in form.questions}
    changes: list[Change] = []
    for path in sorted(old.keys() | new.keys()):
        item = items.get(path.rpartition("/")[2].partition("[")[0])
        if item is None or item.type in NOTED or old.get(path) == new.get(path):
            continue
        before, after = old.get(path, ""), new.get(path, "")
        changes.append(
            Change(
                question_of(form, item),
                in_words(form, item, before),
                in_words(form, item, after),
            )
        )
    return changes


def question_of(form: Definition, item: Item) -> str:
    """The question as the form words it in its first language, else its name."""
    return said(item.labels, form.default_language) or item.name


def in_words(form: Definition, item: Item, value: str) -> str:
    """An answer by the words of its choices; days and times as pages write them."""
    if item.type in {"date", "datetime"} or item.type in NOTED:
        return _day_in_words(value)
    if item.type in NUMBERS:
        return value.removesuffix(".0")  # as the engine writes a whole number
    if item.type not in SELECTS or not value:
        return value
    words = {
        choice.name: said(choice.labels, form.default_language) or choice.name
        for choice in form.lists.get(item.choices, [])
    }
    return ", ".join(words.get(name, name) for name in value.split())


def _day_in_words(value: str) -> str:
    with suppress(ValueError):
        if len(value) == len("2026-03-01"):
            return date_format(date.fromisoformat(value), "j M Y")
        moment = datetime.fromisoformat(value)
        at = timezone.localtime(moment) if moment.tzinfo else moment
        return f"{date_format(at, 'j M Y')}, {date_format(at, 'H:i')}"
    return value


class _Reader:
    def __init__(self, form: Definition, answers: Answers) -> None:
        self.form, self.answers = form, answers

    def read(self, items: list[Item], path: str) -> list[Line]:
        lines: list[Line] = []
        for item in items:
            if item.kind == "question":
                lines += self.question(item, path)
                continue
            for place in range(1, self.places(path, item) + 1):
                inner = self.read(item.items, f"{path}/{item.name}[{place}]")
                if inner:
                    number = f" {place}" if item.kind == "repeat" else ""
                    words = said(item.labels, self.form.default_language)
                    heading = f"{words or (item.name if number else '')}{number}"
                    lines += [Line("", heading, "", heading=True)] if heading else []
                    lines += inner
        return lines

    def question(self, item: Item, path: str) -> list[Line]:
        here = f"{path}/{item.name}[1]"
        value = self.answers.get(here, "")
        if item.type == "note" or not value:
            return []
        answer = in_words(self.form, item, value)
        question = question_of(self.form, item)
        return [Line(here, question, answer, computed=item.type in UNASKED)]

    def places(self, path: str, item: Item) -> int:
        place = 0
        while any(name.startswith(f"{path}/{item.name}[{place + 1}]") for name in self.answers):
            place += 1
        return place
