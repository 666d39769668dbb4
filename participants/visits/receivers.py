"""Visits listen to people."""

from typing import Any

from django.dispatch import receiver

from participants.people.models import Participant
from participants.people.signals import participant_erasing
from participants.visits.models import DailyRollover


@receiver(participant_erasing, dispatch_uid="visits.remove_own_rollovers")
def remove_own_rollovers(participant: Participant, **extra: Any) -> None:
    """A day that could not be turned for somebody says nothing once they are erased."""
    DailyRollover.objects.filter(participant=participant).delete()
