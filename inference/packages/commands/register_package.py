"""``manage.py register_package [FILE]``: check a model package and list it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from inference.packages.services import registry
from studies.platform.actors import SYSTEM
from studies.platform.errors import Refusal


class Command(BaseCommand):
    help = "Check an ONNX model package and register it; without FILE the one that ships."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--report", type=Path, help="The JSON of its evaluation, kept with it.")

    def handle(self, *args: Any, file: Path | None, report: Path | None, **options: Any) -> None:
        try:
            path = file or Path(settings.SHIPPED_MODEL_PACKAGE)
            body = report.read_bytes() if report else None
            package = registry.register_package(path=path, by=SYSTEM, report=body)
        except OSError as error:
            raise CommandError(f"{report} cannot be read: {error.strerror}.") from error
        except Refusal as refusal:
            raise CommandError(f"{refusal.title}. {refusal.message}") from refusal
        self.stdout.write(f"{package} is registered, SHA-256 {package.sha256}")
