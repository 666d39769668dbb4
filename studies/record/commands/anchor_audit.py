"""Anchor the audit trail now, whatever the next day's anchor does."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studies.platform.work import WorkState
from studies.record.models import RecordAnchor
from studies.record.tasks import anchor_record


class Command(BaseCommand):
    """``manage.py anchor_audit``: before a backup, a release, or work on the database."""

    help = "Copy the heads of the audit trail outside the database now (AUDIT_ANCHOR_URL)."

    def handle(self, *args: Any, **options: Any) -> None:
        row = RecordAnchor.objects.create(day=None)
        anchor_record(str(row.pk))
        row.refresh_from_db()
        if row.state != WorkState.DONE:
            raise CommandError(
                f"The anchor is not whole yet: {row.last_error or row.state}. A worker goes on "
                "with it; nothing is lost."
            )
        self.stdout.write(f"Anchored: {row.name}")
