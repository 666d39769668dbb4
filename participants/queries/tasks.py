"""Celery tasks of queries."""

from celery import shared_task

from participants.queries.models import CheckRun, QueryDigest
from participants.queries.services import checking, digests
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=QueryDigest.task_name)
def send_query_digest(pk: str) -> None:
    """Tell one person how many queries wait for them."""
    with acting_from("worker"):
        perform(QueryDigest, pk, digests.send_digest)


@shared_task(name=CheckRun.task_name)
def run_edit_checks(pk: str) -> None:
    """Judge what was entered by the protocol's edit checks."""
    with acting_from("worker"):
        perform(CheckRun, pk, checking.run_checks)
