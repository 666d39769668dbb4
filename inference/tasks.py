"""Celery's doorbell for runs."""

from celery import shared_task

from inference.models import Run
from inference.services import runs
from studies.actors import acting_from
from studies.work import perform


@shared_task(name="inference.tasks.score_run")
def score_run(pk: str) -> None:
    """Score one photo with one package, if nobody else does."""
    with acting_from("worker"):
        perform(Run, pk, runs.score)
