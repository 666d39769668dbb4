"""Photos whose files are damaged, or rows edited, are kept out, and let in once these are whole."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q

from participants.capture.models import Photo
from participants.capture.services.accepting import record_photo
from participants.people.models import Participant
from studies.backup.services.damage import damaged_among
from studies.platform.private_files import FileMissing
from studies.record.services.edited import in_effect

FILES = ("original_file", "upright_file", "thumbnail_file", "landmarks_file")
AT_ONCE = 200


def follow_damage(names: Collection[str]) -> None:
    """Keep out, or let in, the photos that name one of the files ``names``; recorded.

    A photo is kept out while any of its files is damaged. Those that are kept out are looked at
    in any case: they may name another file by now. Done twice it does nothing.
    """
    every = sorted(names)
    for place in range(0, len(every), AT_ONCE):
        some = every[place : place + AT_ONCE]
        asked = Q(kept_out=True)
        for column in FILES:
            asked |= Q(**{f"{column}__in": some})
        for photo in Photo.objects.filter(asked).order_by("visit__participant", "pk"):
            _follow(photo)


def follow_edited(photos: Collection[str]) -> None:
    """Keep out, or let in, ``photos`` (keys) whose row or scores were found edited, or no more."""
    for photo in Photo.objects.filter(pk__in=photos).order_by("visit__participant", "pk"):
        _follow(photo)


def require_whole(photo: Photo, name: str) -> None:
    """Refuse to hand out a file of ``photo`` that is known to be damaged.

    Raises:
        FileMissing: it is.
    """
    if photo.kept_out and damaged_among([name]):
        raise FileMissing(
            "This file is not what it was when it was stored, so it is not shown. Please tell "
            "your administrator: once it is brought back from a backup, the next check takes it "
            "in again."
        )


@transaction.atomic
def _follow(photo: Photo) -> None:
    damaged = damaged_among(getattr(photo, column) for column in FILES)
    rows = [str(row) for row in in_effect().filter(photo=str(photo.pk))]
    out = bool(damaged or rows)
    if out == photo.kept_out:
        return
    # The participant first, as in every act on their photos.
    Participant.objects.select_for_update().get(pk=photo.visit.participant_id)
    changed = Photo.objects.filter(pk=photo.pk, kept_out=photo.kept_out)
    if changed.update(kept_out=out):
        told = {"damaged": sorted(damaged), **({"edited": rows} if rows else {})}
        record_photo(photo, "photo.keep_out" if out else "photo.let_in", new=told)
