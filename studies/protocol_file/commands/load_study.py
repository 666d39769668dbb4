"""Create a study from a protocol file, or bring a draft in line with it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studies.access.models import User
from studies.platform.actors import SYSTEM, Actor, acting_from
from studies.platform.errors import Refusal
from studies.protocol.models import Study
from studies.protocol.services.studies import missing_for_activation
from studies.protocol_file import read_protocol
from studies.protocol_file.reading import read_source
from studies.protocol_file.services import load_protocol


class Command(BaseCommand):
    """``manage.py load_study FILE --as EMAIL``; an existing draft can be changed without."""

    help = "Create a study from a YAML protocol, or bring its draft in line with the file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--as",
            dest="email",
            help="Whose act this is. A new study needs it: this person becomes its manager.",
        )

    def handle(self, *args: Any, file: Path, email: str | None, **options: Any) -> None:
        by: Actor = SYSTEM
        if email:
            person = User.objects.filter(email=email.lower(), is_active=True).first()
            if person is None:
                raise CommandError(f"Nobody signs in with {email}.")
            by = person
        try:
            source = read_source(file)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        try:
            protocol = read_protocol(source, folder=file.parent)
            code = protocol["study"]["code"]
            if not email and not Study.objects.filter(code=code).exists():
                raise CommandError(
                    f"{code} is new, and somebody has to manage it, or nobody could open it. "
                    "Nothing was created. Say who: load_study FILE --as EMAIL."
                )
            with acting_from("command"):
                loaded = load_protocol(protocol=protocol, by=by)
        except Refusal as refusal:
            raise CommandError(f"{file}: {refusal.title}. {refusal.message}") from refusal
        study = loaded.study
        self.stdout.write(f"{study.code}: {loaded.outcome}, {study.get_state_display()}.")
        missing = missing_for_activation(study)
        if missing:
            self.stdout.write(f"Before it can start it needs {', '.join(missing)}.")
