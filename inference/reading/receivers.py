"""Listening to photos that go; and what lower apps are told of reading studies at the start."""

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from inference.reading.models import Case, ReadingStudy
from inference.reading.protocol_part import PART
from inference.reading.services.erasing import drop_photo
from participants.capture.models import Photo
from participants.privacy.services.stays import let_stay
from studies.protocol.models import Study
from studies.protocol_file.later import add_part


@receiver(pre_delete, sender=Photo, dispatch_uid="reading.drop_photo")
def drop_photo_of_cases(instance: Photo, **extra: Any) -> None:
    """A photo goes: by an erasure of its person, or alone. What was said of it stays, coded.

    ``photos_erasing`` would not do: it is sent of photos that only move, too.
    """
    drop_photo(instance)


def has_readings(study: Study) -> bool:
    """Whether anything of ``study`` is, or was, read blind."""
    return ReadingStudy.objects.filter(study=study).exclude(state="draft").exists()


add_part(PART)
let_stay(Case, row="readings", has=has_readings)
