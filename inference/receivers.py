"""Listening to participants."""

from typing import Any

from django.dispatch import receiver

from inference.services import runs
from participants.models import Photo
from participants.signals import photo_accepted


@receiver(photo_accepted, dispatch_uid="inference.queue_runs")
def score_accepted_photo(sender: Any, photo: Photo, **kwargs: Any) -> None:
    """Queue the study's models over the photo, in the transaction that accepts it."""
    runs.queue_runs(photo)
