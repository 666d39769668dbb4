"""Notes on photos are in the participant's own copy of their data."""

from typing import Any

from django.dispatch import receiver

from participants.people.models import Participant
from participants.people.signals import participant_described
from participants.photo_notes.models import PhotoNote
from participants.privacy.services.my_data import Made


@receiver(participant_described, dispatch_uid="photo_notes.describe")
def describe(participant: Participant, **extra: Any) -> Made:
    """What was noted on somebody's photos; by whom says a role of the site, no name."""
    notes = PhotoNote.objects.filter(photo__visit__participant=participant)
    rows = [
        {
            "visit": note.photo.visit.definition.code,
            "view": note.photo.view,
            "region": note.region,
            "at": note.at.isoformat(),
            "text": note.text,
            "struck_at": note.struck_at.isoformat() if note.struck_at else None,
            "struck_reason": note.struck_reason,
        }
        for note in notes.select_related("photo__visit__definition").order_by("at", "pk")
    ]
    return Made(counts={}, rows={"photo_notes": rows})
