"""Queries listen to the rooms below."""

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from participants.capture.models import Photo
from participants.queries.services.erasing import close_erased


@receiver(pre_delete, sender=Photo, dispatch_uid="queries.close")
def close_what_is_erased(instance: Photo, **extra: Any) -> None:
    """Nobody can answer what was asked about a photo that is erased; in the same transaction."""
    close_erased(instance)
