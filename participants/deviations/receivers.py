"""Deviations listen to people."""

from typing import Any

from django.dispatch import receiver

from participants.deviations.models import Deviation
from participants.people.models import Participant
from participants.people.signals import participant_erasing


@receiver(participant_erasing, dispatch_uid="deviations.remove")
def remove_deviations(participant: Participant, **extra: Any) -> None:
    """They go with everything else; the record keeps that the acts happened."""
    Deviation.objects.filter(participant=participant).delete()
