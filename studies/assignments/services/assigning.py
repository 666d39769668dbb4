"""Putting instruments into the protocol: assigned, changed, asked no longer."""

from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from studies.assignments.errors import AssignmentFixed
from studies.assignments.models import Assignment
from studies.assignments.roles import require_role
from studies.assignments.signals import answers_asked
from studies.instruments.models import InstrumentVersion
from studies.platform.actors import Actor
from studies.platform.errors import invalid
from studies.platform.seen import Seen
from studies.protocol.models import Study
from studies.protocol.services.changes import (
    add_row,
    change_row,
    differing,
    remove_row,
    require_edit,
    require_reason,
    values_of,
)
from studies.record import services as audit
from studies.record.unchanged import require_unchanged

# What makes an assignment the one that was answered.
IDENTITY: Final = ("code", "instrument", "timing", "role")


def assign(*, study: Study, by: Actor, reason: str = "", **values: Any) -> Assignment:
    """Ask an instrument of the study's participants; ``values`` are those of ``Assignment``.

    Raises:
        Invalid: nothing of it is published, a visit is none of the schedule's, or days are wrong.
        ReasonMissing: the study is under way and no reason was given.
        NotAllowed, StudyClosed: as their messages say.
    """
    require_edit(by, study)
    row = Assignment(study=study, **values)
    _check(row)
    return add_row(row, action="assignment.add", study=study, by=by, reason=reason)


def change_assignment(
    *,
    assignment: Assignment,
    by: Actor,
    reason: str = "",
    seen: Seen | None = None,
    **values: Any,
) -> Assignment:
    """Ask it otherwise from now on; forms that were begun stay.

    Raises:
        AssignmentFixed: answers are there, and its code, form, timing or role would change.
        ChangedMeanwhile, Invalid, ReasonMissing, NotAllowed, StudyClosed: as their messages say.
    """
    study = assignment.study
    require_edit(by, study)
    with transaction.atomic():
        row = Assignment.objects.select_for_update().get(pk=assignment.pk)
        changed = differing(row, values)
        if set(changed) & set(IDENTITY) and answered(row):
            raise AssignmentFixed(
                "Answers were given to it, so its code, form, timing and role stay as they are. "
                "Nothing was changed. End this one and assign the form anew."
            )
        for name in changed:
            setattr(row, name, values[name])
        _check(row)
        return change_row(
            assignment,
            values,
            action="assignment.edit",
            study=study,
            by=by,
            reason=reason,
            seen=seen,
        )


def end_assignment(
    *, assignment: Assignment, by: Actor, reason: str = "", seen: Seen | None = None
) -> None:
    """Ask it of nobody any more; one that nobody has answered is removed.

    Raises:
        ReasonMissing: the study is under way and no reason was given.
        ChangedMeanwhile, NotAllowed, StudyClosed: as their messages say.
    """
    study = assignment.study
    require_edit(by, study)
    if not answered(assignment):
        remove_row(
            assignment,
            action="assignment.remove",
            study=study,
            by=by,
            reason=reason,
            seen=seen,
        )
        return
    with transaction.atomic():
        row = Assignment.objects.select_for_update().get(pk=assignment.pk)
        acts = ["assignment.edit", "assignment.end"]
        require_unchanged(seen, values_of(row), study=study.code, actions=acts, target=row)
        require_reason(study, reason)
        if row.ended_at is not None:
            return
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
        audit.record(
            by=by,
            action="assignment.end",
            target=row,
            study=study.code,
            new={"code": row.code},
            reason=reason,
        )


def answered(assignment: Assignment) -> bool:
    """Whether there is any answer to it, a draft included."""
    told = answers_asked.send(sender=Assignment, assignment=assignment)
    return any(number for _receiver, number in told)


def _check(row: Assignment) -> None:
    problems = {**_wrong_form(row), **_wrong_visits(row), **_wrong_days(row)}
    if row.required and row.timing != Assignment.Timing.VISITS:
        problems["required"] = "Only what is asked at visits can be required for one."
    if problems:
        raise invalid("Nothing was saved yet.", problems)
    require_role(row)


def _wrong_form(row: Assignment) -> dict[str, str]:
    versions = row.instrument.versions.filter(state=InstrumentVersion.State.PUBLISHED)
    if row.instrument.study_id != row.study_id or not versions.exists():
        return {"instrument": "Choose a form of this study of which a version is published."}
    return {}


def _wrong_visits(row: Assignment) -> dict[str, str]:
    if row.timing != Assignment.Timing.VISITS:
        return {"visits": "Only what is asked at visits has visits."} if row.visits else {}
    known = set(row.study.visit_definitions.values_list("code", flat=True))
    strange = [code for code in row.visits if code not in known]
    if not row.visits:
        return {"visits": "Choose one visit at least."}
    if strange:
        return {"visits": f"The schedule has no visit “{strange[0]}”."}
    return {}


def _wrong_days(row: Assignment) -> dict[str, str]:
    if row.timing != Assignment.Timing.DAYS:
        return {}
    if row.first_day is None:
        return {"first_day": "Say on which day it begins; day 0 is enrolment."}
    if row.last_day is not None and row.last_day < row.first_day:
        return {"last_day": "The last day lies before the first."}
    if row.every > 1 and row.open_days >= row.every:
        return {"open_days": "The next one would be asked before this one is over."}
    return {}
