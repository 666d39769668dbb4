"""``manage.py seal_envelopes MEL-8 --out FILE``: the fallback for when the system is down."""

import json
import os
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from participants.allocation.services.fallback import seal_envelopes
from studies.platform.actors import SYSTEM
from studies.protocol.models import Study


class Command(BaseCommand):
    """Write a file of sealed envelopes, one for each participant with an allocation."""

    help = "Writes sealed envelopes of a study's allocations, opened one by one by a passphrase."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The study and where to write."""
        parser.add_argument("study")
        parser.add_argument("--out", required=True, type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask for the passphrase (or take ENVELOPES_PASSPHRASE), seal, write, say how many."""
        study = Study.objects.filter(code=options["study"]).first()
        if study is None:
            raise CommandError(f"There is no study {options['study']}.")
        passphrase = os.environ.get("ENVELOPES_PASSPHRASE") or getpass("Passphrase: ")
        try:
            made = seal_envelopes(study=study, passphrase=passphrase, by=SYSTEM)
        except ValueError as error:
            raise CommandError(str(error)) from error
        path: Path = options["out"]
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file, indent=1)
        self.stdout.write(
            f"{len(made['envelopes'])} envelopes in {path}. Keep file and passphrase apart, and "
            "make it again as people are randomised."
        )
