"""Celery tasks: fetch nothing, decide nothing, call the service that does the row's work."""

from celery import shared_task

from participants.capture.models import PhotoCheck
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=PhotoCheck.task_name)
def check_photo(pk: str) -> None:
    """Check one photo."""
    from participants.capture.services.checks import check_photo as check

    with acting_from("worker"):
        perform(PhotoCheck, pk, check)
