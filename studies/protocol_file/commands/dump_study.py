"""Write a study's protocol as the YAML that load_study reads."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studies.protocol.models import Study
from studies.protocol_file import write_protocol
from studies.protocol_file.services import protocol_of


class Command(BaseCommand):
    """``manage.py dump_study CODE > protocol.yaml``."""

    help = "Write a study's protocol as YAML to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code")

    def handle(self, *args: Any, code: str, **options: Any) -> None:
        study = Study.objects.filter(code=code).first()
        if study is None:
            raise CommandError(f"There is no study {code}.")
        self.stdout.write(write_protocol(protocol_of(study)), ending="")
