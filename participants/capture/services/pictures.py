"""The clean copy and the thumbnail of a photo against the original that they are made from."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.db import transaction

from participants.capture.models import Photo
from participants.capture.services.accepting import record_photo
from participants.capture.services.checks import original_of
from participants.imaging.decode import decode_photo, encode_clean
from participants.imaging.errors import PhotoUnreadable
from participants.imaging.picture import LONGEST_SIDE, THUMBNAIL_SIDE, Picture
from participants.people.models import Participant
from studies.backup.services import damage
from studies.platform import storage
from studies.platform.work import PermanentFailure


@dataclass(frozen=True)
class Judged:
    """One picture: ``whole``, ``remade``, ``damaged``, ``other`` (the original makes another
    one), or ``unknown`` (the original itself cannot be opened)."""

    name: str
    state: str


def verify_pictures(photo: Photo, *, remake: bool) -> Iterator[Judged]:
    """Make the pictures of ``photo`` anew and compare them with what its row and the store have.

    With ``remake`` a file that is missing or altered is written again, where today's code makes
    the very bytes that the row promises: scores rest on them, so no other take their place. That
    is recorded, and the photo is let in. Done twice it does nothing more.
    """
    names = [name for name in (photo.upright_file, photo.thumbnail_file) if name]
    try:
        with original_of(photo) as path:
            pixels = decode_photo(path, max_side=LONGEST_SIDE).pixels
    except (FileNotFoundError, PermanentFailure, PhotoUnreadable):
        yield from (Judged(name, "unknown") for name in names)
        return
    small = Picture(pixels).small
    made = {
        photo.upright_file: encode_clean(pixels),
        photo.thumbnail_file: encode_clean(small, quality=85, max_side=THUMBNAIL_SIDE),
    }
    for name in names:
        yield judged(photo, name, made[name], promised=_promised(photo, name), remake=remake)


def judged(photo: Photo, name: str, made: bytes, *, promised: str, remake: bool) -> Judged:
    """What is ``made`` of a photo today against the stored file ``name``, of the SHA-256 promised.

    With ``remake`` it is written again where it is missing or altered.
    """
    if sha256(made).hexdigest() != promised:
        return Judged(name, "other")
    try:
        if storage.read(name) == made:
            return Judged(name, "whole")
    except FileNotFoundError:
        pass
    return Judged(name, "remade" if remake and _write(photo, name, made) else "damaged")


def _promised(photo: Photo, name: str) -> str:
    return photo.upright_sha256 if name == photo.upright_file else PurePosixPath(name).stem


@transaction.atomic
def _write(photo: Photo, name: str, made: bytes) -> bool:
    """Write a picture in the place of what is there; False where the photo was erased meanwhile."""
    Participant.objects.select_for_update().get(pk=photo.visit.participant_id)
    if not Photo.objects.filter(pk=photo.pk).exists():
        return False
    kept = storage.private_storage()
    kept.delete(name)
    kept.save(name, ContentFile(made))
    record_photo(photo, "photo.remake", new={"file": name})
    damage.settle({name: ""})
    return True
