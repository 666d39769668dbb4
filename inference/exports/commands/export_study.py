"""Write a study's data as CSV files into a folder."""

import hashlib
import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from inference.exports.services.exports import File, Filters, export_file
from studies.access.models import User
from studies.platform.csv_files import DELIMITERS, decimal_of
from studies.platform.errors import Refusal
from studies.protocol.models import Study


class Command(BaseCommand):
    """``export_study CODE FOLDER --as EMAIL``: long.csv, wide.csv, codebook.csv, manifest.json."""

    help = "Write the long and wide files, their codebook and a manifest with hashes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study")
        parser.add_argument("folder", type=Path)
        parser.add_argument("--as", dest="email", required=True, help="Whose rights apply.")
        parser.add_argument("--site", action="append", default=[])
        parser.add_argument("--arm", action="append", default=[])
        parser.add_argument("--visit", action="append", default=[])
        parser.add_argument("--condition", action="append", default=[])
        parser.add_argument("--from", dest="received_from", type=date.fromisoformat)
        parser.add_argument("--to", dest="received_to", type=date.fromisoformat)
        parser.add_argument("--current-only", action="store_true")
        parser.add_argument("--whole-face-only", action="store_true")
        parser.add_argument(
            "--turned-down", action="store_true", help="Also scores of photos turned down since."
        )
        parser.add_argument(
            "--demographics", action="store_true", help="Sex, age and skin tone in the long file."
        )
        parser.add_argument(
            "--delimiter",
            default="comma",
            metavar="{comma,semicolon,tab}",
            help="With semicolon, numbers have a decimal comma.",
        )
        parser.add_argument("--bom", action="store_true", help="Byte order mark, for Excel.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"], is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {options['email']}.")
        study = Study.objects.visible_to(user).filter(code=options["study"]).first()
        if study is None:
            raise CommandError(f"{user} sees no study {options['study']}.")
        filters = Filters(
            sites=tuple(options["site"]),
            arms=tuple(options["arm"]),
            visits=tuple(options["visit"]),
            conditions=tuple(options["condition"]),
            received_from=options["received_from"],
            received_to=options["received_to"],
            current_only=options["current_only"],
            whole_face_only=options["whole_face_only"],
            turned_down=options["turned_down"],
            demographics=options["demographics"],
        )
        if options["delimiter"] not in {*DELIMITERS, *DELIMITERS.values()}:
            raise CommandError(f"--delimiter is one of {', '.join(DELIMITERS)}.")
        delimiter = DELIMITERS.get(options["delimiter"], options["delimiter"])
        folder: Path = options["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        manifest: dict[str, Any] = {
            "study": study.code,
            "exported_at": timezone.now().isoformat(),
            "exported_by": user.email,
            "filters": filters.as_dict(),
            "delimiter": delimiter,
            "decimal": decimal_of(delimiter),
            "files": {},
        }
        for file in File:
            try:
                export = export_file(study=study, file=file, filters=filters, by=user)
            except Refusal as refusal:
                raise CommandError(refusal.message) from refusal
            digest, lines = hashlib.sha256(), 0
            with (folder / export.filename).open("wb") as out:
                for line in export.lines(delimiter=delimiter, byte_order_mark=options["bom"]):
                    out.write(line)
                    digest.update(line)
                    lines += 1
            rows = lines - 1 - int(options["bom"])
            manifest["files"][export.filename] = {"rows": rows, "sha256": digest.hexdigest()}
            self.stdout.write(f"{folder / export.filename}: {rows} rows")
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
