"""Celery tasks of learning from readers."""

from celery import shared_task
from django.conf import settings

from inference.learning.models import TrainingJob
from studies.platform.actors import acting_from
from studies.platform.work import perform

WEEK = 7 * 24 * 3600  # seconds: other work is over in minutes, training takes hours


@shared_task(name=TrainingJob.task_name, time_limit=WEEK, soft_time_limit=WEEK - 60)
def train_from_readings(pk: str) -> None:
    """Train, where this worker's host can; another leaves the row to one that can."""
    if not settings.TRAINER_COMMAND:
        return
    from inference.learning.services.jobs import train

    with acting_from("worker"):
        perform(TrainingJob, pk, train)
