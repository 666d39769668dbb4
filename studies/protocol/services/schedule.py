"""The visits of the protocol.

From the first participant's code on, which visits there are, on which days, with which windows and
views, is fixed: everyone in a study is seen alike, and a visit planned for one person is never
moved by an edit made for another. Names and instructions can still be worded better. A different
schedule is a different study: ``dump_study``, edit, ``load_study`` under a new code.
"""

from typing import Any

from studies.platform.actors import Actor
from studies.platform.errors import Invalid
from studies.protocol.errors import ScheduleFixed
from studies.protocol.models import VIEWS, Study, VisitDefinition
from studies.protocol.services.changes import (
    add_row,
    change_row,
    differing,
    remove_row,
    require_edit,
)

WORDS = {"name", "instructions", "translations"}


def add_visit(*, study: Study, by: Actor, reason: str = "", **values: Any) -> VisitDefinition:
    """Add a visit to the schedule.

    Raises:
        ScheduleFixed: a participant has a code.
        NotAllowed, StudyClosed, Invalid: as their messages say.
    """
    require_edit(by, study)
    _require_open(study)
    row = VisitDefinition(study=study, **values)
    _check(row)
    return add_row(row, action="visit_definition.add", study=study, by=by, reason=reason)


def edit_visit(
    *, visit: VisitDefinition, by: Actor, reason: str = "", **values: Any
) -> VisitDefinition:
    """Change a visit of the schedule; once participants have codes, only its words.

    Raises:
        ScheduleFixed: more than words, and a participant has a code.
        NotAllowed, StudyClosed, ReasonMissing, Invalid: as their messages say.
    """
    study = visit.study
    require_edit(by, study)
    current = VisitDefinition.objects.get(pk=visit.pk)
    changed = differing(current, values)
    if set(changed) - WORDS:
        _require_open(study)
    for name in changed:
        setattr(current, name, values[name])
    _check(current)
    return change_row(
        visit, values, action="visit_definition.edit", study=study, by=by, reason=reason
    )


def remove_visit(*, visit: VisitDefinition, by: Actor, reason: str = "") -> None:
    """Take a visit out of the schedule.

    Raises:
        ScheduleFixed: a participant has a code.
        NotAllowed, StudyClosed, ReasonMissing: as their messages say.
    """
    study = visit.study
    require_edit(by, study)
    _require_open(study)
    remove_row(visit, action="visit_definition.remove", study=study, by=by, reason=reason)


def _require_open(study: Study) -> None:
    if study.has_participants():
        raise ScheduleFixed(
            "Participants follow this schedule already, so visits, days, windows and views stay "
            "as they are; names and instructions can be changed. Nothing was changed. "
            "For another schedule, make a new study from this one's protocol file."
        )


def _check(visit: VisitDefinition) -> None:
    views = visit.views
    if not views or len(set(views)) != len(views) or not set(views) <= set(VIEWS):
        message = "Choose one view at least, each once: front, left, right."
        raise Invalid(message, detail={"fields": {"views": [message]}})
    for other in visit.study.visit_definitions.exclude(pk=visit.pk):
        if _opens(visit) <= _closes(other) and _opens(other) <= _closes(visit):
            message = (
                f"The window (day {_opens(visit)} to {_closes(visit)}) overlaps with that of "
                f"{other.name} (day {_opens(other)} to {_closes(other)}): on such a day nobody "
                "could tell which visit a photo belongs to."
            )
            raise Invalid(message, detail={"fields": {"window_after": [message]}})


def _opens(visit: VisitDefinition) -> int:
    return visit.day_offset - visit.window_before


def _closes(visit: VisitDefinition) -> int:
    return visit.day_offset + visit.window_after
