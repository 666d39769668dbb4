"""``manage.py restore``: bring back a backup."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from studies.backup.commands.keys import add_key_option, keys_from
from studies.backup.errors import BackupError
from studies.backup.services.one_file import restore_file
from studies.backup.services.proving import listed
from studies.backup.services.restoring import restore


class Command(BaseCommand):
    """Into the empty database of DATABASE_URL and the store of STORAGE_URL, whatever they are."""

    help = "Restore a backup; run it again to go on after an interruption."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("snapshot", nargs="?", default="latest", help="Its name; latest.")
        add_key_option(parser, required=True)
        parser.add_argument(
            "--file",
            metavar="NAME",
            help="Bring back this one private file, beside all that is there; of the newest backup "
            "that holds it, or of the one that is named.",
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="Set aside what is in the database now; nothing of it is removed.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        keys = keys_from(options["key"])
        if options["file"]:
            self._one_file(options["file"], keys, options["snapshot"])
            return
        try:
            done = restore(
                name=options["snapshot"],
                keys=keys,
                replace=options["replace"],
                say=self.stdout.write,
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        except (DatabaseError, OSError) as error:
            words = " ".join(str(error).split())
            raise CommandError(
                f"It was interrupted: {words}. Rows are written all or none, and files that are "
                "there are not written twice: mend that, and run it again."
            ) from error
        self.stdout.write(
            f"Restored {done.snapshot.name}: {done.rows} rows, {done.files} files written, "
            f"{done.there_already} there already; {done.erased_again} people are erased again, and "
            f"{done.photos_erased_again} photos that were erased alone. "
            "Everybody signs in anew. Now: manage.py check --deploy, manage.py verify_audit."
        )
        if done.problems:
            raise CommandError(
                f"{len(done.problems)} files could not be restored; run it again when the backup "
                f"is there whole.\n{listed(done.problems)}"
            )

    def _one_file(self, name: str, keys: list[Any], snapshot: str) -> None:
        asked = "" if snapshot == "latest" else snapshot
        try:
            snapshot_name = restore_file(name=name, keys=keys, snapshot=asked)
        except (BackupError, FileNotFoundError) as error:
            raise CommandError(str(error)) from error
        if snapshot_name:
            self.stdout.write(f"{name} is back as it was stored, from the backup {snapshot_name}.")
        else:
            self.stdout.write(f"{name} is there as it was stored; nothing was changed.")
