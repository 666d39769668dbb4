"""What backups have to know: which photos were erased alone, so that none of them comes back."""

from collections.abc import Set
from typing import Any

from django.dispatch import receiver

from participants.correcting.services import photos as service
from studies.backup.signals import ErasedPhoto, erase_photos_again, erased_photos
from studies.platform.actors import acting_from


@receiver(erased_photos)
def tell_erased_photos(**kwargs: Any) -> list[ErasedPhoto]:
    """Every photo that the record knows to have been erased alone."""
    return service.erased_photos()


@receiver(erase_photos_again)
def erase_them_again(photos: Set[ErasedPhoto], **kwargs: Any) -> int:
    """Erase again, after a restore, what the ledger or the record know to be erased."""
    with acting_from("command"):
        return service.erase_photos_again(sorted(photos | set(service.erased_photos())))
