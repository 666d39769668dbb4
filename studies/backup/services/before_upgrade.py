"""A backup that this version makes of a database of an earlier one, before it is upgraded.

The models of today name columns that are not there yet, so rows are read by the models as the
applied migrations have them. Nothing is written to the database: the row of a backup may look
different there.
"""

from collections.abc import Callable
from datetime import UTC

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from studies.backup import rows, target
from studies.backup.models import BackupRun
from studies.backup.services import backing_up
from studies.backup.services.restoring import leaves_of
from studies.platform.work import Claim

Say = Callable[[str], None]


class Unclaimed(Claim[BackupRun]):
    """The work of this very process: nobody else can take it."""

    def renew(self) -> None:
        return


def back_up_before_upgrade(*, installation: str, say: Say) -> str:
    """Make a backup of the database as it is, and of the files; returns its name.

    Raises:
        TargetAway, NoTarget, AnotherInstallation, ClockBehind: nothing was kept.
        django.db.DatabaseError, OSError: it could not be read, or there is no room.
    """
    executor = MigrationExecutor(connection)
    applied = [(app, name) for app, name in rows.applied_migrations()]
    known = [each for each in applied if each in executor.loader.disk_migrations]
    registry = executor.loader.project_state(leaves_of(executor, known)).apps
    now = timezone.now().astimezone(UTC)
    row = BackupRun(snapshot=f"{now:%Y-%m-%dT%H%M%SZ}-upgrade", started_at=now)
    claim = Unclaimed(row=row, token=0)
    with target.reaching():
        target.claim_ownership(installation)
        backing_up.require_clock()
        say("Backing up the database as it is …")
        row.rows = backing_up.copy_database(claim, registry=registry)
        done = backing_up.copy_files(claim)
        while not done.whole:
            say(f"{done.files} files copied; going on …")
            done = backing_up.copy_files(claim)
        backing_up.finish(row)
    return row.snapshot
