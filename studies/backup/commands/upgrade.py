"""``manage.py upgrade``: bring the database to this version, once it is safe to."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from studies.backup import rows, target
from studies.backup.errors import BackupError
from studies.backup.services.before_upgrade import back_up_before_upgrade
from studies.platform import in_use, versions
from studies.platform.commands import doctor
from studies.platform.models import WorkerHeartbeat

# What this command does itself, and what it asks on its own.
LEFT_TO_US = frozenset({"migrations", "static files", "workers"})
# Workers of this version and later ones wait outside: who gives a sign of life is of one before.
WORKERS_GONE_SECONDS = 15
FRESH = timedelta(hours=2)
OTHER_WAY = (
    "Mend that and try again; or make a backup with the version that is being replaced; or go on "
    "--without-backup, if you have another way back."
)
ORDER = """\
Start in this order:
  1. workers, on every host (systemctl start gsh-worker)
  2. web, on every host (systemctl start gsh-web)
  3. manage.py doctor"""


class Command(BaseCommand):
    """Refuses, with nothing changed, unless all is well; run again it goes on."""

    help = "Upgrade: doctor, a backup, migrate, collectstatic, and what to start."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--without-backup",
            action="store_true",
            help="Upgrade without a backup to go back to.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            versions_here = versions.standing()
        except DatabaseError as error:
            raise CommandError(f"The database is away: {' '.join(str(error).split())}") from error
        self.stdout.write(f"Version {settings.VERSION}. Migrations: {versions_here.words}")
        if versions_here.newer or versions_here.moved:
            raise CommandError(f"Nothing was changed. {versions_here.mend}")
        self._require_health()
        if versions_here.absent and not versions_here.empty:
            with self._nobody_else():
                self._require_no_worker()
                if not options["without_backup"]:
                    self._require_backup()
                call_command("migrate", verbosity=1, stdout=self.stdout)
        else:
            call_command("migrate", verbosity=1 if versions_here.absent else 0, stdout=self.stdout)
        call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write(f"The database is of version {settings.VERSION}. {ORDER}")

    @contextmanager
    def _nobody_else(self) -> Iterator[None]:
        """Web and workers finish what is under way; whoever comes then is refused in words."""
        self.stdout.write("Nobody is served from now on; what is under way is finished first …")
        seconds = settings.CELERY_TASK_TIME_LIMIT + 30
        try:
            with in_use.shut(seconds=seconds):
                yield
        except in_use.StillUsed as error:
            raise CommandError(
                f"Nothing was changed: somebody used the database for {seconds} seconds, or "
                "another upgrade or restore is under way. Stop web and workers on every host, and "
                "try again."
            ) from error

    def _require_health(self) -> None:
        faults = [each for each in doctor.examine(leaving=LEFT_TO_US) if each.state == "fault"]
        if faults:
            raise CommandError(f"Nothing was changed. Mend first:\n{doctor.report(faults)}")

    def _require_no_worker(self) -> None:
        """No worker gives a sign of life now that nobody is let in: it would be of before that."""
        before = _signs_of_life()
        if not before:
            return
        self.stdout.write("A worker was seen in the last 30 seconds; is it stopped, or waiting? …")
        for _second in range(WORKERS_GONE_SECONDS):
            time.sleep(1)
            if set(_signs_of_life()) - set(before):
                raise CommandError(
                    "Nothing was changed: a worker is at work on this database. Stop web and "
                    "workers on every host, and try again."
                )

    def _require_backup(self) -> None:
        """A backup of this very database that is fresh; one is made where there is none."""
        if not target.is_set():
            raise CommandError(f"Nothing was changed: BACKUP_URL is not set. {OTHER_WAY}")
        try:
            with target.reaching():
                name = self._fresh_backup()
            name = name or back_up_before_upgrade(
                installation=settings.SITE_URL, say=self.stdout.write
            )
        except (BackupError, DatabaseError, OSError) as error:
            raise CommandError(f"Nothing was changed: {error} {OTHER_WAY}") from error
        self.stdout.write(f"The way back is the backup {name}.")

    def _fresh_backup(self) -> str:
        """The newest backup's name, where it is good enough."""
        for newest in target.snapshots()[:1]:
            age = datetime.now(UTC) - datetime.fromisoformat(newest.made_at)
            if newest.migrations == rows.applied_migrations() and age <= FRESH:
                return newest.name
        return ""


def _signs_of_life() -> list[tuple[str, datetime]]:
    """Which workers were seen lately, and when last."""
    try:
        return list(WorkerHeartbeat.objects.alive().values_list("name", "seen_at"))
    except DatabaseError:  # a version from before there were any
        return []
