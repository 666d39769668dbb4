"""``manage.py reapply_erasures``: after a restore, erase again who was erased before it."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from participants.privacy.services.reapplying import Erased, erased_list, reapply
from studies.platform.actors import acting_from

WORDS = {
    "asked": "is erased again by the next worker",
    "removed": "was erased; files that came back: {files}",
    "unknown": "is not in this database",
}


class Command(BaseCommand):
    """Takes the list that ``--list`` printed, and what database and files know by themselves."""

    help = "Erase again, after a restore, the participants who were erased before it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--list", action="store_true", help="Only print who is erased, a line each: keep it."
        )
        parser.add_argument(
            "file",
            nargs="?",
            type=argparse.FileType("r"),
            help="Lines of “STUDY CODE”, as --list prints them.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            for who in erased_list():
                self.stdout.write(f"{who.study} {who.participant}")
            return
        people = set(erased_list())
        if options["file"]:
            with options["file"] as file:
                people |= {Erased(*line.split()) for line in file if line.strip()}
        with acting_from("command"):
            for done in reapply(sorted(people)):
                words = WORDS[done.what].format(files=done.files)
                self.stdout.write(f"{done.who.study} {done.who.participant} {words}.")
