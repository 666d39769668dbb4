"""Celery tasks: fetch nothing, decide nothing, call the service that does the row's work."""

from celery import shared_task

from participants.models import PhotoCheck, VisitClock
from participants.services.photo_checks import check_photo as check
from participants.services.visits import turn_visits as turn
from studies.actors import acting_from
from studies.work import perform


@shared_task(name=PhotoCheck.task_name)
def check_photo(pk: str) -> None:
    """Check one photo."""
    with acting_from("worker"):
        perform(PhotoCheck, pk, check)


@shared_task(name=VisitClock.task_name)
def turn_visits(pk: str) -> None:
    """Turn one study's visits to a new day."""
    with acting_from("worker"):
        perform(VisitClock, pk, turn)
