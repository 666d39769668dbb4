"""Celery tasks of learning from readers."""

from celery import shared_task
from django.conf import settings

from inference.learning.models import TrainingJob
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=TrainingJob.task_name)
def train_from_readings(pk: str) -> None:
    """Train, where this worker's host can; another leaves the row to one that can."""
    if not settings.TRAINER_COMMAND:
        return
    from inference.learning.services.jobs import train

    with acting_from("worker"):
        perform(TrainingJob, pk, train)
