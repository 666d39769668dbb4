"""Erasing one photo: the wrong person's, or one that should never have been taken."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from django.db import transaction

from participants.capture.models import Photo, PhotoCheck
from participants.capture.services import progress
from participants.capture.services.accepting import record_photo
from participants.capture.services.retakes import can_be_retaken
from participants.capture.signals import photo_busy, photos_erasing
from participants.correcting.services.common import begin
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.backup.services.damage import forget_photos
from studies.backup.services.erasures import note_erased
from studies.backup.signals import ErasedPhoto
from studies.platform import storage
from studies.platform.actors import SYSTEM, Actor
from studies.platform.errors import StateRefused
from studies.platform.work import WorkState
from studies.record.models import AuditEvent
from studies.record.services import edited

REASON = "A backup was restored that is older than the erasure."
_FILES = ("original_file", "upright_file", "thumbnail_file", "landmarks_file")


def erase_photo(*, photo: Photo, reason: str, by: Actor) -> Visit:
    """Remove ``photo`` with its files, runs, scores and maps; the event and its hash stay.

    What was taken out before holds its numbers, and backups hold the photo until they are
    overwritten; a restore erases it again. A visit that can still be made asks for the view again;
    one that cannot stays as it is. Interrupted, it is done again by whoever presses the button
    again.

    Raises:
        NotAllowed, ReasonMissing, Invalid: see ``begin``.
        StateRefused: a worker is at it, or the participant is erased.
    """
    participant = photo.visit.participant
    with transaction.atomic():
        _, reason = begin(participant=participant, reason=reason, by=by)
        require_at_rest(photo)
        # A worker that has not begun does not begin any more.
        PhotoCheck.objects.filter(photo=photo, state=WorkState.QUEUED).delete()
    return _erase(photo, reason, by)


def erase_photos_again(photos: Iterable[ErasedPhoto]) -> int:
    """Erase again what a restored backup brought back; returns how many were there.

    Nobody works on a photo while a backup is restored. Done twice, it does nothing more.
    """
    number = 0
    for each in photos:
        rows = Photo.objects.filter(pk=each.photo)
        photo = rows.select_related("visit__participant__study", "visit__definition").first()
        if photo is not None:
            if photo.visit.participant.study.code != each.study:
                continue
            PhotoCheck.objects.filter(photo=photo).delete()
            _erase(photo, REASON, SYSTEM)
        # Files may be older than the rows, where both were not restored together.
        left = sum(storage.remove_owner(kind, each.photo) for kind in storage.kinds())
        number += photo is not None or left > 0
    return number


def erased_photos() -> list[ErasedPhoto]:
    """Every photo that the record knows to have been erased alone."""
    events = AuditEvent.objects.filter(action="photo.erase").exclude(object_id="")
    erased = events.values_list("study_code", "object_id").order_by("study_code", "object_id")
    return [ErasedPhoto(study, photo) for study, photo in erased.distinct()]


def _erase(photo: Photo, reason: str, by: Actor) -> Visit:
    participant = photo.visit.participant
    photos_erasing.send(sender=Photo, photos=[str(photo.pk)])
    for name in filter(None, (getattr(photo, column) for column in _FILES)):
        storage.private_storage().delete(name)
        storage.remove_owner(PurePosixPath(name).parts[0], str(photo.pk))
    erased = ErasedPhoto(participant.study.code, str(photo.pk))
    with transaction.atomic():
        Participant.objects.select_for_update().get(pk=participant.pk)
        locked = Photo.objects.select_for_update().filter(pk=photo.pk).first()
        if locked is None:  # somebody else was as fast
            return photo.visit
        again, old = can_be_retaken(photo.visit), {"state": locked.state}
        gone = {"sha256": locked.sha256}
        record_photo(photo, "photo.erase", by=by, old=old, new=gone, reason=reason)
        locked.delete()
        visit = progress.note_photo(photo.visit, by=by) if again else photo.visit
    forget_photos([str(photo.pk)])
    edited.forget(photo=str(photo.pk))
    note_erased(erased)
    return visit


def require_at_rest(photo: Photo) -> None:
    """Refuse while a worker makes something of it, which would stay behind.

    Raises:
        StateRefused: one does.
    """
    checking = PhotoCheck.objects.filter(photo=photo, state=WorkState.RUNNING).exists()
    answers: list[tuple[Any, Any]] = photo_busy.send(sender=Photo, photo=photo)
    if checking or any(busy for _, busy in answers):
        raise StateRefused(
            "This photo is being worked on at this moment. Nothing was changed: try again in a "
            "minute."
        )
