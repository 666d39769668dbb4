"""``manage.py evaluate_model``: one report of a package, as JSON and HTML."""

import json
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from inference.pipeline.errors import PackageRefused
from inference.report import render_page
from inference.report.schema import NotAReport, check_report
from inference.training.aims import read_why
from inference.training.beside import Beside, read_json
from inference.training.dataset import CACHE
from inference.training.evaluate import EvaluationRefused, write_report
from inference.training.evaluation import QUICK, Plan, evaluate_package
from inference.training.real_faces.errors import PhotographsRefused
from inference.training.real_faces.photographs import Photographs
from inference.training.real_faces.report import report_on
from inference.training.real_faces.told import lines

DEFAULT = Plan()
BENCH = Path(settings.BASE_DIR) / "var" / "benchmarks" / "bench.json"
AMOUNTS = {
    "photos": "test people photographed by a typical camera",
    "other_cameras": "of them, photographed by a good and a poor camera too",
    "people": "other people photographed again and again",
    "repeats": "photos of each of those from the front",
    "pictures": "pictures of each kind out of scope",
    "resamples": "resamples behind each interval",
    "workers": "processes that draw",
}


def _command(plan: Plan) -> str:
    """The command as it is to be given again; nothing of this machine's folders."""
    words = [f"--{name.replace('_', '-')} {getattr(plan, name)}" for name in AMOUNTS]
    return " ".join(["manage.py evaluate_model", *words])


def _beside(asked: Path | None, usual: Path) -> dict[str, Any] | None:
    """What was measured elsewhere: the file asked for, which must be there, or the usual one."""
    if asked is not None and not asked.exists():
        raise CommandError(f"There is no file {asked}.")
    return read_json(asked or usual)


class Command(BaseCommand):
    help = "Measure a package on generated test people and write one report (JSON and HTML)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--package", type=Path, default=Path(settings.SHIPPED_MODEL_PACKAGE))
        parser.add_argument("--out", type=Path, default=Path("docs/evaluation"))
        parser.add_argument("--split", default="test", help="Any but test is refused.")
        parser.add_argument(
            "--quick", action="store_true", help="A handful of photos, to try the command."
        )
        for name, meaning in AMOUNTS.items():
            parser.add_argument(
                f"--{name.replace('_', '-')}",
                type=int,
                help=f"{meaning} (default {getattr(DEFAULT, name)})",
            )
        parser.add_argument(
            "--ablation", type=Path, help="What the trial of step one wrote (default: in --out)."
        )
        parser.add_argument(
            "--bench", type=Path, help="What make bench wrote (default: in var/benchmarks)."
        )
        parser.add_argument(
            "--faces",
            type=Path,
            help="Folder of real photographs (docs/real-faces.md): a second report on them.",
        )
        parser.add_argument(
            "--cache", type=Path, default=CACHE, help="Where drawn photos are kept."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        given = {name: options[name] for name in AMOUNTS if options[name] is not None}
        if any(amount < 1 for amount in given.values()):
            raise CommandError("Give numbers of at least 1.")
        plan = replace(QUICK if options["quick"] else DEFAULT, **given)
        try:
            if options["faces"] is not None:
                Photographs(options["faces"])  # a folder that cannot be used is told at once
            report = evaluate_package(
                options["package"],
                plan,
                split=options["split"],
                command=_command(plan),
                beside=Beside(
                    ablation=_beside(options["ablation"], out / "ablation.json"),
                    bench=_beside(options["bench"], BENCH),
                    why=read_why(out / "why.yaml"),
                ),
                cache=options["cache"],
                say=self.stderr.write,
            )
            check_report(report)
            stem = out / f"{report['package']['name']}-{report['package']['version']}"
            out.mkdir(parents=True, exist_ok=True)
            write_report(report, stem.with_name(f"{stem.name}.json"))
            if options["faces"] is not None:
                self._write_on_faces(options, stem.with_name(f"{stem.name}-real-faces.json"))
        except (
            EvaluationRefused, NotAReport, PackageRefused, PhotographsRefused
        ) as refusal:  # fmt: skip
            raise CommandError(str(refusal)) from refusal
        page = stem.with_name(f"{stem.name}.html")
        page.write_text(render_page(report), encoding="utf-8")
        for aim in report["aims"]:
            met = {True: "met", False: "missed", None: "not measured"}[aim["met"]]
            self.stdout.write(f"{aim['short']:28} {met}")
        self.stdout.write(f"Written: {page} and its JSON.")

    def _write_on_faces(self, options: dict[str, Any], path: Path) -> None:
        """Measure on photographs of people never trained on, and write that beside the rest."""
        report = report_on(
            options["package"],
            options["faces"],
            options["cache"],
            people=QUICK.people if options["quick"] else None,
            say=self.stderr.write,
        )
        path.write_text(json.dumps(report, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        self.stdout.write(lines(report))
        self.stdout.write(f"Written: {path}")
