"""Every Celery task of the app, collected for the worker."""

from studies.backup.tasks import check_files, make_backup
from studies.record.tasks import anchor_record

__all__ = ["anchor_record", "check_files", "make_backup"]
