"""Celery tasks of unblinding."""

from celery import shared_task

from participants.allocation.models import UnblindingNotice
from participants.allocation.services import notices
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=UnblindingNotice.task_name)
def send_unblinding_notice(pk: str) -> None:
    """Tell a study's managers that a participant was unblinded."""
    with acting_from("worker"):
        perform(UnblindingNotice, pk, notices.send_unblinding_notice)
