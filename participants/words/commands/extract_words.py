"""Bring participants' catalogues up to date with the code."""

from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from participants.words.catalogues import compiled, entries, merged, read_words, template_for
from participants.words.catalogues.files import PLURALS, new_catalogue
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
            template = template_for(domain)
            for language in PLURALS:
                missing += self._update(domain, language, template, write=not options["check"])
        if options["check"] and missing:
            raise CommandError(f"{missing} words are not translated: run manage.py extract_words.")

    def _update(self, domain: str, language: str, template: str, *, write: bool) -> int:
        """Write one catalogue anew; how many words it lacks."""
        path = folder_of(language) / f"{domain}.po"
        known = path.read_text() if path.exists() else new_catalogue(language)
        with TemporaryDirectory(prefix="gsh-words-") as folder:
            catalogue = merged(known, template, Path(folder))
        machine = compiled(catalogue)
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(catalogue)
            path.with_suffix(".mo").write_bytes(machine)
        wanted = entries(template)
        missing = wanted.keys() - read_words(machine).keys()
        self.stdout.write(f"{language} {domain}: {len(wanted)} words, {len(missing)} missing")
        return len(missing)
