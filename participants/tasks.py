"""Celery tasks: fetch nothing, decide nothing, call the service that does the row's work."""

from celery import shared_task

from participants.models import Message, PhotoCheck, RequestNotice, RequestWork, VisitClock
from participants.services.erasure import carry_out
from participants.services.messages.sending import send_message as send
from participants.services.photo_checks import check_photo as check
from participants.services.request_notices import send_notice
from participants.services.visits import turn_visits as turn
from studies.actors import acting_from
from studies.work import perform


@shared_task(name=PhotoCheck.task_name)
def check_photo(pk: str) -> None:
    """Check one photo."""
    with acting_from("worker"):
        perform(PhotoCheck, pk, check)


@shared_task(name=VisitClock.task_name)
def turn_visits(pk: str) -> None:
    """Turn one study's visits to a new day."""
    with acting_from("worker"):
        perform(VisitClock, pk, turn)


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


@shared_task(name=Message.task_name)
def send_message(pk: str) -> None:
    """Send one message, if it still has something to say."""
    with acting_from("worker"):
        perform(Message, pk, send)
