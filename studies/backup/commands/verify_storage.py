"""``manage.py verify_storage``: prove that every private file is what was stored."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studies.backup.errors import BackupError
from studies.backup.services.proving import listed
from studies.backup.services.stored_files import Verified, verify_files


class Command(BaseCommand):
    """Exits 1 where a file that a row names is missing or altered."""

    help = "Read every private file that a row names and compare it with its SHA-256."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--part", default="1/1", metavar="N/M", help="Of M shares of the files, the N-th."
        )
        parser.add_argument("--json", action="store_true", help="Say what was found as JSON.")
        parser.add_argument(
            "--remove-orphans",
            action="store_true",
            help="Remove files that no row names; never one younger than a day.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        part, parts = _share(options["part"])
        quiet = options["json"]
        try:
            done = verify_files(
                part=part,
                parts=parts,
                remove_orphans=options["remove_orphans"],
                seen=lambda files: None if quiet else self._seen(files),
            )
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        if quiet:
            self.stdout.write(json.dumps(asdict(done), indent=1))
        else:
            self._tell(done, removing=options["remove_orphans"])
        if done.damaged:
            problems = [f"{name} is missing." for name in done.missing]
            problems += [f"{name} is not what was stored." for name in done.altered]
            raise CommandError(
                f"{done.damaged} files are not what they were when they were stored; manage.py "
                f"restore --file brings each back from a backup.\n{listed(problems)}"
            )

    def _seen(self, files: int) -> None:
        if files % 1000 == 0:
            self.stdout.write(f"{files} files …")

    def _tell(self, done: Verified, *, removing: bool) -> None:
        self.stdout.write(f"{done.files} files were read ({done.bytes / 1e6:.1f} MB).")
        if removing:
            self.stdout.write(f"{done.removed} files that no row names were removed.")
        elif done.orphans:
            self.stdout.write(
                f"{len(done.orphans)} files are named by no row; --remove-orphans removes them.\n"
                f"{listed(done.orphans)}"
            )


def _share(share: str) -> tuple[int, int]:
    """The two numbers of ``N/M``.

    Raises:
        CommandError: they are none, or N is not one of M.
    """
    part, _, parts = share.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise CommandError("--part is N/M, as 2/4: the second of four shares.")
    return int(part), int(parts)
