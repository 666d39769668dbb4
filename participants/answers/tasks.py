"""Celery tasks of answers."""

from celery import shared_task

from participants.answers.models import AlertNotice, SafetyNotice
from participants.answers.services import alerts
from participants.answers.services.safety import send_notice
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=SafetyNotice.task_name)
def send_safety_notice(pk: str) -> None:
    """Tell the safety readers of a serious adverse event."""
    with acting_from("worker"):
        perform(SafetyNotice, pk, send_notice)


@shared_task(name=AlertNotice.task_name)
def send_alert_notice(pk: str) -> None:
    """Tell those whom a rule names of an alert about answers."""
    with acting_from("worker"):
        perform(AlertNotice, pk, alerts.send_notice)
