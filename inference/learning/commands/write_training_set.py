"""``manage.py write_training_set STUDY READINGS``: a consensus as the importers take it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inference.learning.services.jobs import write_set
from inference.reading.models import ReadingStudy
from studies.platform.actors import SYSTEM
from studies.platform.errors import Refusal


class Command(BaseCommand):
    help = "Write the training set of a closed reading study: photos, labels, card, notice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", help="its code, such as MEL-8")
        parser.add_argument("readings", help="the reading study's code")
        parser.add_argument("--choice", required=True, help="the consent's choice that allows it")
        parser.add_argument("--terms", required=True, help="which consent, for what, until when")
        parser.add_argument("--out", type=Path, required=True, help="a folder, empty or new")

    def handle(
        self,
        *args: Any,
        study: str,
        readings: str,
        choice: str,
        terms: str,
        out: Path,
        **options: Any,
    ) -> None:
        found = ReadingStudy.objects.select_related("study")
        reading = found.filter(study__code=study, code=readings).first()
        if reading is None:
            raise CommandError(f"Study {study} has no reading study {readings}.")
        if out.exists() and any(out.iterdir()):
            raise CommandError(f"{out} is not empty: name another folder.")
        try:
            made = write_set(reading=reading, choice=choice, terms=terms, folder=out, by=SYSTEM)
        except Refusal as refusal:
            raise CommandError(f"{refusal.title}. {refusal.message}") from refusal
        photos, people = made.numbers()["photos"], made.numbers()["people"]
        for split in photos:
            self.stdout.write(f"{split}: {photos[split]} photos of {people[split]} people")
        for why, count in made.left_out.items():
            self.stdout.write(f"left out, {why}: {count}")
