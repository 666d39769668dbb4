"""``manage.py move_to``: the whole installation to another database and another store."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from studies.backup.errors import BackupError
from studies.backup.services.moving import Moved, move, read_again, undo
from studies.backup.services.proving import listed

ORDER = """\
Now, in the settings of every host:
  DATABASE_URL={database}
  STORAGE_URL={files}
{more}and then, on every host:
  1. systemctl restart gsh-worker gsh-web
  2. manage.py doctor
People can read until then, and write once it is done; phones keep their photos.
The former database and files are as they were. Remove them once the new ones are backed up:
an erasure does not reach them any more."""


class Command(BaseCommand):
    """Copies files while people work, then rows within a pause; run again it goes on."""

    help = "Move to another, empty database and store, and back."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("database", nargs="?", default="", metavar="DATABASE_URL")
        parser.add_argument("files", nargs="?", default="", metavar="STORAGE_URL")
        parser.add_argument(
            "--undo",
            action="store_true",
            help="Let the database that DATABASE_URL of the settings names be used again.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["undo"]:
                self._undo()
                return
            database, files = options["database"], options["files"]
            done = move(database=database, files=files, say=self.stdout.write)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            words = " ".join(str(error).split())
            raise CommandError(f"The database of the settings cannot be used: {words}") from error
        self._tell(done, database, files)

    def _undo(self) -> None:
        if undo():
            self.stdout.write("This database is in use again. Restart web and workers.")
        else:
            self.stdout.write("This database was not moved; nothing was changed.")

    def _tell(self, done: Moved, database: str, files: str) -> None:
        if done.tables:
            self._tell_what(done)
        self.stdout.write(ORDER.format(database=database, files=files, more=_more(files)))
        if done.tables:
            self._read_again(done)

    def _read_again(self, done: Moved) -> None:
        """Prove once more, where time does not matter, that no change went unnoticed."""
        self.stdout.write("Meanwhile all rows here are read once more …")
        self.stdout.flush()
        if wrong := read_again(done):
            raise CommandError(
                f"What was moved of {', '.join(wrong)} is not what is here. Do not use the other "
                "database: manage.py move_to --undo lets this one be used again."
            )
        self.stdout.write("They are what was moved.")

    def _tell_what(self, done: Moved) -> None:
        for label, (number, checksum) in done.tables.items():
            if number:
                self.stdout.write(f"{number:>9}  {checksum[:16]}  {label}")
        self.stdout.write(
            f"{done.rows} rows and {done.files} files were moved, counted and hashed on both "
            f"sides; the audit trail is whole. Nobody could write for {done.seconds_still:.1f} s."
        )
        if done.altered:
            self.stdout.write(
                f"{len(done.altered)} files were not what they were when they were stored, and "
                f"are so over there, too:\n{listed(done.altered)}"
            )


def _more(files: str) -> str:
    lines = []
    if files.startswith("s3:"):
        lines.append("  STORAGE_ACCESS_KEY=… and STORAGE_SECRET_KEY=… of that bucket")
        if settings.ACCEL_REDIRECT_PREFIX:
            lines.append("  no ACCEL_REDIRECT_PREFIX: nginx cannot send files of a bucket")
    return "".join(f"{line}\n" for line in lines)
