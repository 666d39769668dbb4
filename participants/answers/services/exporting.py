"""Answers taken out: a file for each assignment, each question a column, and its codebook."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from participants.answers.models import Revision, Submission
from participants.answers.services.contents import content_of
from participants.answers.services.reading import question_of
from studies.access.models import User
from studies.access.permissions import Permission
from studies.assignments.models import Assignment
from studies.instruments.definition import NUMBERS, SELECTS, TYPES, Definition, Item, said
from studies.instruments.judging import Answers
from studies.instruments.models import InstrumentVersion
from studies.platform.addresses import file_name
from studies.platform.csv_files import csv_lines
from studies.protocol.models import Study
from studies.protocol.services.rights import may_anywhere, require
from studies.record import services as audit

# What every row begins with, and what the codebook says of it.
COMMON: Final = {
    "participant": "Participant's code",
    "site": "Site's code, where they are now",
    "visit": "Visit's code; empty where the form is not asked at visits",
    "day": "Day the form is of; empty where it is not asked on days of its own",
    "number": "Which one of those entered as needed",
    "version": "Version of the form in which it was begun",
    "revision": "1 as submitted; more: corrected so often",
    "newest": "true: the revision that counts",
    "filled_at": "When it was finished, by our clock (UTC)",
    "filled_by": "participant or staff",
    "received_at": "When it arrived (UTC)",
    "clock_off_s": "Seconds by which the phone's clock was behind ours",
}
CODEBOOK: Final = ("column", "question", "type", "values", "logic", "versions")


@dataclass(frozen=True)
class Sheet:
    """One file: its name, its header, its rows."""

    filename: str
    header: list[str]
    rows: Iterator[tuple[Any, ...]]

    def lines(self) -> Iterator[bytes]:
        """The file as CSV, line by line."""
        return csv_lines(self.header, self.rows)


def answers_file(*, study: Study, assignment: Assignment, by: User, every: bool = False) -> Sheet:
    """The answers to ``assignment`` that ``by`` may take out; of each form the newest revision.

    ``every`` adds the earlier ones. Neither drafts nor what was struck through is in it. The act is
    recorded before the first row leaves.

    Raises:
        NotAllowed: ``by`` may export nothing in this study.
    """
    _require_export(study, by)
    rows = rows_of(assignment, by)
    names = columns_of(_forms(assignment), _paths(rows, every=every))
    _record(study, assignment, by, "answers")
    return Sheet(
        file_name(f"{study.code}-{assignment.code}.csv"),
        [*COMMON, *names],
        _lines(rows, list(names.values()), every=every),
    )


def codebook_file(*, study: Study, assignment: Assignment, by: User) -> Sheet:
    """What each column of ``answers_file`` is.

    Raises:
        NotAllowed: ``by`` may export nothing in this study.
    """
    _require_export(study, by)
    forms = _forms(assignment)
    names = columns_of(forms, _paths(rows_of(assignment, by), every=True))
    _record(study, assignment, by, "codebook")
    return Sheet(
        file_name(f"{study.code}-{assignment.code}-codebook.csv"),
        list(CODEBOOK),
        _codebook(forms, names),
    )


def rows_of(assignment: Assignment, by: User) -> list[Submission]:
    """The forms that count and that ``by`` may both see and take out, by participant."""
    seen = Submission.objects.visible_to(by).values("pk")
    mine = Submission.objects.visible_to(by, Permission.EXPORT).filter(pk__in=seen).counted()
    return list(
        mine.filter(assignment=assignment)
        .select_related("participant__site", "version", "visit__definition")
        .order_by("participant__code", "begun_at", "pk")
    )


def columns_of(forms: dict[int, Definition], paths: set[str]) -> dict[str, str]:
    """Column → path: the questions in the order of the newest form, then those of earlier ones.

    A question in a repeat has a column for each that was filled in: ``name_1``, ``name_2``.
    """
    found: dict[str, str] = {}
    for number in sorted(forms, reverse=True):
        for item in forms[number].questions:
            mine = sorted((p for p in paths if _name(p) == item.name), key=_places)
            if item.type == "note":
                continue
            for path in mine or [f"/data/{item.name}[1]"]:
                found.setdefault("_".join([item.name, *_counted_places(forms[number], path)]), path)
    return found


def by_question(form: Definition, answers: Answers) -> dict[str, str]:
    """Answers by column instead of path."""
    return {
        column: answers[path]
        for column, path in columns_of({1: form}, set(answers)).items()
        if path in answers
    }


def newest(row: Submission, *, every: bool = False) -> list[Revision]:
    """The revisions of ``row``, or the one that counts."""
    revisions = list(row.revisions.all())
    return revisions if every else revisions[-1:]


def _require_export(study: Study, by: User) -> None:
    if not may_anywhere(by, Permission.EXPORT, study=study):
        require(by, Permission.EXPORT, study=study)


def _record(study: Study, assignment: Assignment, by: User, file: str) -> None:
    audit.record(
        by=by,
        action="export.create",
        target=study,
        study=study.code,
        new={"file": file, "questionnaire": assignment.code},
    )


def _forms(assignment: Assignment) -> dict[int, Definition]:
    rows = InstrumentVersion.objects.filter(instrument=assignment.instrument_id)
    return {row.number: row.form for row in rows.exclude(state="draft")}


def _paths(rows: Iterable[Submission], *, every: bool) -> set[str]:
    return {
        path
        for row in rows
        for revision in newest(row, every=every)
        for path in content_of(revision, row.participant).answers
    }


def _lines(
    rows: Iterable[Submission], paths: list[str], *, every: bool
) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        types = {item.name: item.type for item in row.version.form.questions}
        revisions = list(row.revisions.all())
        for revision in revisions if every else revisions[-1:]:
            answers = content_of(revision, row.participant).answers
            yield (
                row.participant.code,
                row.participant.site.code,
                row.visit.definition.code if row.visit else "",
                row.day,
                row.number,
                row.version.number,
                revision.number,
                revision == revisions[-1],
                revision.filled_at,
                revision.by_kind,
                revision.received_at,
                revision.clock_off,
                *(_cell(types.get(_name(path), ""), answers.get(path, "")) for path in paths),
            )


def _cell(kind: str, value: str) -> Any:
    if kind in NUMBERS and value:
        try:
            return int(value) if value.lstrip("-").isdigit() else float(value)
        except ValueError:
            return value
    return value


def _codebook(forms: dict[int, Definition], names: dict[str, str]) -> Iterator[tuple[str, ...]]:
    for column, words in COMMON.items():
        yield column, words, "", "", "", ""
    for column, path in names.items():
        having = [
            (number, form, item)
            for number, form in sorted(forms.items(), reverse=True)
            for item in form.questions
            if item.name == _name(path)
        ]
        _newest, form, item = having[0]
        kind, values = TYPES.get(item.type, item.type), _values(form, item)
        versions = ", ".join(str(number) for number, _form, _item in reversed(having))
        yield column, question_of(form, item), kind, values, _logic(item), versions


def _values(form: Definition, item: Item) -> str:
    if item.type == "range":
        low, high = item.parameters.get("start", "0"), item.parameters.get("end", "10")
        return f"{low} to {high}"
    if item.type not in SELECTS:
        return ""
    choices = form.lists.get(item.choices, [])
    return "; ".join(
        f"{choice.name} = {said(choice.labels, form.default_language) or choice.name}"
        for choice in choices
    )


def _logic(item: Item) -> str:
    """How a score is computed, and when a question is asked and what is possible, as the form has
    it; that a question has to be answered."""
    told = (
        ("computed as", item.calculation),
        ("asked if", item.relevant),
        ("possible if", item.constraint),
        ("required if", item.required if item.required != "true()" else ""),
    )
    said_of = [f"{title} {text}" for title, text in told if text]
    return "; ".join([*said_of, *(["required"] if item.required == "true()" else [])])


def _name(path: str) -> str:
    return path.rpartition("/")[2].partition("[")[0]


def _places(path: str) -> list[int]:
    return [int(part.rpartition("[")[2].rstrip("]")) for part in path.split("/") if "[" in part]


def _counted_places(form: Definition, path: str) -> list[str]:
    repeats = {item.name for item in form.walk() if item.kind == "repeat"}
    parts = [part.partition("[") for part in path.split("/")]
    return [place.rstrip("]") for name, _bracket, place in parts if name in repeats]
