"""Celery tasks of requests about data."""

from celery import shared_task

from participants.privacy.models import RequestNotice, RequestWork
from participants.privacy.services.erasure import carry_out
from participants.privacy.services.notices import send_notice
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=RequestWork.task_name)
def carry_out_request(pk: str) -> None:
    """Carry out one participant's request about their data."""
    with acting_from("worker"):
        perform(RequestWork, pk, carry_out)


@shared_task(name=RequestNotice.task_name)
def send_request_notice(pk: str) -> None:
    """Tell a site's coordinators that a request has come."""
    with acting_from("worker"):
        perform(RequestNotice, pk, send_notice)
