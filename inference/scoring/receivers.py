"""Listening to participants, to packages, to migrations, and to the worker."""

import logging
import time
from collections.abc import Iterator
from typing import Any

from celery.signals import task_postrun
from django.apps import AppConfig
from django.db import DatabaseError, connections
from django.db.models.signals import post_migrate, pre_migrate
from django.dispatch import receiver

from inference.packages.errors import PackageInUse
from inference.packages.models import ModelPackage
from inference.packages.signals import package_retiring
from inference.scoring import marks
from inference.scoring.models import Rescore, Run
from inference.scoring.models.rescore import OPEN
from inference.scoring.services import erasure, runs, tallies
from inference.scoring.services.binding import compared_runs
from participants.capture.models import Photo
from participants.capture.signals import photo_accepted, photo_busy, photos_erasing
from participants.monitoring.signals import scored_asked
from participants.people.models import Participant
from participants.people.signals import (
    participant_described,
    participant_erasing,
    participant_restricted,
)
from participants.privacy.services.my_data import Made
from studies.platform.work import WorkState
from studies.protocol.models import Study
from studies.record.services.rows import Compared
from studies.record.signals import rows_compared

logger = logging.getLogger(__name__)

COUNT_EVERY = 5.0  # seconds, in each process of a worker
COUNTED_AT_ONCE = 40  # participants
_counted_at = [0.0]


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


@receiver(photos_erasing, dispatch_uid="scoring.remove_made_of_photos")
def remove_made_of_photos(photos: list[str], **extra: Any) -> None:
    """The same where photos are erased one by one."""
    erasure.remove_made(photos)


@receiver(photo_busy, dispatch_uid="scoring.is_under_way")
def is_under_way(photo: Photo, **extra: Any) -> bool:
    """Whether a worker scores ``photo`` now."""
    return Run.objects.filter(photo=photo, state=WorkState.RUNNING).exists()


@receiver(participant_described, dispatch_uid="scoring.describe")
def describe(participant: Participant, **extra: Any) -> Made:
    """Count the scores and maps, and give the scores for the participant's own copy."""
    return erasure.describe(participant)


@receiver(scored_asked, dispatch_uid="scoring.tell_scored")
def tell_scored(study: Study, **extra: Any) -> set[int]:
    """Who has an accepted photo with a score that counts, and is not locked."""
    return tallies.scored_people(study)


@receiver(package_retiring, dispatch_uid="scoring.refuse_while_rescoring")
def refuse_while_rescoring(package: ModelPackage, **extra: Any) -> None:
    """A package that scores a study's photos again is not retired meanwhile."""
    if Rescore.objects.filter(package=package, state__in=OPEN).exists():
        raise PackageInUse(
            f"{package} is scoring a study's photos again. It can be retired once that is done or "
            "stopped. Nothing was changed."
        )


@receiver(rows_compared, dispatch_uid="scoring.prove_rows")
def prove_runs(**extra: Any) -> Iterator[Compared]:
    """Runs and their scores against what was recorded."""
    return compared_runs()


@receiver(pre_migrate, dispatch_uid="scoring.take_marks_down")
def take_marks_down(sender: AppConfig, using: str, plan: list[Any], **extra: Any) -> None:
    """SQLite renames no table while a trigger names one that is being made anew."""
    if sender.label == "inference" and plan and connections[using].vendor == "sqlite":
        marks.take_down(connections[using])


@receiver(post_migrate, dispatch_uid="scoring.set_marks_up")
def set_marks_up(sender: AppConfig, using: str, **extra: Any) -> None:
    """Watch the tables, once they are there; what was written unwatched is counted anew."""
    if sender.label != "inference" or not marks.possible(connections[using]):
        return
    if marks.set_up(connections[using]):
        marks.mark_everybody(connections[using])


@task_postrun.connect(dispatch_uid="scoring.count_anew")
def count_anew(**extra: Any) -> None:
    """Keep the counting short for whoever looks next: a worker counts now and then, too."""
    if time.monotonic() - _counted_at[0] < COUNT_EVERY:
        return
    _counted_at[0] = time.monotonic()
    try:
        tallies.count_anew(at_most=COUNTED_AT_ONCE)
    except DatabaseError:
        logger.warning("counting after a task failed; the next reader does it", exc_info=True)
