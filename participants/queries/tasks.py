"""Celery tasks of queries."""

from celery import shared_task

from participants.queries.models import QueryDigest
from participants.queries.services import digests
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=QueryDigest.task_name)
def send_query_digest(pk: str) -> None:
    """Tell one person how many queries wait for them."""
    with acting_from("worker"):
        perform(QueryDigest, pk, digests.send_digest)
