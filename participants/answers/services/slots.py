"""Which forms there are for a participant: at visits, on days, as needed; answered or not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from participants.answers.errors import FormNotAsked, FormNotOpen
from participants.answers.models import COUNTED, Submission
from participants.people.models import Participant
from participants.visits import services as visits
from participants.visits.models import Visit
from participants.words import dates
from studies.assignments.models import Assignment
from studies.instruments.models import InstrumentVersion

MOST_DAYS = 3660  # of a diary without an end: ten years


@dataclass(frozen=True)
class Slot:
    """A form to be filled in, or filled: an assignment at a visit, of a day, or by a number.

    ``version`` is the one it was begun in, else the one published now. ``opens_on`` and
    ``closes_on`` are both inclusive, in the zone of the participant's site; ``None`` where the form
    is asked as needed.
    """

    participant: Participant
    assignment: Assignment
    version: InstrumentVersion
    visit: Visit | None = None
    day: date | None = None
    number: int = 1
    opens_on: date | None = None
    closes_on: date | None = None
    submission: Submission | None = None

    @property
    def place(self) -> str:
        """What tells it from the other forms of its assignment, in an address: the visit's code,
        the day (ISO) or the number."""
        if self.visit is not None:
            return self.visit.definition.code
        return self.day.isoformat() if self.day is not None else str(self.number)

    @property
    def answered(self) -> bool:
        """Whether answers that count are there."""
        return self.submission is not None and self.submission.state in COUNTED

    def open_on(self, on: date) -> bool:
        """Whether a participant may fill it in on the day ``on``."""
        if self.visit is not None and self.visit.state == Visit.State.CANCELLED:
            return False
        return (self.opens_on is None or self.opens_on <= on) and (
            self.closes_on is None or on <= self.closes_on
        )

    def missed_on(self, on: date) -> bool:
        """Whether its days are over and nothing was answered."""
        return not self.answered and self.closes_on is not None and self.closes_on < on


def slots_of(
    participant: Participant, *, until: date | None = None, filled_by: str = ""
) -> list[Slot]:
    """Every form of ``participant`` that is asked up to ``until`` (today), or was answered.

    Those of visits come whatever their day. Of what is asked as needed there are those begun; the
    next one is ``next_slot``.
    """
    on = until or visits.today(participant)
    rows = Assignment.objects.filter(study=participant.study_id)
    if filled_by:
        rows = rows.filter(filled_by=filled_by)
    assignments = list(rows.select_related("instrument").order_by("position", "code"))
    versions = published({row.instrument_id for row in assignments})
    there = _submissions(participant)
    found: list[Slot] = []
    for assignment in assignments:
        mine = [row for row in there if row.assignment_id == assignment.pk]
        found += _of(participant, assignment, versions.get(assignment.instrument_id), mine, on)
    return found


def forms_of_visit(visit: Visit, *, filled_by: str = "") -> list[Slot]:
    """The forms that are asked at ``visit``, in their order."""
    every = slots_of(visit.participant, filled_by=filled_by)
    return [slot for slot in every if slot.visit is not None and slot.visit.pk == visit.pk]


def open_slots(participant: Participant, on: date, *, filled_by: str = "") -> list[Slot]:
    """What waits to be filled in on the day ``on``: open, and nothing submitted yet."""
    if participant.state != Participant.State.ENROLLED:
        return []
    return [
        slot
        for slot in slots_of(participant, until=on, filled_by=filled_by)
        if not slot.answered and slot.open_on(on) and not _struck(slot)
    ]


def _struck(slot: Slot) -> bool:
    return slot.submission is not None and slot.submission.state == Submission.State.STRUCK


def find_slot(participant: Participant, assignment: Assignment, place: str) -> Slot:
    """The form of ``assignment`` at ``place`` (``Slot.place``; empty: the next one as needed).

    Raises:
        FormNotAsked: there is none, or no version of it is published.
    """
    if assignment.timing == Assignment.Timing.AS_NEEDED and place in {"", "another"}:
        return next_slot(participant, assignment)
    on = visits.today(participant) + timedelta(days=MOST_DAYS if place else 0)
    mine = [row for row in _submissions(participant) if row.assignment_id == assignment.pk]
    version = published({assignment.instrument_id}).get(assignment.instrument_id)
    for slot in _of(participant, assignment, version, mine, on):
        if slot.place == place:
            return slot
    raise FormNotAsked(_("This questionnaire is not asked here. Please go back to the start."))


def next_slot(participant: Participant, assignment: Assignment) -> Slot:
    """One more of what is asked as needed.

    Raises:
        FormNotAsked: it is asked otherwise, no longer, or no version of it is published.
    """
    version = published({assignment.instrument_id}).get(assignment.instrument_id)
    as_needed = assignment.timing == Assignment.Timing.AS_NEEDED
    if version is None or not as_needed or assignment.ended_at is not None:
        raise FormNotAsked(_("This questionnaire is not asked here. Please go back to the start."))
    numbers = participant.submissions.filter(assignment=assignment).order_by("-number")
    last = numbers.values_list("number", flat=True).first() or 0
    return Slot(participant, assignment, version, number=last + 1)


def require_open(slot: Slot, on: date) -> None:
    """Refuse unless a participant may fill in ``slot`` on the day ``on``.

    Raises:
        FormNotOpen: with the days on which it is.
    """
    if slot.open_on(on):
        return
    if slot.visit is not None and slot.visit.state == Visit.State.CANCELLED:
        raise FormNotOpen(_("This visit was cancelled, so nothing is asked for it."))
    days = {
        "first": dates.full(slot.opens_on) if slot.opens_on else "",
        "last": dates.full(slot.closes_on) if slot.closes_on else "",
    }
    raise FormNotOpen(
        _("This questionnaire can be filled in from %(first)s to %(last)s. Nothing was sent.")
        % days
    )


def require_reached(slot: Slot, on: date) -> None:
    """Refuse staff before the form's first day, and at a cancelled visit; late is possible.

    Raises:
        FormNotOpen: with which of them it is.
    """
    if slot.visit is not None and slot.visit.state == Visit.State.CANCELLED:
        require_open(slot, on)
    if slot.opens_on is not None and on < slot.opens_on:
        require_open(slot, on)


def missing_forms(visit: Visit) -> list[str]:
    """Codes of the assignments without whose answers ``visit`` is not complete, and that lack.

    A visit that was complete before a form was assigned stays so: nobody was asked it then.
    """
    if not Assignment.objects.filter(study=visit.participant.study_id, required=True).exists():
        return []
    was_complete = visit.state == Visit.State.COMPLETE
    return [
        slot.assignment.code
        for slot in forms_of_visit(visit)
        if slot.assignment.required
        and slot.assignment.ended_at is None
        and not slot.answered
        and not (was_complete and slot.submission is None)
    ]


def slot_of(row: Submission) -> Slot:
    """The slot of a form that was begun."""
    return Slot(
        row.participant,
        row.assignment,
        row.version,
        visit=row.visit,
        day=row.day,
        number=row.number,
        submission=row,
    )


def published(instruments: Iterable[int]) -> dict[int, InstrumentVersion]:
    """The published version of each of ``instruments`` (keys), where there is one."""
    rows = InstrumentVersion.objects.filter(
        instrument__in=instruments, state=InstrumentVersion.State.PUBLISHED
    )
    return {row.instrument_id: row for row in rows.select_related("instrument__study")}


def _submissions(participant: Participant) -> list[Submission]:
    rows = participant.submissions.select_related(
        "version__instrument__study", "visit__definition", "assignment__instrument"
    )
    return list(rows)


def _of(
    participant: Participant,
    assignment: Assignment,
    version: InstrumentVersion | None,
    there: list[Submission],
    on: date,
) -> Iterator[Slot]:
    for row in there:
        row.participant = participant
    if assignment.timing == Assignment.Timing.VISITS:
        yield from _at_visits(participant, assignment, version, there)
    elif assignment.timing == Assignment.Timing.DAYS:
        yield from _on_days(participant, assignment, version, there, on)
    else:
        for row in there:
            yield Slot(participant, assignment, row.version, number=row.number, submission=row)


def _at_visits(
    participant: Participant,
    assignment: Assignment,
    version: InstrumentVersion | None,
    there: list[Submission],
) -> Iterator[Slot]:
    by_visit = {row.visit_id: row for row in there}
    asked = set(assignment.visits) if assignment.ended_at is None else set()
    rows = participant.visits.select_related("definition").order_by("scheduled_on", "pk")
    for visit in rows:
        row = by_visit.get(visit.pk)
        form = row.version if row else version
        if form is None or (row is None and visit.definition.code not in asked):
            continue
        if row is None and _closed_before(assignment, participant, visit.closes_on):
            continue
        visit.participant = participant
        yield Slot(
            participant,
            assignment,
            form,
            visit=visit,
            opens_on=visit.opens_on,
            closes_on=visit.closes_on,
            submission=row,
        )


def _closed_before(assignment: Assignment, participant: Participant, last: date) -> bool:
    """Whether a participant had no day left to answer when it was assigned; staff enter late."""
    if assignment.filled_by == Assignment.FilledBy.STAFF:
        return False
    return last < assignment.assigned_at.astimezone(participant.zone).date()


def _on_days(
    participant: Participant,
    assignment: Assignment,
    version: InstrumentVersion | None,
    there: list[Submission],
    on: date,
) -> Iterator[Slot]:
    by_day = {row.day: row for row in there}
    asked = {
        day
        for day in days_asked(assignment, participant.enrolled_on, on)
        if not _closed_before(assignment, participant, day + timedelta(days=assignment.open_days))
    }
    for day in sorted({day for day in by_day if day is not None} | asked):
        row = by_day.get(day)
        form = row.version if row else version
        if form is not None:
            yield Slot(
                participant,
                assignment,
                form,
                day=day,
                opens_on=day,
                closes_on=day + timedelta(days=assignment.open_days),
                submission=row,
            )


def days_asked(assignment: Assignment, day_0: date | None, until: date) -> Iterator[date]:
    """The days from ``day_0`` up to ``until`` on which ``assignment`` is asked."""
    if day_0 is None or assignment.first_day is None or assignment.ended_at is not None:
        return
    last = min(assignment.last_day if assignment.last_day is not None else MOST_DAYS, MOST_DAYS)
    last = min(last, (until - day_0).days)
    for number in range(assignment.first_day, last + 1, assignment.every):
        yield day_0 + timedelta(days=number)
