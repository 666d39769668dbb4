"""Prove the audit trail whole, or list where it is not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from studies.record.errors import RecordAway
from studies.record.models import AuditHead
from studies.record.services.anchors import AnchorsUnread, read_anchors
from studies.record.services.edited import check_rows
from studies.record.services.proof import find_breaks


class Command(BaseCommand):
    """``manage.py verify_audit``: exit code 1 when the record is not what was written."""

    help = "Check every row of the audit trail against its chain, and the chains against anchors."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rows",
            action="store_true",
            help="Also compare photos, consents and scores with what was recorded, and leave "
            "out those that differ.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        breaks = list(find_breaks())
        for head in AuditHead.objects.order_by("chain"):
            self.stdout.write(f"{head.chain}: {head.sequence} events, head {head.hash}")
        for problem in breaks:
            self.stderr.write(f"{problem.chain} row {problem.sequence}: {problem.problem}")
        edited = self._edited() if options["rows"] else 0
        if breaks:
            self.stderr.write(f"{len(breaks)} breaks: the record is not what was written.")
        else:
            self.stdout.write(f"The audit trail is whole. {_anchors_in_words()}")
        if edited:
            self.stderr.write(f"{edited} times a row is not what was recorded of it.")
        elif options["rows"]:
            self.stdout.write("Photos, consents and scores are what was recorded of them.")
        if breaks or edited:
            raise SystemExit(1)

    def _edited(self) -> int:
        number = 0

        def tell(sentence: str) -> None:
            nonlocal number
            number += 1
            self.stderr.write(sentence)

        try:
            found = check_rows(tell).found
        except RecordAway as error:
            self.stderr.write(error.message)
        else:
            if found:
                self.stderr.write(f"{found} rows are left out from now on: see Processing.")
        return number


def _anchors_in_words() -> str:
    try:
        kept = read_anchors()
    except AnchorsUnread as error:
        return f"Its anchors {error}."
    if not kept.number:
        return (
            "It is not anchored yet: until midnight UTC, or `manage.py anchor_audit`, a record "
            "replaced as a whole would not be found."
        )
    return f"It agrees with {kept.number} anchors, the latest of {kept.latest}."
