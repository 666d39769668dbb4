"""Listening to participants, and to packages."""

from typing import Any

from django.dispatch import receiver

from inference.packages.errors import PackageInUse
from inference.packages.models import ModelPackage
from inference.packages.signals import package_retiring
from inference.scoring.models import Rescore
from inference.scoring.models.rescore import OPEN
from inference.scoring.services import erasure, runs
from participants.capture.models import Photo
from participants.capture.signals import photo_accepted
from participants.people.models import Participant
from participants.people.signals import (
    participant_described,
    participant_erasing,
    participant_restricted,
)
from participants.privacy.services.my_data import Made


@receiver(photo_accepted, dispatch_uid="scoring.queue_runs")
def score_accepted_photo(photo: Photo, **extra: Any) -> None:
    """Queue the study's models over the photo, in the transaction that accepts it."""
    runs.queue_runs(photo)


@receiver(participant_restricted, dispatch_uid="scoring.drop_queued")
def drop_queued(participant: Participant, **extra: Any) -> None:
    """Take back runs nobody has begun."""
    erasure.drop_queued(participant)


@receiver(participant_erasing, dispatch_uid="scoring.remove_made")
def remove_made(photos: list[str], **extra: Any) -> None:
    """Remove runs, scores and maps, rows and files."""
    erasure.remove_made(photos)


@receiver(participant_described, dispatch_uid="scoring.describe")
def describe(participant: Participant, **extra: Any) -> Made:
    """Count the scores and maps, and give the scores for the participant's own copy."""
    return erasure.describe(participant)


@receiver(package_retiring, dispatch_uid="scoring.refuse_while_rescoring")
def refuse_while_rescoring(package: ModelPackage, **extra: Any) -> None:
    """A package that scores a study's photos again is not retired meanwhile."""
    if Rescore.objects.filter(package=package, state__in=OPEN).exists():
        raise PackageInUse(
            f"{package} is scoring a study's photos again. It can be retired once that is done or "
            "stopped. Nothing was changed."
        )
