"""``manage.py reapply_erasures``: after a restore, erase again what was erased before it."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from participants.privacy.services.reapplying import Erased, erased_list, reapply
from studies.backup import ledger, target
from studies.backup.commands.keys import keys_from
from studies.backup.errors import BackupError
from studies.backup.signals import ErasedPhoto, erase_photos_again, erased_photos
from studies.platform.actors import acting_from

WORDS = {
    "asked": "is erased again by the next worker",
    "removed": "was erased; files that came back: {files}",
    "unknown": "is not in this database",
}
PHOTO = "photo"  # between the study and the photo's number, in a line of the list


class Command(BaseCommand):
    """Takes the list of ``--list``, the one beside the backups, and what is known here."""

    help = "Erase again, after a restore, the participants and photos that were erased before it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--list", action="store_true", help="Only print what is erased, a line each: keep it."
        )
        parser.add_argument(
            "--key",
            type=Path,
            metavar="FILE",
            help="Erase again, too, what the list beside the backups has: the file with their key.",
        )
        parser.add_argument(
            "file",
            nargs="?",
            type=argparse.FileType("r"),
            help="Lines of “STUDY CODE” and “STUDY photo NUMBER”, as --list prints them.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self._list()
            return
        people, photos = set(erased_list()), set[ErasedPhoto]()
        if options["file"]:
            with options["file"] as file:
                listed_people, listed_photos = _listed(file)
            people |= listed_people
            photos |= listed_photos
        if options["key"]:
            kept_people, kept_photos = _kept(options["key"])
            people |= kept_people
            photos |= kept_photos
        with acting_from("command"):
            for done in reapply(sorted(people)):
                words = WORDS[done.what].format(files=done.files)
                self.stdout.write(f"{done.who.study} {done.who.participant} {words}.")
        answers: list[tuple[Any, Any]] = erase_photos_again.send(sender=Command, photos=photos)
        number = sum(number for _receiver, number in answers)
        self.stdout.write(f"{number} photos that were erased alone had come back and are erased.")

    def _list(self) -> None:
        for who in erased_list():
            self.stdout.write(f"{who.study} {who.participant}")
        answers: list[tuple[Any, Any]] = erased_photos.send(sender=Command)
        for each in sorted({photo for _receiver, photos in answers for photo in photos}):
            self.stdout.write(f"{each.study} {PHOTO} {each.photo}")


def _listed(lines: Iterable[str]) -> tuple[set[Erased], set[ErasedPhoto]]:
    """People and photos of a list.

    Raises:
        CommandError: a line is of neither kind.
    """
    people, photos = set[Erased](), set[ErasedPhoto]()
    for number, line in enumerate(lines, start=1):
        match line.split():
            case []:
                pass
            case [study, participant]:
                people.add(Erased(study, participant))
            case [study, word, photo] if word == PHOTO:
                photos.add(ErasedPhoto(study, photo))
            case _:
                raise CommandError(f"Line {number} is not as --list prints it; nothing was done.")
    return people, photos


def _kept(key: Path) -> tuple[set[Erased], set[ErasedPhoto]]:
    """People and photos of the list beside the backups.

    Raises:
        CommandError: there is none, or it cannot be read.
    """
    if not target.is_set():
        raise CommandError("BACKUP_URL is not set, so there is no list beside the backups.")
    keys = keys_from(key)
    try:
        with target.reaching():
            people = {Erased(each.study, each.participant) for each in ledger.read_ledger(keys)}
            return people, set(ledger.read_photos(keys))
    except BackupError as error:
        raise CommandError(f"Nothing was done: {error}") from error
