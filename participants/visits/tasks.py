"""Celery tasks of visits."""

from celery import shared_task

from participants.visits.models import DailyRollover
from participants.visits.services import roll_over as turn
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=DailyRollover.task_name)
def roll_over(pk: str) -> None:
    """Turn one study's visits to a new day."""
    with acting_from("worker"):
        perform(DailyRollover, pk, turn)
