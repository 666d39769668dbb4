"""Celery tasks of messages."""

from celery import shared_task

from participants.messaging.models import Message
from participants.messaging.services.sending import send_message as send
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=Message.task_name)
def send_message(pk: str) -> None:
    """Send one message, if it still has something to say."""
    with acting_from("worker"):
        perform(Message, pk, send)
