"""Celery tasks of backups, and of checking stored files."""

from celery import shared_task

from studies.backup.models import BackupRun, FileCheck
from studies.backup.services.backing_up import back_up
from studies.backup.services.checking import check
from studies.platform.actors import acting_from
from studies.platform.work import perform


@shared_task(name=BackupRun.task_name)
def make_backup(pk: str) -> None:
    """Make a backup, or the next part of one."""
    with acting_from("worker"):
        perform(BackupRun, pk, back_up)


@shared_task(name=FileCheck.task_name)
def check_files(pk: str) -> None:
    """Compare stored files with their hashes, or the next part of them."""
    with acting_from("worker"):
        perform(FileCheck, pk, check)
