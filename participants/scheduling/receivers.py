"""Scheduling listens to people."""

from typing import Any

from django.dispatch import receiver

from participants.people.models import Participant
from participants.people.signals import participant_described, participant_erasing
from participants.privacy.services.my_data import Made
from participants.scheduling.models import Note


@receiver(participant_erasing, dispatch_uid="scheduling.remove_notes")
def remove_notes(participant: Participant, **extra: Any) -> None:
    """What was written about somebody goes with everything else."""
    Note.objects.filter(participant=participant).delete()


@receiver(participant_described, dispatch_uid="scheduling.describe")
def describe(participant: Participant, **extra: Any) -> Made:
    """The notes about somebody are in their own copy: by whom says a role of the site, no name."""
    notes = Note.objects.filter(participant=participant).select_related("visit__definition")
    rows = [
        {
            "visit": note.visit.definition.code if note.visit else "",
            "at": note.at.isoformat(),
            "text": note.text,
            "struck_at": note.struck_at.isoformat() if note.struck_at else None,
            "struck_reason": note.struck_reason,
        }
        for note in notes
    ]
    return Made(counts={}, rows={"notes": rows})
