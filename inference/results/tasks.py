"""Celery tasks of results."""

from celery import shared_task

from inference.results.models import ReadingResults
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=ReadingResults.task_name)
def compute_results(pk: str) -> None:
    """Compute the figures of a closed reading study, if nobody else does."""
    from inference.results.services.results import compute

    with acting_from("worker"):
        perform(ReadingResults, pk, compute)
