"""``manage.py verify_maps``: every activation map and cleaned picture against its photo."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.scoring.models import Run
from inference.scoring.services.derived import verify_run
from studies.backup.services.proving import listed
from studies.platform.actors import acting_from
from studies.platform.work import WorkState

WORDS = {
    "damaged": "is missing or not what was stored; --remake makes it anew",
    "elsewhere": "is missing or not what was stored, and was made by another machine or version: "
    "manage.py restore --file brings it back from a backup",
    "other": "is not what the network makes of this photo today, nor are the scores beside it",
    "unknown": "cannot be told: its photo is damaged, or its network is not here",
}


class Command(BaseCommand):
    """Asks the network about every photo once more; exits 1 where a map is not its photo's."""

    help = "Make every activation map and cleaned picture anew, and compare."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--remake",
            action="store_true",
            help="Write again what is missing or altered, where the very same bytes are made.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        counted, wrong = Counter[str](), list[str]()
        runs = (
            Run.objects.filter(state=WorkState.DONE)
            .order_by("pk")
            .select_related(
                "package", "photo__visit__participant__study", "photo__visit__participant__site"
            )
        )
        with acting_from("command"):
            for run in runs.iterator(chunk_size=200):
                for found in verify_run(run, remake=options["remake"]):
                    counted[found.state] += 1
                    if words := WORDS.get(found.state):
                        wrong.append(f"{found.name} {words}.")
        self.stdout.write(
            f"{counted.total()} maps and cleaned pictures were compared with what their photos "
            f"make: {counted['whole']} are whole, {counted['remade']} were made anew."
        )
        if wrong:
            raise CommandError(f"{len(wrong)} are not what their photos make.\n{listed(wrong)}")
