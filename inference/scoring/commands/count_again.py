"""Count every participant's rows again, or prove what was counted."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from inference.scoring import marks
from inference.scoring.services import tallies
from participants.people.models import Participant


class Command(BaseCommand):
    """``manage.py count_again [--check]``: exit code 1 where a check finds a difference."""

    help = "Count what pages add up of each participant anew, or check it against the rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Compare, and write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        people = dict(Participant.objects.order_by("code").values_list("pk", "code"))
        if not options["check"]:
            marks.set_up(connection)
            marks.mark_everybody(connection)
            self.stdout.write(f"{tallies.count_anew()} participants counted.")
            return
        keys = list(people)
        wrong = [
            pk
            for place in range(0, len(keys), tallies.BATCH)
            for pk in tallies.wrong(keys[place : place + tallies.BATCH])
        ]
        for pk in wrong:
            self.stderr.write(f"{people[pk]}: what was counted is not what the rows say")
        lost = [mark.name for mark in marks.missing(connection)]
        for name in lost:
            self.stderr.write(f"The trigger {name} is missing; manage.py migrate sets it up.")
        if wrong or lost:
            raise SystemExit(1)
        self.stdout.write(f"{len(keys)} participants are counted as their rows say.")
