"""The visits of the protocol.

From the first participant's code on, which visits there are, on which days, with which windows and
views, is fixed: everyone in a study is seen alike, and a visit planned for one person is never
moved by an edit made for another. Names and instructions can still be worded better. Another
schedule is another version of the protocol: an amendment (``studies.amendments``).
"""

from collections.abc import Iterable
from typing import Any

from studies.platform.actors import Actor
from studies.platform.errors import Invalid
from studies.protocol.errors import ScheduleFixed
from studies.protocol.models import VIEWS, VisitDefinition
from studies.protocol.services.changes import differing
from studies.protocol.services.parts import Part, Values

WORDS = {"name", "instructions", "translations"}


def _fits(visit: VisitDefinition, values: Values) -> None:
    _still_open(visit)
    _check(visit)


def _may_change(visit: VisitDefinition, values: Values) -> None:
    changed = differing(visit, values)
    if set(changed) - WORDS:
        _still_open(visit)
    for name in changed:
        setattr(visit, name, values[name])
    _check(visit)


def _still_open(visit: VisitDefinition) -> None:
    if visit.study.has_participants():
        raise ScheduleFixed(
            "Participants follow this schedule already, so visits, days, windows and views stay "
            "as they are; names and instructions can be changed. Nothing was changed. "
            "Another schedule is drafted as an amendment."
        )


def _check(visit: VisitDefinition) -> None:
    check_schedule(visit, visit.study.visit_definitions.exclude(pk=visit.pk))


def check_schedule(visit: VisitDefinition, others: Iterable[VisitDefinition]) -> None:
    """Refuse a visit without views, or one that has no place among ``others``.

    Raises:
        Invalid: the views, or windows that overlap.
    """
    views = visit.views
    if not views or len(set(views)) != len(views) or not set(views) <= set(VIEWS):
        message = "Choose one view at least, each once: front, left, right."
        raise Invalid(message, detail={"fields": {"views": [message]}})
    for other in others:
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


VISITS = Part(
    VisitDefinition,
    "visit_definition",
    adding=_fits,
    changing=_may_change,
    removing=_still_open,
)
add_visit = VISITS.add


def edit_visit(
    *, visit: VisitDefinition, by: Actor, reason: str = "", **values: Any
) -> VisitDefinition:
    """Change a visit; once participants have codes, only its words (``ScheduleFixed``)."""
    return VISITS.edit(visit, by=by, reason=reason, **values)


def remove_visit(*, visit: VisitDefinition, by: Actor, reason: str = "") -> None:
    """Take a visit out of the schedule before anyone takes part (``ScheduleFixed``)."""
    VISITS.remove(visit, by=by, reason=reason)
