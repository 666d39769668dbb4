"""Measure phone against server and write docs/phone/agreement.md.

    GSH_ENV=test python -m tests.benchmarks.agreement

Photos are drawn once and kept under ``var/benchmarks/agreement`` (``--folder``), and so is what the
server makes of them; the phone's part runs anew each time, in Chromium, with the product's scripts.
"""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django
import numpy as np

from participants.imaging.decode import decode_photo
from participants.imaging.face import FaceFinder
from participants.imaging.profiles import NORMAL
from participants.imaging.quality import assess_quality
from tests.benchmarks.agreement.photos import Sample, samples
from tests.benchmarks.agreement.tables import written
from tests.benchmarks.scoring import FOLDER
from tests.browser.chromium import started_chromium
from tests.browser.lab import phone_lab
from tests.stack import ROOT


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.agreement", description=__doc__
    )
    parser.add_argument("--folder", type=Path, default=FOLDER / "agreement")
    parser.add_argument("--write-docs", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    chosen = list(samples())
    server = {sample.name: server_says(sample, given.folder) for sample in chosen}
    phone = phone_says(chosen, given.folder)
    found = [
        {
            "name": sample.name,
            "part": sample.part,
            "kind": sample.kind,
            "view": sample.view,
            "server": server[sample.name],
            "phone": phone[sample.name],
        }
        for sample in chosen
    ]
    (given.folder / "found.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    text = written(found)
    print(text)
    if given.write_docs:
        (ROOT / "docs" / "phone" / "agreement.md").write_text(text, encoding="utf-8")


def server_says(sample: Sample, folder: Path) -> dict[str, Any]:
    """Assess one photo as the worker does; remembered beside it."""
    photo, kept = folder / f"{sample.name}.jpg", folder / f"{sample.name}.json"
    if not photo.exists():
        photo.write_bytes(sample.jpeg())
    if not kept.exists():
        pixels: np.ndarray[Any, Any] = decode_photo(photo, max_side=4096).pixels
        report = assess_quality(pixels, view=sample.view, profile=NORMAL, finder=FINDER)
        kept.write_text(json.dumps(report.as_dict()), encoding="utf-8")
        print(sample.name, [reason.code for reason in report.reasons], flush=True)
    told: dict[str, Any] = json.loads(kept.read_text())
    return told


def phone_says(chosen: Sequence[Sample], folder: Path) -> dict[str, dict[str, Any]]:
    """What the page's scripts make of each still."""
    with (
        started_chromium() as browser,
        phone_lab(browser, lambda name: (folder / name).read_bytes()) as lab,
    ):
        return {
            sample.name: lab.check(f"{sample.name}.jpg", sample.view, profile="normal")
            for sample in chosen
        }


FINDER = FaceFinder()

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Playwright's synchronous API keeps an event loop running in this thread.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    django.setup()
    main()
