"""``manage.py draw_report``: evaluation reports as pages, from their JSON and today's sheets."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inference.packages.errors import ReportRefused
from inference.packages.services.reports import MAX_REPORT_BYTES, SHIPPED_REPORTS
from inference.report import render_page
from inference.report.schema import NotAReport, check_report
from participants.imaging.strict_json import read_json


class Command(BaseCommand):
    """Draws the reports of the repository, or those named."""

    help = (
        "Draw evaluation reports (JSON) as pages that stand alone (HTML), beside them or in --out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("report", nargs="*", type=Path)
        parser.add_argument("--out", type=Path, help="A folder; beside the JSON when not given.")

    def handle(self, *args: Any, **options: Any) -> None:
        # Beside each lies what was measured on real faces, which has no page of its own.
        shipped = sorted(SHIPPED_REPORTS.glob("gsh-*.json"))
        named = options["report"] or [p for p in shipped if not p.stem.endswith("-real-faces")]
        for source in named:
            folder = options["out"] or source.parent
            folder.mkdir(parents=True, exist_ok=True)
            page = folder / f"{source.stem}.html"
            page.write_text(render_page(_read(source)), encoding="utf-8")
            self.stdout.write(f"Written: {page}")


def _read(source: Path) -> dict[str, Any]:
    """Raises CommandError for what cannot be read or is no report."""
    try:
        body = source.read_bytes()
        if len(body) > MAX_REPORT_BYTES:
            raise CommandError(f"{source} is larger than 8 MiB.")
        report = read_json(body)
        check_report(report)
    except (OSError, ValueError, NotAReport, ReportRefused) as refusal:
        raise CommandError(f"{source}: {refusal}") from refusal
    return dict(report)
