"""``manage.py verify_pictures``: every clean copy and thumbnail against the original photo."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from participants.capture.models import Photo
from participants.capture.services.pictures import verify_pictures
from studies.backup.services.proving import listed
from studies.platform.actors import acting_from

WORDS = {
    "damaged": "is missing or not what was stored; --remake makes it anew",
    "other": "is not what is made of its original today",
    "unknown": "cannot be told: its original is damaged or cannot be opened",
}


class Command(BaseCommand):
    """Opens every original, one after the other; exits 1 where a picture is not its own."""

    help = "Make every clean copy and thumbnail anew from its original, and compare."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--remake",
            action="store_true",
            help="Write again what is missing or altered, where the very same bytes are made.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        counted, wrong = Counter[str](), list[str]()
        photos = Photo.objects.exclude(upright_file="").order_by("pk")
        of_visit = photos.select_related(
            "visit__definition", "visit__participant__study", "visit__participant__site"
        )
        with acting_from("command"):
            for photo in of_visit.iterator(chunk_size=200):
                for problem in verify_pictures(photo, remake=options["remake"]):
                    counted[problem.state] += 1
                    if words := WORDS.get(problem.state):
                        wrong.append(f"{problem.name} {words}.")
        self.stdout.write(
            f"{counted.total()} pictures were compared with their originals: {counted['whole']} "
            f"are whole, {counted['remade']} were made anew."
        )
        if wrong:
            raise CommandError(
                f"{len(wrong)} pictures are not what their originals make; manage.py restore "
                f"--file brings each back from a backup.\n{listed(wrong)}"
            )
