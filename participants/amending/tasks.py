"""Celery tasks of amendments."""

from celery import shared_task

from participants.amending.models import CarryOver
from participants.amending.services.carrying import carry_over as carry
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=CarryOver.task_name)
def carry_over(pk: str) -> None:
    """Let one site follow a new version of the protocol."""
    with acting_from("worker"):
        perform(CarryOver, pk, carry)
