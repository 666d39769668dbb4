"""Listening to participants."""

from typing import Any

from django.dispatch import receiver

from inference.services import erasure, runs
from participants.models import Participant, Photo
from participants.services.my_data import Made
from participants.signals import (
    participant_described,
    participant_erasing,
    participant_restricted,
    photo_accepted,
)


@receiver(photo_accepted, dispatch_uid="inference.queue_runs")
def score_accepted_photo(sender: Any, photo: Photo, **kwargs: Any) -> None:
    """Queue the study's models over the photo, in the transaction that accepts it."""
    runs.queue_runs(photo)


@receiver(participant_restricted, dispatch_uid="inference.drop_uses")
def drop_uses(sender: Any, participant: Participant, **kwargs: Any) -> None:
    """Take back runs nobody has begun, and forget trials of their photos."""
    erasure.drop_uses(participant)


@receiver(participant_erasing, dispatch_uid="inference.remove_made")
def remove_made(sender: Any, participant: Participant, photos: list[str], **kwargs: Any) -> None:
    """Remove runs, scores, maps and trials, rows and files."""
    erasure.remove_made(participant, photos)


@receiver(participant_described, dispatch_uid="inference.describe")
def describe(sender: Any, participant: Participant, **kwargs: Any) -> Made:
    """Count the scores and maps, and give the scores for the participant's own copy."""
    return erasure.describe(participant)
