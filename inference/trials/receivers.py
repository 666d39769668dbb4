"""Listening to participants."""

from typing import Any

from django.dispatch import receiver

from inference.trials.models import Trial
from inference.trials.services import erasure
from participants.capture.models import Photo
from participants.capture.signals import photo_busy, photos_erasing
from participants.people.models import Participant
from participants.people.signals import participant_erasing, participant_restricted
from studies.platform.work import WorkState


@receiver(participant_restricted, dispatch_uid="trials.hide")
def hide_trials(participant: Participant, **extra: Any) -> None:
    """Forget trials of their photos."""
    erasure.hide_trials(participant)


@receiver(participant_erasing, dispatch_uid="trials.remove")
def remove_trials(photos: list[str], **extra: Any) -> None:
    """Remove trials of their photos, rows and files."""
    erasure.remove_trials(photos)


@receiver(photos_erasing, dispatch_uid="trials.remove_of_photos")
def remove_trials_of_photos(photos: list[str], **extra: Any) -> None:
    """The same where photos are erased one by one."""
    erasure.remove_trials(photos)


@receiver(photo_busy, dispatch_uid="trials.is_under_way")
def is_under_way(photo: Photo, **extra: Any) -> bool:
    """Whether a worker tries a package on ``photo`` now."""
    return Trial.objects.filter(photo=photo, state=WorkState.RUNNING).exists()
