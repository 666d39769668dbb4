"""Celery tasks of runs and rescores."""

from celery import shared_task

from inference.scoring.models import Rescore, Run
from inference.scoring.services import rescores
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name="inference.tasks.score_run")
def score_run(pk: str) -> None:
    """Score one photo with one package, if nobody else does."""
    from inference.scoring.services.scoring import score

    with acting_from("worker"):
        perform(Run, pk, score)


@shared_task(name=Rescore.task_name)
def feed_rescore(pk: str) -> None:
    """Hand out the next runs of a rescore."""
    with acting_from("worker"):
        perform(Rescore, pk, rescores.feed)
