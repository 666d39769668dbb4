"""``make bench``: how fast the product is on this machine, in one run.

Prints tables and writes them to ``var/benchmarks/bench.json`` and ``bench.md``; ``--write-docs``
puts the tables into ``docs/benchmarks.md``. No time is asserted: a machine is as fast as it is. It
fails where the *standard* recipe's first step acts on no noisy photo, for then there is no step.
"""

import argparse
import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inference.pipeline.recipe import newest
from tests.benchmarks.product import run_product
from tests.benchmarks.scoring import FOLDER, run_headline, run_scoring
from tests.benchmarks.step_one import run_step_one
from tests.benchmarks.tables import write_docs, written
from tests.stack import ROOT

SHIPPED = ROOT / "inference" / "packages" / "gsh-demonstrator.onnx"


def machine() -> dict[str, Any]:
    """Name the processor, the cores, the versions, and how busy the machine was at the start."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if platform.system() == "Linux" else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
        "versions": {
            name: version(name) for name in ("onnxruntime", "opencv-python-headless", "numpy")
        },
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--package", type=Path, default=SHIPPED)
    parser.add_argument("--only", choices=("headline", "scoring", "product"))
    parser.add_argument("--write-docs", action="store_true")
    given = parser.parse_args()
    report: dict[str, Any] = {"machine": machine()}
    report["step_one"] = run_step_one(newest("standard"))
    if given.only == "headline":
        print("scoring: the phone's file to all scores", flush=True)
        report["scoring"] = run_headline(given.package)
    elif given.only != "product":
        print("scoring: the phone's file to all scores, and the network alone", flush=True)
        report["scoring"] = run_scoring(given.package)
    if given.only in {None, "product"}:
        print("product: from upload to score, in both modes", flush=True)
        report["product"] = run_product()
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "bench.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    text = written(report)
    (FOLDER / "bench.md").write_text(text, encoding="utf-8")
    if given.write_docs:
        write_docs(ROOT / "docs" / "benchmarks.md", text)
    print(text)
    if not report["step_one"]["acted_on_noisy"]:
        raise SystemExit("The standard recipe's first step acted on no noisy photo.")


if __name__ == "__main__":
    main()
