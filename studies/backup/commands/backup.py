"""``manage.py backup``: make a backup now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studies.backup import target
from studies.backup.encryption import recipients
from studies.backup.errors import BackupError
from studies.backup.models import BackupRun
from studies.backup.services.proving import listed
from studies.backup.tasks import make_backup
from studies.platform.following import see_through
from studies.platform.work import WorkState


class Command(BaseCommand):
    """Copies the database, then what is new among private files, to BACKUP_URL."""

    _last_line = ""
    help = "Make a backup now; beside those of every night where BACKUP_URL is set."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            target.target()
            recipients()
        except BackupError as error:
            raise CommandError(str(error)) from error
        run = see_through(BackupRun.objects.create(), make_backup, tell=self._tell)
        if run.state != WorkState.DONE:
            raise CommandError(
                f"The backup is not finished: {run.last_error or run.state}. A worker tries again; "
                "what was copied is kept."
            )
        megabytes = run.copied_bytes / 1e6
        self.stdout.write(
            f"{run.snapshot}: {run.rows} rows, {run.files} files, of which {run.copied} were new "
            f"({megabytes:.1f} MB)."
        )
        if run.damaged:
            raise CommandError(
                f"{len(run.damaged)} files are not what they were when they were stored. The "
                f"backup keeps their last good copy where it has one.\n{listed(run.damaged)}"
            )

    def _tell(self, run: BackupRun) -> None:
        by = "a worker is making it" if run.state == WorkState.RUNNING else "going on"
        summary = f"{run.copied} files copied; {by} …"
        if summary != self._last_line:
            self._last_line = summary
            self.stdout.write(summary)
