"""Listening to participants."""

from typing import Any

from django.dispatch import receiver

from inference.trials.services import erasure
from participants.people.models import Participant
from participants.people.signals import participant_erasing, participant_restricted


@receiver(participant_restricted, dispatch_uid="trials.hide")
def hide_trials(participant: Participant, **extra: Any) -> None:
    """Forget trials of their photos."""
    erasure.hide_trials(participant)


@receiver(participant_erasing, dispatch_uid="trials.remove")
def remove_trials(photos: list[str], **extra: Any) -> None:
    """Remove trials of their photos, rows and files."""
    erasure.remove_trials(photos)
