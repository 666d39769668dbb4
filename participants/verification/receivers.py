"""Verification listens to people."""

from typing import Any

from django.dispatch import receiver

from participants.people.models import Participant
from participants.people.signals import participant_erasing
from participants.verification.models import Tick


@receiver(participant_erasing, dispatch_uid="verification.remove")
def remove_ticks(participant: Participant, **extra: Any) -> None:
    """They go with the values, whose hashes they hold; the record keeps that there were some."""
    Tick.objects.filter(participant=participant).delete()
