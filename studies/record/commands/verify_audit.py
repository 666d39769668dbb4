"""Prove the audit trail whole, or list where it is not."""

from typing import Any

from django.core.management.base import BaseCommand

from studies.record.models import AuditHead
from studies.record.services import find_breaks


class Command(BaseCommand):
    """``manage.py verify_audit``: exit code 1 when a row was edited, removed or reordered."""

    help = "Check every row of the audit trail against the hash chain."

    def handle(self, *args: Any, **options: Any) -> None:
        breaks = list(find_breaks())
        for head in AuditHead.objects.order_by("chain"):
            self.stdout.write(f"{head.chain}: {head.sequence} events, head {head.hash}")
        for found in breaks:
            self.stderr.write(f"{found.chain} row {found.sequence}: {found.problem}")
        if breaks:
            self.stderr.write(f"{len(breaks)} breaks: the record is not what was written.")
            raise SystemExit(1)
        self.stdout.write("The audit trail is whole. Keep the heads above in a safe place:")
        self.stdout.write("compared later, they also show a record replaced as a whole.")
