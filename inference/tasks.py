"""Celery's doorbells for runs, rescores and trials."""

from celery import shared_task

from inference.models import Rescore, Run, Trial
from inference.services import rescores, runs, trials
from studies.actors import acting_from
from studies.work import perform


@shared_task(name="inference.tasks.score_run")
def score_run(pk: str) -> None:
    """Score one photo with one package, if nobody else does."""
    with acting_from("worker"):
        perform(Run, pk, runs.score)


@shared_task(name=Rescore.task_name)
def feed_rescore(pk: str) -> None:
    """Hand out the next runs of a rescore."""
    with acting_from("worker"):
        perform(Rescore, pk, rescores.feed)


@shared_task(name=Trial.task_name)
def try_package(pk: str) -> None:
    """Try a package on one photo, or forget a trial that expired."""
    with acting_from("worker"):
        perform(Trial, pk, trials.attend)
