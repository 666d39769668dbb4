"""Bring participants' catalogues up to date with the code."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import to_locale

from participants.words.catalogues import compiled, entries, extracted, read_words
from participants.words.catalogues.files import PLURALS
from participants.words.languages import DOMAINS, folder_of


class Command(BaseCommand):
    """Extract what participants can read, merge it into each .po, and compile the .mo."""

    help = "Extract participants' words into participants/words/locale and compile the catalogues."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Change nothing; fail when words are missing."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        missing = 0
        for domain in DOMAINS:
            words = extracted(domain, tuple(map(to_locale, PLURALS)))
            wanted = entries(words.template)
            for language in PLURALS:
                catalogue = words.catalogues[to_locale(language)]
                machine = compiled(catalogue)
                if not options["check"]:
                    path = folder_of(language) / f"{domain}.po"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(catalogue)
                    path.with_suffix(".mo").write_bytes(machine)
                lacks = len(wanted.keys() - read_words(machine).keys())
                self.stdout.write(f"{language} {domain}: {len(wanted)} words, {lacks} missing")
                missing += lacks
        if options["check"] and missing:
            raise CommandError(f"{missing} words are not translated: run manage.py extract_words.")
