"""``manage.py register_package [FILE]``: check a model package and list it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inference.services import registry
from studies.actors import SYSTEM
from studies.errors import Refusal


class Command(BaseCommand):
    help = "Check an ONNX model package and register it; without FILE the one that ships."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        try:
            if file is None:
                package = registry.ensure_shipped_package()
            else:
                package = registry.register_package(path=file, by=SYSTEM)
        except Refusal as refusal:
            raise CommandError(f"{refusal.title}. {refusal.message}") from refusal
        self.stdout.write(f"{package} is registered, SHA-256 {package.sha256}")
