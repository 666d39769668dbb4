"""Edit checks in the protocol: added, changed, removed."""

from typing import Any

from django.db import transaction

from studies.assignments.models import Assignment
from studies.edit_checks.judging import problem_with, readable, visit_form
from studies.edit_checks.models import EditCheck
from studies.edit_checks.signals import checks_changed
from studies.instruments.definition import Definition
from studies.instruments.models import InstrumentVersion
from studies.platform.actors import Actor
from studies.platform.errors import invalid
from studies.platform.seen import Seen
from studies.protocol.models import Study
from studies.protocol.services.changes import add_row, change_row, remove_row, require_edit


@transaction.atomic
def add_check(*, study: Study, by: Actor, reason: str = "", **values: Any) -> EditCheck:
    """Check what is entered from now on, and what is there; ``values`` are those of ``EditCheck``.

    Raises:
        Invalid: the expression cannot be asked of the form, or there is no such question.
        ReasonMissing: the study is under way and no reason was given.
        NotAllowed, StudyClosed: as their messages say.
    """
    require_edit(by, study)
    row = EditCheck(study=study, **values)
    _check(row)
    row = add_row(row, action="edit_check.add", study=study, by=by, reason=reason)
    _tell(study, {row.form})
    return row


@transaction.atomic
def change_check(
    *, check: EditCheck, by: Actor, reason: str = "", seen: Seen | None = None, **values: Any
) -> EditCheck:
    """Check otherwise; queries whose data no longer break it close themselves.

    Raises:
        Invalid, ReasonMissing, ChangedMeanwhile, NotAllowed, StudyClosed: as their messages say.
    """
    study = check.study
    require_edit(by, study)
    fresh = EditCheck.objects.get(pk=check.pk)
    before = fresh.form
    for name, value in values.items():
        setattr(fresh, name, value)
    _check(fresh)
    row = change_row(
        check, values, action="edit_check.edit", study=study, by=by, reason=reason, seen=seen
    )
    _tell(study, {before, row.form})
    return row


@transaction.atomic
def remove_check(
    *, check: EditCheck, by: Actor, reason: str = "", seen: Seen | None = None
) -> None:
    """Check it no longer; its queries close themselves.

    Raises:
        ReasonMissing, ChangedMeanwhile, NotAllowed, StudyClosed: as their messages say.
    """
    study, form = check.study, check.form
    require_edit(by, study)
    remove_row(check, action="edit_check.remove", study=study, by=by, reason=reason, seen=seen)
    _tell(study, {form})


def places_of(study: Study) -> list[tuple[str, list[tuple[str, str]]]]:
    """What checks can be about: the forms that are asked, each with its questions by place."""
    found = []
    for row in Assignment.objects.asked().filter(study=study).select_related("instrument"):
        form = _form_of(row)
        questions = form.questions if form is not None else []
        named = [
            (f"{row.code}/{item.name}", item.labels.get(form.default_language) or item.name)
            for item in questions
            if form is not None and item.type != "note"
        ]
        if named:
            found.append((row.instrument.title, named))
    return found


def _tell(study: Study, forms: set[str]) -> None:
    checks_changed.send(sender=EditCheck, study=study, forms=forms)


def _check(row: EditCheck) -> None:
    """A form that is not asked yet, as in a protocol file, is judged once it is."""
    problem = readable(row.when)
    form = None if problem else _definition(row)
    problem = problem or (problem_with(form, row.when) if form is not None else "")
    problems = {"when": problem} if problem else {}
    if row.place and not row.question:
        problems["place"] = "Name the form and the question, such as skin/itch."
    elif row.place and form is not None and not _asks(form, row.question):
        problems["place"] = f"The form {row.form} has no question “{row.question}”."
    if problems:
        raise invalid("Nothing was saved yet.", problems)


def _asks(form: Definition, name: str) -> bool:
    return any(item.name == name and item.type != "note" for item in form.questions)


def _definition(row: EditCheck) -> Definition | None:
    if not row.place:
        return visit_form()
    asked = Assignment.objects.filter(study=row.study, code=row.form).first()
    return _form_of(asked) if asked is not None else None


def _form_of(asked: Assignment) -> Definition | None:
    versions = InstrumentVersion.objects.filter(instrument=asked.instrument_id, state="published")
    version = versions.first()
    return version.form if version is not None else None
