"""That somebody has read on their own page which photo is wanted again: then nothing is sent."""

from collections.abc import Iterable

from django.utils import timezone

from participants.capture.models import Photo
from participants.messaging.models import RetakeSeen


def note_seen(photos: Iterable[Photo | None]) -> None:
    """Note which of these photos were just shown to the participant as turned down."""
    shown = [photo for photo in photos if photo and photo.state == Photo.State.RETAKE_WANTED]
    if not shown:
        return
    known = set(RetakeSeen.objects.filter(photo__in=shown).values_list("photo_id", flat=True))
    new = [
        RetakeSeen(photo=shown_photo, at=timezone.now())
        for shown_photo in shown
        if shown_photo.pk not in known
    ]
    RetakeSeen.objects.bulk_create(new, ignore_conflicts=True)
