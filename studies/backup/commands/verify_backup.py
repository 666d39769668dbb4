"""``manage.py verify_backup``: prove a backup without restoring it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studies.backup import target
from studies.backup.commands.keys import add_key_option, keys_from
from studies.backup.errors import BackupError
from studies.backup.services.backing_up import working_folder
from studies.backup.services.proving import listed, prove


class Command(BaseCommand):
    """Without a key: that all is there, whole as written. With it: that all opens, too."""

    help = "Prove a backup without restoring it; exits 1 where it could not be restored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("snapshot", nargs="?", default="latest", help="Its name; latest.")
        parser.add_argument("--list", action="store_true", help="Only name the backups there are.")
        add_key_option(parser, required=False)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with target.reaching():
                if options["list"]:
                    self._list()
                else:
                    self._prove(options)
        except BackupError as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        for snapshot in target.snapshots():
            self.stdout.write(
                f"{snapshot.name}  {snapshot.rows} rows  {snapshot.files} files  "
                f"version {snapshot.version}"
            )

    def _prove(self, options: dict[str, Any]) -> None:
        keys = keys_from(options["key"]) if options["key"] else None
        snapshot = target.snapshot(options["snapshot"])
        with working_folder() as folder:
            proved = prove(snapshot, keys=keys, folder=folder, seen=self._seen)
        if proved.problems:
            raise CommandError(
                f"{snapshot.name} could not be restored whole:\n{listed(proved.problems)}"
            )
        if keys:
            self.stdout.write(
                f"{snapshot.name} is whole: {proved.rows} rows and {proved.files} files opened."
            )
        else:
            self.stdout.write(
                f"{snapshot.name} is there as it was written: {snapshot.rows} rows, "
                f"{snapshot.files} files. With --key what is in it is proved, too."
            )

    def _seen(self, done: int, of: int) -> None:
        if done % 1000 == 0:
            self.stdout.write(f"{done} of {of} files …")
