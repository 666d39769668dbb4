"""Celery tasks of the record."""

from celery import shared_task

from studies.platform.actors import acting_from
from studies.platform.work import perform
from studies.record.models import RecordAnchor
from studies.record.services.anchors import anchor


@shared_task(name=RecordAnchor.task_name)
def anchor_record(pk: str) -> None:
    """Copy the heads of the record's chains to where the database cannot reach."""
    with acting_from("worker"):
        perform(RecordAnchor, pk, anchor)
