"""What a version of the protocol makes of one participant's visits: counted first, then done.

The preview and the act share ``steps``, so that what was shown is what happens.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from participants.visits.days import window_of
from participants.visits.models import Visit
from studies.protocol.models import VisitDefinition

WORDING = ("name", "day_offset", "window_before", "window_after", "views", "instructions")
_TO_COME = (Visit.State.SCHEDULED, Visit.State.DUE)


class What(StrEnum):
    """What becomes of one visit."""

    NEW = "new"  # planned
    PAST = "past"  # its window is over already: not planned
    CHANGED = "changed"  # follows the new wording
    KEPT = "kept"  # open, begun, made, missed, or too late for the new days: stays as it is
    DROPPED = "dropped"  # to come, and cancelled
    SAME = "same"  # to come, and the same in both


@dataclass(frozen=True)
class Step:
    """One visit of one participant; ``visit`` where there is one, ``definition`` as it is to be."""

    what: What
    code: str
    visit: Visit | None
    definition: VisitDefinition | None


def steps(
    visits: Iterable[Visit], schedule: Sequence[VisitDefinition], *, day_0: date, on: date
) -> list[Step]:
    """What ``schedule`` makes of ``visits``, with their definitions, from the day ``on``.

    Only visits whose window has not opened by then follow it.
    """
    wanted = {row.code: row for row in schedule}
    taken = []
    there = set()
    for visit in visits:
        if visit.definition.unscheduled:
            continue
        code = visit.definition.code
        there.add(code)
        if visit.state == Visit.State.CANCELLED:
            continue
        taken.append(
            Step(_becomes(visit, wanted.get(code), day_0, on), code, visit, wanted.get(code))
        )
    for row in schedule:
        if row.code not in there:
            over = window_of(row, day_0)[2] < on
            taken.append(Step(What.PAST if over else What.NEW, row.code, None, row))
    return taken


def _becomes(visit: Visit, row: VisitDefinition | None, day_0: date, on: date) -> What:
    differs = row is None or any(
        getattr(row, name) != getattr(visit.definition, name) for name in WORDING
    )
    if visit.state not in _TO_COME or visit.opens_on <= on:
        return What.KEPT if differs else What.SAME
    if row is None:
        return What.DROPPED
    if not differs:
        return What.SAME
    too_late = not visit.is_moved and window_of(row, day_0)[2] < on
    return What.KEPT if too_late else What.CHANGED
