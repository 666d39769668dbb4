"""A participant's forms as a list: what waits, what was answered, what can be added."""

from dataclasses import dataclass, field
from datetime import date

from participants.answers.models import Submission
from participants.answers.services.slots import Slot, forms_of_visit, published, slots_of
from participants.people.models import Participant
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.assignments.models import Assignment


@dataclass(frozen=True)
class Entry:
    """A form with how it stands: ``open``, ``draft``, ``later``, ``missed``, or as submitted."""

    slot: Slot
    standing: str

    @property
    def words(self) -> str:
        return _WORDS[self.standing]

    @property
    def look(self) -> str:
        """The state whose colour it has."""
        return _LOOKS.get(self.standing, self.standing)


_WORDS = {
    "open": "open",
    "draft": "draft",
    "later": "not open yet",
    "missed": "not answered",
    "cancelled": "visit cancelled",
    "submitted": "submitted",
    "corrected": "corrected",
    "struck": "struck through",
}


_LOOKS = {"open": "due", "draft": "in_progress", "submitted": "done", "corrected": "done"}


@dataclass(frozen=True)
class Group:
    """The forms of one assignment; ``more``: another one can be added."""

    assignment: Assignment
    title: str
    entries: list[Entry] = field(default_factory=list)
    more: bool = False

    @property
    def waiting(self) -> int:
        """How many can be filled in now."""
        return sum(entry.standing in {"open", "draft"} for entry in self.entries)

    @property
    def done(self) -> int:
        return sum(entry.standing in {"submitted", "corrected"} for entry in self.entries)


def listed(participant: Participant) -> list[Group]:
    """Every assignment that asks something of ``participant``, or did."""
    on = visits.today(participant)
    rows = Assignment.objects.filter(study=participant.study_id).select_related("instrument")
    assignments = list(rows)
    forms = published({row.instrument_id for row in assignments})
    enrolled = participant.state == Participant.State.ENROLLED
    groups = {
        row.pk: Group(
            row,
            row.instrument.title,
            more=enrolled
            and row.timing == Assignment.Timing.AS_NEEDED
            and row.ended_at is None
            and row.instrument_id in forms,
        )
        for row in assignments
    }
    for slot in slots_of(participant, until=on):
        groups[slot.assignment.pk].entries.append(Entry(slot, standing_of(slot, on)))
    return [group for group in groups.values() if group.entries or group.more]


def asked_at(visit: Visit) -> list[Entry]:
    """The forms that ``visit`` asks for, or that were filled in there, with how they stand."""
    on = visits.today(visit.participant)
    return [Entry(slot, standing_of(slot, on)) for slot in forms_of_visit(visit)]


def standing_of(slot: Slot, on: date) -> str:
    """How a form stands on the day ``on``."""
    row = slot.submission
    if row is not None and row.state != Submission.State.DRAFT:
        return row.state
    if slot.visit is not None and slot.visit.state == Visit.State.CANCELLED:
        return "cancelled"
    if row is not None:
        return "draft"
    if slot.opens_on is not None and slot.opens_on > on:
        return "later"
    return "missed" if slot.missed_on(on) else "open"
