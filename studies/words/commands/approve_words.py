"""Note that a translation was read and approved by somebody who speaks the language."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from studies.words.reviews import approve


class Command(BaseCommand):
    """Add an approval to ``participants/words/locale/REVIEWS.yaml``; commit it with the words."""

    help = "Approve the words of a language as they stand."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("language", help="For example ta.")
        parser.add_argument("--reviewer", required=True, help="Name and role.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            review = approve(
                language=options["language"],
                reviewer=options["reviewer"],
                on=timezone.localdate(),
            )
        except ValueError as error:
            raise CommandError(f"Nothing was noted: {error}.") from error
        self.stdout.write(f"{review.language} is approved by {review.reviewer} as it stands.")
