"""What happened to readers and photos of a reading study, beside its figures; always of now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from inference.reading.models import Case, ReadingStudy, Seat
from inference.results.services.methods import counted
from participants.capture.models import Photo
from participants.people.models import Participant
from studies.record.models import AuditEvent


@dataclass(frozen=True)
class Closing:
    """When and by whom reading was closed, and why before its end."""

    at: datetime | None
    by: str
    reason: str


def closing_of(study: ReadingStudy) -> Closing:
    """As the audit trail tells it."""
    event = AuditEvent.objects.filter(
        study_code=study.study.code, action="reading.close", object_id=str(study.pk)
    ).first()
    return Closing(study.closed_at, event.actor_label if event else "", study.closing_reason)


def notes_of(study: ReadingStudy) -> list[str]:
    """Sentences about what would change how the figures are read; empty when nothing happened."""
    return [*_of_readers(study), *_of_photos(study)]


def _of_readers(study: ReadingStudy) -> list[str]:
    left = study.seats.exclude(removed_at=None).filter(role=Seat.Role.READER)
    notes = []
    for seat in left:
        read = seat.turns.filter(state="read", case__use=Case.Use.MAIN, is_repeat=False).count()
        why = f" ({seat.removed_because})" if seat.removed_because else ""
        notes.append(
            f"{seat.name} left before the end{why}; {counted(read, 'case')} they graded count."
        )
    unread = study.seats.filter(role=Seat.Role.READER, turns__dropped_because="study closed")
    notes += [
        f"{seat.name} had not read every case when reading closed."
        for seat in unread.distinct().order_by("number")
    ]
    return notes


def _of_photos(study: ReadingStudy) -> list[str]:
    cases = study.cases.filter(use=Case.Use.MAIN)
    whose = "second" if study.shown == ReadingStudy.Shown.PAIRS else "photo"
    there = cases.exclude(photo=None)
    turned_down = (Photo.State.EXCLUDED, Photo.State.RETAKE_WANTED, Photo.State.REPLACED)
    moved = ~Q(**{f"{whose}__visit__participant": F("participant")}) | ~Q(
        **{f"{whose}__visit__definition__code": F("visit")}
    )
    told = (
        (cases.filter(photo=None),
         "was erased since it was read; its grades stay, coded, without the photo",
         "were erased since they were read; their grades stay, coded, without the photos"),
        (there.filter(photo__state__in=turned_down),
         "was turned down since it was read; its grades count all the same",
         "were turned down since they were read; their grades count all the same"),
        (there.exclude(**{whose: None}).filter(moved),
         "was moved to another participant or visit since; it counts where it was read",
         "were moved to another participant or visit since; they count where they were read"),
        (there.filter(photo__kept_out=True),
         "is kept out because its file is damaged or its row was edited",
         "are kept out because their files are damaged or their rows were edited"),
        (cases.filter(participant__data_use=Participant.DataUse.RESTRICTED),
         "is of a participant whose data are locked, and is left out",
         "are of participants whose data are locked, and are left out"),
    )  # fmt: skip
    notes = []
    for rows, one, many in told:
        number = rows.count()
        if number:
            notes.append(f"{counted(number, 'case')}: {'it' if number == 1 else 'they'} "
                         f"{one if number == 1 else many}.")  # fmt: skip
    return notes
