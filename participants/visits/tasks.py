"""Celery tasks of visits."""

from celery import shared_task

from participants.visits.models import VisitClock
from participants.visits.services import turn_visits as turn
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=VisitClock.task_name)
def turn_visits(pk: str) -> None:
    """Turn one study's visits to a new day."""
    with acting_from("worker"):
        perform(VisitClock, pk, turn)
