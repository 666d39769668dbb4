"""Celery tasks of trials."""

from celery import shared_task

from inference.trials.models import Trial
from inference.trials.services import trials
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=Trial.task_name)
def try_package(pk: str) -> None:
    """Try a package on one photo, or forget a trial that expired."""
    with acting_from("worker"):
        perform(Trial, pk, trials.attend)
