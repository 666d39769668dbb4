"""``manage.py score_photo FILE``: quality report and scores of one image, as JSON."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from inference.scoring.services.sheet import contact_sheet
from inference.scoring.services.single import CannotScore, score_file
from participants.imaging.profiles import PROFILES
from studies.protocol.models import VIEWS


class Command(BaseCommand):
    help = "Judge and score one photo outside any study; prints JSON, keeps nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--view", choices=VIEWS, default="front")
        parser.add_argument("--package", type=Path, default=Path(settings.SHIPPED_MODEL_PACKAGE))
        parser.add_argument(
            "--profile",
            choices=sorted(PROFILES),
            default="normal",
            help="How strictly the quality is judged; off scores any photo that shows a face.",
        )
        parser.add_argument("--sheet", type=Path, help="Also write a picture of it all (PNG).")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            scored = score_file(
                options["file"],
                view=options["view"],
                package=options["package"],
                profile=options["profile"],
            )
        except CannotScore as refusal:
            if refusal.report:
                self.stdout.write(json.dumps(refusal.report, indent=2))
            raise CommandError(f"Not scored. {refusal.message}") from refusal
        if options["sheet"]:
            contact_sheet(scored).save(options["sheet"], "PNG")
        self.stdout.write(json.dumps(scored.as_dict(), indent=2))
